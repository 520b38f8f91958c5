//! KEYS_PUBLISH: a device leaves KeyPackages.

use alloc::vec::Vec;

use super::stock::{Aged, Shelf, shelves};
use super::sweep::wake_at;
use crate::row::{KeyRef, LowTold, StockRow};
use crate::seat::{Seat, seat};
use crate::{
    AccountId, DeviceId, Fault, MlsSuite, Rows, Rules, Session, Step, View, key_package_ref, key_set_digest,
};
use pinnace_fault as fault;

/// A KeyPackage that holds and is its device's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyPackage {
    /// Its MLS suite.
    pub suite: MlsSuite,
    /// The end of its life, in Unix seconds.
    pub not_after_s: u64,
    /// The KeyPackage, as it was presented.
    pub octets: Vec<u8>,
}

/// A KEYS_PUBLISH whose KeyPackages hold. Without any it asks for the stock.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeysRequest {
    /// Whose they are.
    pub session: Session,
    /// The account that the certificates in them name; none without a KeyPackage.
    pub account: Option<AccountId>,
    /// For one claim each.
    pub one_time: Vec<KeyPackage>,
    /// For every claim beyond those, in place of the one of its suite.
    pub last_resort: Option<KeyPackage>,
}

/// What a device has in stock of one suite.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct StockState {
    /// The suite.
    pub suite: MlsSuite,
    /// KeyPackages for one claim each.
    pub one_time_count: u64,
    /// The digest of their names.
    pub set_digest: [u8; 32],
    /// Whether there is one for every claim beyond those.
    pub has_last_resort: bool,
}

/// The answer to a KEYS_PUBLISH.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeysDone {
    /// All are stored: the stock now, by rising suite; a suite without a KeyPackage is left out (KEY-001).
    Stocked(Vec<StockState>),
    /// Their certificates are another account's: KEY_PACKAGE_INVALID (KEY-009).
    Invalid,
    /// A suite would have more than `key_packages_max`: KEYS_FULL, and nothing is stored (KEY-010).
    Full,
    /// A newer session took over: the KeyPackages are dropped (SES-016).
    Fenced,
    /// The device was removed.
    Gone,
}

/// Stores KeyPackages, all or none. One that is in stock, or was handed out, changes nothing (KEY-002,
/// KEY-003).
///
/// # Errors
/// The view's, or a corrupt row.
pub fn keys_publish<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    request: &KeysRequest,
) -> Result<Step<KeysDone>, Fault<V::Error>> {
    let account = match seat(view, request.session)? {
        Seat::Taken(account, _) => account,
        Seat::Fenced => return Ok(Step::plain(KeysDone::Fenced)),
        Seat::Gone => return Ok(Step::plain(KeysDone::Gone)),
    };
    let is_ours = request.account.is_none_or(|named| named == account);
    if !is_ours && !fault::keys::PACKAGE_ACCOUNT_UNCHECKED.is_on() {
        return Ok(Step::plain(KeysDone::Invalid));
    }
    let device = request.session.device;
    let mut deliveries = Vec::new();
    for suite in suites(request) {
        let mut delivery = Delivery::unpack(view, Shelf { account, device, suite }, request)?;
        let beyond = delivery.count_after(now_ms).saturating_sub(rules.key_packages_max);
        if beyond != 0 && !fault::keys::KEYS_UNLIMITED.is_on() {
            if fault::keys::FULL_HALF_STORED.is_on() {
                delivery.cut(beyond);
                delivery.store(view, rules, now_ms);
            }
            return Ok(Step::plain(KeysDone::Full));
        }
        deliveries.push(delivery);
    }
    let mut ends_s = Vec::new();
    for delivery in deliveries {
        ends_s.extend(delivery.store(view, rules, now_ms));
    }
    let events = match ends_s.into_iter().min() {
        Some(end_s) => wake_at(view, account, end_s.saturating_mul(1_000))?.into_iter().collect(),
        None => Vec::new(),
    };
    Ok(Step { answer: KeysDone::Stocked(stocks(view, now_ms, (account, device))?), events })
}

/// The suites of a request, each once.
fn suites(request: &KeysRequest) -> Vec<MlsSuite> {
    let all = request.one_time.iter().chain(&request.last_resort);
    let mut suites: Vec<MlsSuite> = all.map(|package| package.suite).collect();
    suites.sort_unstable();
    suites.dedup();
    suites
}

/// A KeyPackage and its name.
type Named<'r> = (KeyRef, &'r KeyPackage);

/// What a request brings to one shelf.
struct Delivery<'r> {
    shelf: Shelf,
    row: StockRow,
    /// Those that are new.
    one_time: Vec<Named<'r>>,
    last_resort: Option<Named<'r>>,
}

