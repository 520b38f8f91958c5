//! Lists, KeyPackages and claims of the same devices, each of an account of its own.

use std::collections::BTreeSet;

use arbitrary::{Result, Unstructured};
use pinnace_home::memory::{Crashed, World};
use pinnace_home::{
    ClaimDone, ClaimRequest, Claimed, ClaimedPackage, DeviceId, DeviceList, Item, KeyPackage, KeysDone,
    KeysRequest, ListDone, ListRequest, ListVersion, MlsSuite, Session, StockState, account_id, claim,
    device_id, key_package_ref, key_set_digest, keys_publish, list_digest, list_publish, list_query,
};

/// The limits of these histories.
pub(super) const KEY_PACKAGES_MAX: u64 = 6;
pub(super) const KEYS_LOW: u64 = 2;

const SUITE: MlsSuite = MlsSuite::AES128GCM;

/// What the devices have told of themselves, and what is known of its fate.
pub(super) struct Directory {
    shelves: Vec<Shelf>,
    /// How many KeyPackages were made.
    made: u64,
    /// What came to a claim.
    given: BTreeSet<Vec<u8>>,
}

/// What is promised of one device.
#[derive(Clone)]
struct Shelf {
    key: [u8; 32],
    list: Option<DeviceList>,
    one_time: Vec<KeyPackage>,
    last_resort: Option<KeyPackage>,
    taken: Vec<KeyPackage>,
    is_told: bool,
    low_count: usize,
}

impl Directory {
    pub(super) fn new(keys: impl Iterator<Item = [u8; 32]>) -> Self {
        let shelf = |key| Shelf {
            key,
            list: None,
            one_time: Vec::new(),
            last_resort: None,
            taken: Vec::new(),
            is_told: false,
            low_count: 0,
        };
        Self { shelves: keys.map(shelf).collect(), made: 0, given: BTreeSet::new() }
    }

    /// Publishes the successor of a list. It is set, or the crash came first.
    pub(super) fn publish_list(&mut self, world: &mut World, session: Session, device: usize) {
        let shelf = &mut self.shelves[device];
        let next = shelf.next_list();
        let request = ListRequest { session, list: next.clone() };
        let done = world.run(|view, rules, _| list_publish(view, rules, &request));
        assert!(done.is_err() || done == Ok(ListDone::InForce(next.octets.clone())), "{done:?}");
        let in_force = world.look(|view, _| list_query(view, account_id(&shelf.key)));
        let is_set = in_force == Some(next.octets.clone());
        assert!(is_set || done.is_err() && in_force == shelf.list.as_ref().map(|list| list.octets.clone()));
        if is_set {
            shelf.list = Some(next);
        }
    }

    /// Publishes some new KeyPackages, and perhaps one that was published before.
    pub(super) fn publish_keys(
        &mut self,
        world: &mut World,
        (session, device): (Session, usize),
        acts: &mut Unstructured<'_>,
    ) -> Result<()> {
        let now_s = world.now_ms / 1_000;
        let mut one_time = Vec::new();
        for _ in 0..acts.int_in_range(0..=3_u8)? {
            one_time.push(self.make(now_s + acts.int_in_range(1..=60_u64)?));
        }
        let last_resort = match acts.arbitrary::<bool>()? {
            true => Some(self.make(now_s + acts.int_in_range(1..=60_u64)?)),
            false => None,
        };
        let before = self.shelves[device].clone();
        let old: Vec<&KeyPackage> = before.one_time.iter().chain(&before.taken).collect();
        if !old.is_empty() {
            one_time.push(old[acts.choose_index(old.len())?].clone());
        }
        // What has lived its time is refused before it comes here.
        one_time.retain(|package| now_s < package.not_after_s);
        let after = before.published(&one_time, last_resort.as_ref(), now_s);
        let request = KeysRequest { session, account: None, one_time, last_resort };
        let mut done = world.run(|view, rules, now_ms| keys_publish(view, rules, now_ms, &request));
        if done == Err(Crashed) {
            let _ = settled(world, session, [before.clone(), after.clone().unwrap_or(before)]);
            // The answer was lost: the device asks again, as for all of it.
            done = world.run(|view, rules, now_ms| keys_publish(view, rules, now_ms, &request));
        }
        let expected = after.as_ref().map_or(KeysDone::Full, |after| KeysDone::Stocked(after.stocks(now_s)));
        assert_eq!(done, Ok(expected));
        self.shelves[device] = after.unwrap_or_else(|| self.shelves[device].clone());
        Ok(())
    }

