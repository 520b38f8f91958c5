//! CLAIM: an account takes KeyPackages of another one's devices.

use alloc::vec::Vec;

use super::stock::{Aged, Shelf, shelves};
use super::sweep::wake_at;
use crate::codec::Row;
use crate::list::in_force;
use crate::outbox::emit;
use crate::rate::Rate;
use crate::row::{self, AccountRow, At, Effect, LowTold, StockRow};
use crate::seat::{Asker, asker};
use crate::{AccountId, DeviceId, Event, Fault, MlsSuite, Owner, Rules, Session, Step, Table, View, key};
use pinnace_fault as fault;

/// A CLAIM.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ClaimRequest {
    /// Who claims.
    pub session: Session,
    /// Of which account.
    pub account: AccountId,
    /// For which MLS suite.
    pub suite: MlsSuite,
}

/// A KeyPackage that was claimed.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ClaimedPackage {
    /// Nobody else is given it (KEY-005).
    OneTime(Vec<u8>),
    /// Others are given it too: marked `last_resort` (KEY-007).
    LastResort(Vec<u8>),
    /// The device has none (KEY-008).
    None,
}

/// What a device has for a claim.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Claimed {
    /// The device.
    pub device: DeviceId,
    /// Its KeyPackage.
    pub key_package: ClaimedPackage,
}

/// The answer to a CLAIM.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ClaimDone {
    /// One KeyPackage of each device: for DEVICE_LIST, then CLAIMED.
    Claimed {
        /// The device list in force.
        list: Vec<u8>,
        /// Its devices but the asking one, in its order.
        devices: Vec<Claimed>,
    },
    /// The account is unknown or has no list: UNKNOWN_ACCOUNT (DEV-011).
    UnknownAccount,
    /// Too many claims of the one account at the other: RATE. Nothing was taken (KEY-013).
    Rate {
        /// When to try again, 1 to 3,600,000 ms.
        retry_after_ms: u64,
    },
    /// A newer session took over: nothing was taken (SES-016).
    Fenced,
    /// The asking device was removed.
    Gone,
}

const HOUR_MS: u64 = 3_600_000;

/// Takes one KeyPackage of each device of an account's list, at one moment (KEY-004).
///
/// # Errors
/// The view's, or a corrupt row.
pub fn claim<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    request: ClaimRequest,
) -> Result<Step<ClaimDone>, Fault<V::Error>> {
    let own = match asker(view, request.session)? {
        Asker::Of(account) => account,
        Asker::Fenced => return Ok(Step::plain(ClaimDone::Fenced)),
        Asker::Gone => return Ok(Step::plain(ClaimDone::Gone)),
    };
    let account = request.account;
    let Some(list) = in_force(view, account)? else {
        return Ok(Step::plain(ClaimDone::UnknownAccount));
    };
    let mut counter = Counter { view, rules, now_ms, account, events: Vec::new() };
    if own != account
        && let Err(retry_after_ms) = counter.admit(own)?
    {
        if fault::keys::RATE_TAKES.is_on() {
            counter.serve(&list.devices, request)?;
        }
        return Ok(Step { answer: ClaimDone::Rate { retry_after_ms }, events: counter.events });
    }
    let devices = counter.serve(&list.devices, request)?;
    Ok(Step { answer: ClaimDone::Claimed { list: list.octets, devices }, events: counter.events })
}

/// Where claims at one account are served.
struct Counter<'v, V: View> {
    view: &'v mut V,
    rules: &'v Rules,
    now_ms: u64,
    account: AccountId,
    events: Vec<Event>,
}