impl<'r> Delivery<'r> {
    fn unpack<V: Rows>(view: &V, shelf: Shelf, request: &'r KeysRequest) -> Result<Self, Fault<V::Error>> {
        let row = shelf.open(view)?;
        let of_suite = |package: &&KeyPackage| package.suite == shelf.suite;
        let named = |package: &'r KeyPackage| (key_package_ref(&package.octets), package);
        let mut one_time: Vec<Named<'r>> = Vec::new();
        for (name, package) in request.one_time.iter().filter(of_suite).map(named) {
            let is_stored = row.one_time.iter().any(|entry| entry.name == name);
            let is_repeated = one_time.iter().any(|(other, _)| *other == name);
            let was_taken = view.get(&shelf.taken_key(&name, package.not_after_s))?.is_some();
            let is_old = (is_stored || is_repeated) && !fault::keys::REPEATED_STORED_TWICE.is_on()
                || was_taken && !fault::keys::TAKEN_FORGOTTEN.is_on();
            if !is_old {
                one_time.push((name, package));
            }
        }
        let last_resort = request.last_resort.iter().find(of_suite).map(named);
        let last_resort =
            last_resort.filter(|(name, _)| row.last_resort.is_none_or(|entry| entry.name != *name));
        let is_kept = row.last_resort.is_some() && fault::keys::OLD_LAST_RESORT_STAYS.is_on();
        let last_resort = last_resort.filter(|_| !is_kept);
        Ok(Self { shelf, row, one_time, last_resort })
    }

    fn count_after(&self, now_ms: u64) -> u64 {
        let living = self.row.one_time.iter().filter(|entry| entry.lives(now_ms)).count();
        u64::try_from(living.saturating_add(self.one_time.len())).unwrap_or(u64::MAX)
    }

    /// Leaves out so many of those that are new, as a planted fault does.
    fn cut(&mut self, beyond: u64) {
        let beyond = usize::try_from(beyond).unwrap_or(usize::MAX);
        self.one_time.truncate(self.one_time.len().saturating_sub(beyond));
    }

    /// Puts what is new on the shelf. Gives when the lives of that end, in Unix seconds.
    fn store<V: View>(mut self, view: &mut V, rules: &Rules, now_ms: u64) -> Vec<u64> {
        let (shelf, row) = (self.shelf, &mut self.row);
        let aged = shelf.expire(view, row, now_ms);
        if aged == Aged::Same && self.one_time.is_empty() && self.last_resort.is_none() {
            return Vec::new();
        }
        for (name, package) in &self.one_time {
            let entry = shelf.lay(view, row, (*name, package.not_after_s, &package.octets));
            row.one_time.push(entry);
        }
        if let Some((name, package)) = self.last_resort {
            let entry = shelf.lay(view, row, (name, package.not_after_s, &package.octets));
            if let Some(before) = row.last_resort.replace(entry) {
                shelf.discard(view, before);
            }
        }
        if rules.keys_low < row.one_time_count() && !fault::keys::KEYS_LOW_ONCE_EVER.is_on() {
            row.low = LowTold::Untold;
        }
        shelf.close(view, row);
        self.one_time.iter().chain(&self.last_resort).map(|(_, package)| package.not_after_s).collect()
    }
}

impl StockRow {
    pub(super) fn one_time_count(&self) -> u64 {
        u64::try_from(self.one_time.len()).unwrap_or(u64::MAX)
    }
}

/// What a device has in stock at this time.
fn stocks<V: Rows>(
    view: &V,
    now_ms: u64,
    whose: (AccountId, DeviceId),
) -> Result<Vec<StockState>, Fault<V::Error>> {
    let shelves = shelves(view, whose.0, Some(whose.1))?;
    let states = shelves.into_iter().map(|(shelf, row)| {
        let living = row.one_time.iter().filter(|entry| entry.lives(now_ms));
        let names: Vec<KeyRef> = living.map(|entry| entry.name).collect();
        let untold = usize::from(fault::keys::STOCK_COUNT_WRONG.is_on());
        let is_untold = fault::keys::LAST_RESORT_UNTOLD.is_on();
        StockState {
            suite: shelf.suite,
            one_time_count: u64::try_from(names.len().saturating_sub(untold)).unwrap_or(u64::MAX),
            set_digest: key_set_digest(names),
            has_last_resort: row.last_resort.is_some_and(|entry| entry.lives(now_ms) && !is_untold),
        }
    });
    Ok(states.filter(|state| state.one_time_count != 0 || state.has_last_resort).collect())
}