    /// A device claims of another one's account.
    pub(super) fn claim(&mut self, world: &mut World, session: Session, target: (usize, Session)) {
        let now_s = world.now_ms / 1_000;
        let (target, owner) = target;
        let before = self.shelves[target].clone();
        let (after, given) = before.claimed(now_s);
        let device = device_id(&before.key);
        let request = ClaimRequest { session, account: account_id(&before.key), suite: SUITE };
        let done = world.run(|view, rules, now_ms| claim(view, rules, now_ms, request));
        match done {
            Ok(ClaimDone::UnknownAccount) => assert!(before.list.is_none()),
            Ok(ClaimDone::Rate { retry_after_ms }) => {
                assert!((1..=3_600_000).contains(&retry_after_ms) && session.device != device);
            }
            Ok(ClaimDone::Claimed { list, devices }) => {
                assert_eq!(Some(list), before.list.as_ref().map(|list| list.octets.clone()));
                if session.device == device {
                    return assert_eq!(devices, []);
                }
                if let ClaimedPackage::OneTime(octets) = &given {
                    assert!(self.given.insert(octets.clone()), "a KeyPackage came twice");
                }
                assert_eq!(devices, [Claimed { device, key_package: given }]);
                self.shelves[target] = after;
            }
            Err(Crashed) if before.list.is_none() || session.device == device => {}
            Err(Crashed) => self.shelves[target] = settled(world, owner, [before, after]),
            Ok(done @ (ClaimDone::Fenced | ClaimDone::Gone)) => panic!("{done:?}"),
        }
    }

    /// What is there in the end is what was promised, and each device was told as often as its stock became low.
    pub(super) fn settle(self, world: &mut World, sessions: &[Session]) {
        for (shelf, session) in self.shelves.iter().zip(sessions) {
            assert_eq!(stocks(world, *session), shelf.stocks(world.now_ms / 1_000));
            let is_told =
                |filed: &&(DeviceId, Item)| filed.0 == session.device && matches!(filed.1, Item::KeysLow(_));
            assert_eq!(world.filed.iter().filter(is_told).count(), shelf.low_count);
        }
    }

    fn make(&mut self, not_after_s: u64) -> KeyPackage {
        self.made += 1;
        KeyPackage { suite: SUITE, not_after_s, octets: self.made.to_be_bytes().to_vec() }
    }
}

impl Shelf {
    fn next_list(&self) -> DeviceList {
        let (list_version, previous) = match &self.list {
            Some(list) => (list.list_version.next().expect("a small number"), list_digest(&list.octets)),
            None => (ListVersion::FIRST, [0; 32]),
        };
        let octets = [&list_version.value().to_be_bytes(), self.key.as_slice()].concat();
        let devices = vec![device_id(&self.key)];
        DeviceList { account: account_id(&self.key), list_version, previous, devices, octets }
    }

    fn aged(&self, now_s: u64) -> Self {
        let mut aged = self.clone();
        aged.one_time.retain(|package| now_s < package.not_after_s);
        aged.last_resort = aged.last_resort.filter(|package| now_s < package.not_after_s);
        aged
    }

    /// The stock once these are published; `None` when they are too many.
    fn published(&self, one_time: &[KeyPackage], last: Option<&KeyPackage>, now_s: u64) -> Option<Self> {
        let mut after = self.aged(now_s);
        for package in one_time {
            if !after.one_time.contains(package) && !after.taken.contains(package) {
                after.one_time.push(package.clone());
            }
        }
        after.last_resort = last.cloned().or(after.last_resort);
        let count = after.one_time.len() as u64;
        after.is_told &= count <= KEYS_LOW;
        (count <= KEY_PACKAGES_MAX).then_some(after)
    }

    /// The stock once somebody claimed, and what that one got.
    fn claimed(&self, now_s: u64) -> (Self, ClaimedPackage) {
        let mut after = self.aged(now_s);
        if after.one_time.is_empty() {
            let last = after.last_resort.clone();
            let given = last.map_or(ClaimedPackage::None, |last| ClaimedPackage::LastResort(last.octets));
            return (after, given);
        }
        let given = after.one_time.remove(0);
        after.taken.push(given.clone());
        if after.one_time.len() as u64 <= KEYS_LOW && !after.is_told {
            (after.is_told, after.low_count) = (true, after.low_count + 1);
        }
        (after, ClaimedPackage::OneTime(given.octets))
    }

    fn stocks(&self, now_s: u64) -> Vec<StockState> {
        let Self { one_time, last_resort, .. } = self.aged(now_s);
        if one_time.is_empty() && last_resort.is_none() {
            return Vec::new();
        }
        vec![StockState {
            suite: SUITE,
            one_time_count: one_time.len() as u64,
            set_digest: key_set_digest(
                one_time.iter().map(|package| key_package_ref(&package.octets)).collect(),
            ),
            has_last_resort: last_resort.is_some(),
        }]
    }
}

/// What a device is told that it has in stock.
fn stocks(world: &mut World, session: Session) -> Vec<StockState> {
    let request = KeysRequest { session, account: None, one_time: Vec::new(), last_resort: None };
    match world.run(|view, rules, now_ms| keys_publish(view, rules, now_ms, &request)) {
        Ok(KeysDone::Stocked(stocks)) => stocks,
        other => panic!("{other:?}"),
    }
}

/// Which of two states a crash left: no third one.
fn settled(world: &mut World, session: Session, [before, after]: [Shelf; 2]) -> Shelf {
    let (found, now_s) = (stocks(world, session), world.now_ms / 1_000);
    if found == after.stocks(now_s) {
        return after;
    }
    assert_eq!(found, before.stocks(now_s), "a crash left half of it");
    before
}
