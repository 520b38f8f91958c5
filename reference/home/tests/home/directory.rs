//! What accounts say of themselves: lists, offers, KeyPackages, and scripts of them.

use pinnace_home::memory::Crashed;
use pinnace_home::{
    AccountId, ClaimDone, ClaimRequest, ClaimedPackage, DeviceId, DeviceList, HelloCounter, KeyPackage,
    KeysDone, KeysRequest, LinkApproveDone, LinkApproveRequest, LinkOpenDone, LinkOpenRequest, LinkedDevice,
    ListDone, ListRequest, ListVersion, MlsSuite, Replace, account_id, claim, device_id, devices,
    keys_publish, link_approve, link_open, list_digest, list_publish, list_query,
};

use crate::script::{Do, Name, Play, device_of, key_of, number_of};

pub(crate) const SUITE: MlsSuite = MlsSuite::AES128GCM;
pub(crate) const OTHER_SUITE: MlsSuite = MlsSuite::CHACHA20POLY1305;

pub(crate) fn account_of(name: Name) -> AccountId {
    account_id(&key_of(name))
}

pub(crate) fn sorted(names: &str) -> Vec<DeviceId> {
    let mut devices: Vec<DeviceId> = names.chars().map(device_of).collect();
    devices.sort();
    devices
}

/// A list of the account of `owner`, after the list with these octets.
pub(crate) fn list(owner: Name, version: u64, previous: &[u8], names: &str) -> DeviceList {
    let previous = if previous.is_empty() { [0; 32] } else { list_digest(previous) };
    DeviceList {
        account: account_of(owner),
        list_version: ListVersion::new(version).unwrap(),
        previous,
        devices: sorted(names),
        octets: format!("{owner} {version} {names} {previous:?}").into_bytes(),
    }
}

/// A KeyPackage that says this and ends then.
pub(crate) fn package(text: &str, not_after_s: u64) -> KeyPackage {
    KeyPackage { suite: SUITE, not_after_s, octets: text.into() }
}

impl Play {
    /// Registers a device of another's account, under that one's number.
    pub(crate) fn join(&mut self, name: Name, owner: Name) {
        self.verify(name, number_of(owner), Replace::Refuse);
        self.certify(name, number_of(owner), account_of(owner));
        assert_eq!(self.act(Do::Hello(name, 0, 0)), "epoch 1 handled 0 cursor 0 last 0");
    }

    pub(crate) fn devices_of(&self, name: Name) -> Vec<DeviceId> {
        let mut all: Vec<_> = self
            .world
            .look(|view, _| devices(view, device_of(name)))
            .into_iter()
            .map(|entry| entry.device)
            .collect();
        all.sort();
        all
    }

    pub(crate) fn try_publish(&mut self, name: Name, list: &DeviceList) -> Result<ListDone, Crashed> {
        let request = ListRequest { session: self.session(name), list: list.clone() };
        self.world.run(|view, rules, _| list_publish(view, rules, &request))
    }

    pub(crate) fn publish(&mut self, name: Name, list: &DeviceList) -> ListDone {
        self.try_publish(name, list).unwrap()
    }

    /// Sets the first list of an account. Gives it.
    pub(crate) fn first_list(&mut self, owner: Name, names: &str) -> DeviceList {
        let first = list(owner, 1, &[], names);
        assert_eq!(self.publish(owner, &first), ListDone::InForce(first.octets.clone()));
        first
    }

    pub(crate) fn list_of(&self, owner: Name) -> Option<Vec<u8>> {
        self.world.look(|view, _| list_query(view, account_of(owner)))
    }

    pub(crate) fn offer(&mut self, name: Name, counter: u64) -> LinkOpenDone {
        let hello_counter = HelloCounter::new(counter).unwrap();
        let request = LinkOpenRequest { static_key: key_of(name), hello_counter };
        self.world.run(|view, rules, now| link_open(view, rules, now, request)).unwrap()
    }

    pub(crate) fn try_approve(
        &mut self,
        name: Name,
        linked: Name,
        list: &DeviceList,
    ) -> Result<LinkApproveDone, Crashed> {
        let linked = LinkedDevice {
            static_key: key_of(linked),
            account: list.account,
            not_after_s: 9,
            certificate: vec![2],
        };
        let request = LinkApproveRequest { session: self.session(name), linked, list: Some(list.clone()) };
        self.world.run(|view, rules, now| link_approve(view, rules, now, &request))
    }