impl<V: View> Counter<'_, V> {
    /// What each listed device but the asking one has for a claim.
    fn serve(&mut self, listed: &[DeviceId], request: ClaimRequest) -> Result<Vec<Claimed>, Fault<V::Error>> {
        let is_other =
            |device: &&DeviceId| **device != request.session.device || fault::keys::OWN_DEVICE_GIVEN.is_on();
        let mut devices = Vec::with_capacity(listed.len());
        for device in listed.iter().copied().filter(|device| is_other(&device)) {
            let shelf = Shelf { account: self.account, device, suite: self.suite(device, request.suite)? };
            devices.push(Claimed { device, key_package: self.hand_out(shelf)? });
        }
        if fault::keys::NOTHING_UNTOLD.is_on() {
            devices.retain(|claimed| claimed.key_package != ClaimedPackage::None);
        }
        if fault::keys::LAST_DEVICE_LEFT_OUT.is_on() {
            devices.pop();
        }
        if fault::keys::CLAIMED_REVERSED.is_on() {
            devices.reverse();
        }
        Ok(devices)
    }

    /// The suite that is asked for; with a planted fault the first that the device has.
    fn suite(&self, device: DeviceId, asked: MlsSuite) -> Result<MlsSuite, Fault<V::Error>> {
        if !fault::keys::CLAIM_SUITE_IGNORED.is_on() {
            return Ok(asked);
        }
        let shelves = shelves(self.view, self.account, Some(device))?;
        let stocked = shelves.iter().find(|(_, row)| !row.one_time.is_empty());
        Ok(stocked.map_or(asked, |(shelf, _)| shelf.suite))
    }

    /// Takes a claim of another account out of its budget, or tells how long that one must wait.
    fn admit(&mut self, other: AccountId) -> Result<Result<(), u64>, Fault<V::Error>> {
        let owner = Owner::Account(self.account);
        let budget_key = key::row_with(owner, Table::Budget, other.as_bytes());
        let At(full_ns) = row::get(self.view, Table::Budget, &budget_key)?.unwrap_or(At(0));
        let per_hour = self.rules.claims_per_target_per_h;
        if fault::keys::CLAIMS_UNLIMITED.is_on() {
            return Ok(Ok(()));
        }
        Ok(match Rate::new(per_hour, HOUR_MS, per_hour).take(full_ns, self.now_ms) {
            Ok(full_ns) => {
                self.view.put(budget_key, At(full_ns).encode());
                self.events.extend(wake_at(self.view, self.account, full_ns.div_ceil(1_000_000))?);
                Ok(())
            }
            Err(retry_after_ms) => Err(retry_after_ms),
        })
    }

    /// The oldest KeyPackage for one claim, which leaves now, or the one for all, which stays.
    fn hand_out(&mut self, shelf: Shelf) -> Result<ClaimedPackage, Fault<V::Error>> {
        let mut row = shelf.open(self.view)?;
        let aged = shelf.expire(self.view, &mut row, self.now_ms);
        if fault::keys::TAKEN_UNSTORED.is_on() {
            row.one_time.retain(|entry| !kept_in_mind::is_taken(&entry.name));
        }
        let is_last_first = row.last_resort.is_some() && fault::keys::LAST_RESORT_FIRST.is_on();
        if row.one_time.is_empty() || is_last_first {
            let last_resort = match row.last_resort {
                Some(entry) => ClaimedPackage::LastResort(shelf.octets(self.view, entry)?),
                None => ClaimedPackage::None,
            };
            let is_consumed = fault::keys::LAST_RESORT_CONSUMED.is_on();
            if is_consumed && let Some(entry) = row.last_resort.take() {
                shelf.discard(self.view, entry);
            }
            if aged == Aged::Changed || is_consumed {
                shelf.close(self.view, &row);
            }
            return Ok(last_resort);
        }
        let entry = row.one_time.remove(0);
        let octets = shelf.octets(self.view, entry)?;
        if fault::keys::TAKEN_UNSTORED.is_on() {
            kept_in_mind::take(&entry.name);
            return Ok(ClaimedPackage::OneTime(octets));
        }
        if fault::keys::ONE_TIME_STAYS.is_on() {
            return Ok(ClaimedPackage::OneTime(octets));
        }
        shelf.discard(self.view, entry);
        self.view.put(shelf.taken_key(&entry.name, entry.not_after_s), Vec::new());
        self.events.extend(wake_at(self.view, self.account, entry.not_after_s.saturating_mul(1_000))?);
        self.warn(shelf, &mut row)?;
        shelf.close(self.view, &row);
        Ok(ClaimedPackage::OneTime(octets))
    }

    /// Tells the device, once, that few are left (KEY-011).
    fn warn(&mut self, shelf: Shelf, row: &mut StockRow) -> Result<(), Fault<V::Error>> {
        let one_time_count = row.one_time_count();
        let mark = self.rules.keys_low.saturating_sub(u64::from(fault::keys::KEYS_LOW_LATE.is_on()));
        let is_told = row.low == LowTold::Told && !fault::keys::KEYS_LOW_EACH_TIME.is_on();
        if mark < one_time_count || is_told || fault::keys::KEYS_LOW_MISSING.is_on() {
            return Ok(());
        }
        row.low = LowTold::Told;
        let one_time_count =
            one_time_count.saturating_add(u64::from(fault::keys::KEYS_LOW_COUNT_WRONG.is_on()));
        let owner = Owner::Account(self.account);
        let account_key = key::row(owner, Table::Account);
        let mut account: AccountRow = row::get(self.view, Table::Account, &account_key)?.unwrap_or_default();
        let effect = Effect::KeysLow { to: shelf.device, suite: shelf.suite, one_time_count };
        self.events.push(emit(self.view, owner, &mut account.outbox_next, &effect));
        self.view.put(account_key, account.encode());
        Ok(())
    }
}

/// What was taken in this run of a server: where a planted fault keeps it.
mod kept_in_mind {
    use core::sync::atomic::{AtomicU64, Ordering};

    use crate::row::KeyRef;

    /// The first half of each name; 0 where there is room.
    static TAKEN: [AtomicU64; 4_096] = [const { AtomicU64::new(0) }; 4_096];

    fn half(name: &KeyRef) -> u64 {
        u64::from_be_bytes(name.first_chunk().copied().unwrap_or_default())
    }

    pub(super) fn is_taken(name: &KeyRef) -> bool {
        TAKEN.iter().any(|taken| taken.load(Ordering::Relaxed) == half(name))
    }

    pub(super) fn take(name: &KeyRef) {
        let room = TAKEN.iter().find(|taken| taken.load(Ordering::Relaxed) == 0);
        if let Some(room) = room {
            room.store(half(name), Ordering::Relaxed);
        }
    }
}