    pub(crate) fn approve(&mut self, name: Name, linked: Name, list: &DeviceList) -> LinkApproveDone {
        self.try_approve(name, linked, list).unwrap()
    }

    pub(crate) fn try_keys(
        &mut self,
        name: Name,
        one_time: &[KeyPackage],
        last_resort: Option<KeyPackage>,
    ) -> Result<KeysDone, Crashed> {
        let (session, one_time) = (self.session(name), one_time.to_vec());
        let request = KeysRequest { session, account: None, one_time, last_resort };
        self.world.run(|view, rules, now| keys_publish(view, rules, now, &request))
    }

    /// Leaves KeyPackages whose certificates name this account.
    pub(crate) fn keys_of(&mut self, name: Name, owner: Name, one_time: Vec<KeyPackage>) -> KeysDone {
        let (session, account) = (self.session(name), Some(account_of(owner)));
        let request = KeysRequest { session, account, one_time, last_resort: None };
        self.world.run(|view, rules, now| keys_publish(view, rules, now, &request)).unwrap()
    }

    /// Approves with a list that nobody's key signed.
    pub(crate) fn approve_unsigned(&mut self, name: Name, linked: Name, owner: Name) -> LinkApproveDone {
        let (static_key, account) = (key_of(linked), account_of(owner));
        let linked = LinkedDevice { static_key, account, not_after_s: 9, certificate: vec![2] };
        let request = LinkApproveRequest { session: self.session(name), linked, list: None };
        self.world.run(|view, rules, now| link_approve(view, rules, now, &request)).unwrap()
    }

    /// Leaves one-time KeyPackages that say these words and live for a day. Gives the stock, as short words.
    pub(crate) fn keys(&mut self, name: Name, texts: &[&str]) -> String {
        let end_s = self.world.now_ms / 1_000 + 86_400;
        let packages: Vec<KeyPackage> = texts.iter().map(|text| package(text, end_s)).collect();
        stock_words(self.try_keys(name, &packages, None).unwrap())
    }

    pub(crate) fn try_claim(
        &mut self,
        name: Name,
        owner: Name,
        suite: MlsSuite,
    ) -> Result<ClaimDone, Crashed> {
        let request = ClaimRequest { session: self.session(name), account: account_of(owner), suite };
        self.world.run(|view, rules, now| claim(view, rules, now, request))
    }

    /// Claims of an account. Gives what came, by the names of the devices.
    pub(crate) fn claim(&mut self, name: Name, owner: Name) -> String {
        claim_words(self.try_claim(name, owner, SUITE).unwrap())
    }
}

pub(crate) fn stock_words(done: KeysDone) -> String {
    match done {
        KeysDone::Stocked(stocks) => {
            let words = stocks.iter().map(|stock| {
                let more = if stock.has_last_resort { " and last" } else { "" };
                format!("{}: {}{more}", stock.suite, stock.one_time_count)
            });
            words.collect::<Vec<_>>().join(", ")
        }
        KeysDone::Invalid => "invalid".into(),
        KeysDone::Full => "full".into(),
        KeysDone::Fenced => "fenced".into(),
        KeysDone::Gone => "gone".into(),
    }
}

pub(crate) fn claim_words(done: ClaimDone) -> String {
    let devices = match done {
        ClaimDone::Claimed { devices, .. } => devices,
        ClaimDone::UnknownAccount => return "unknown".into(),
        ClaimDone::Rate { retry_after_ms } => return format!("rate {retry_after_ms}"),
        ClaimDone::Fenced => return "fenced".into(),
        ClaimDone::Gone => return "gone".into(),
    };
    let name_of = |device: DeviceId| ('a'..='z').find(|name| device_id(&key_of(*name)) == device).unwrap();
    let mut words: Vec<String> = devices
        .into_iter()
        .map(|claimed| {
            let name = name_of(claimed.device);
            let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
            match claimed.key_package {
                ClaimedPackage::OneTime(octets) => format!("{name} {}", text(octets)),
                ClaimedPackage::LastResort(octets) => format!("{name} last {}", text(octets)),
                ClaimedPackage::None => format!("{name} none"),
            }
        })
        .collect();
    words.sort();
    words.join(", ")
}
