//! The device list of an account: who signed it is checked before, what it may say is checked here.

use alloc::vec::Vec;

use crate::codec::Row;
use crate::conversation::tell_all;
use crate::outbox::emit;
use crate::row::{self, AccountRow, Effect, ListRow};
use crate::seat::{Seat, seat};
use crate::{
    AccountId, DeviceId, Event, Fault, ListVersion, Owner, Rows, Rules, Session, Step, Table, View, key,
    keys, list_digest,
};
use pinnace_fault as fault;

/// A device list whose signature holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeviceList {
    /// The account whose identity key signed it.
    pub account: AccountId,
    /// Its version, from 1.
    pub list_version: ListVersion,
    /// The digest of the list before it; zeros before the first one.
    pub previous: [u8; 32],
    /// The devices that it names, in its order.
    pub devices: Vec<DeviceId>,
    /// The list, as it was presented.
    pub octets: Vec<u8>,
}

/// A DEVICE_LIST_PUBLISH whose list is signed by the key that it names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListRequest {
    /// Who publishes.
    pub session: Session,
    /// What.
    pub list: DeviceList,
}

/// The answer to a DEVICE_LIST_PUBLISH.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ListDone {
    /// This list is in force: for DEVICE_LIST (DEV-001, DEV-003).
    InForce(Vec<u8>),
    /// The list does not hold: LIST_INVALID (DEV-005 to DEV-007).
    Invalid,
    /// The list does not follow the one in force: LIST_STALE (DEV-002, DEV-008).
    Stale,
    /// A newer session took over: the list is dropped (SES-016).
    Fenced,
    /// The device was removed.
    Gone,
}

/// Sets an account's device list, if it follows the one in force, and removes the devices that it leaves out
/// (DEV-012, DEV-013).
///
/// # Errors
/// The view's, or a corrupt row.
pub fn list_publish<V: View>(
    view: &mut V,
    rules: &Rules,
    request: &ListRequest,
) -> Result<Step<ListDone>, Fault<V::Error>> {
    let (account, row) = match seat(view, request.session)? {
        Seat::Taken(account, row) => (account, row),
        Seat::Fenced => return Ok(Step::plain(ListDone::Fenced)),
        Seat::Gone => return Ok(Step::plain(ListDone::Gone)),
    };
    let (list, mut roll) = (&request.list, Roll::open(view, account, row)?);
    if !roll.may_say(rules, list, None) {
        return Ok(Step::plain(ListDone::Invalid));
    }
    match roll.place(list) {
        Place::InForce => Ok(Step::plain(ListDone::InForce(list.octets.clone()))),
        Place::Elsewhere => Ok(Step::plain(ListDone::Stale)),
        Place::Next => {
            roll.set(list)?;
            Ok(Step { answer: ListDone::InForce(list.octets.clone()), events: roll.close() })
        }
    }
}

/// The device list of an account, as it was published (DEV-010); `None` when the account is unknown or has none (DEV-011).
///
/// # Errors
/// The view's, or a corrupt row.
pub fn list_query<V: Rows>(view: &V, account: AccountId) -> Result<Option<Vec<u8>>, Fault<V::Error>> {
    let mut list = in_force(view, account)?;
    let owner = Owner::Account(account);
    if fault::devices::QUERY_OLDER_LIST.is_on() {
        list = row::get(view, Table::List, &key::row_with(owner, Table::List, BEFORE))?.or(list);
    }
    if list.is_none() && fault::devices::LISTLESS_TOLD_APART.is_on() {
        let known: Option<AccountRow> = row::get(view, Table::Account, &key::row(owner, Table::Account))?;
        return if known.is_some() { Err(Fault::Corrupt(Table::List)) } else { Ok(None) };
    }
    Ok(list.map(|list| list.octets))
}

/// Where a planted fault keeps the list before the one in force.
const BEFORE: &[u8] = b"before";

/// The list of an account.
pub(crate) fn in_force<V: Rows>(view: &V, account: AccountId) -> Result<Option<ListRow>, Fault<V::Error>> {
    row::get(view, Table::List, &key::row(Owner::Account(account), Table::List))
}

/// The same from another owner, as advice.
pub(crate) fn peek_in_force<V: Rows>(
    view: &V,
    account: AccountId,
) -> Result<Option<ListRow>, Fault<V::Error>> {
    row::peek(view, Table::List, &key::row(Owner::Account(account), Table::List))
}

/// Where a list stands to the one in force.
pub(crate) enum Place {
    /// It is that one: its answer was lost.
    InForce,
    /// It is the next one.
    Next,
    /// It is neither.
    Elsewhere,
}

/// An account's devices and its list inside a transaction.
pub(crate) struct Roll<'v, V: View> {
    pub view: &'v mut V,
    pub account: AccountId,
    pub row: AccountRow,
    pub events: Vec<Event>,
    list: Option<ListRow>,
}

impl<'v, V: View> Roll<'v, V> {
    pub(crate) fn open(
        view: &'v mut V,
        account: AccountId,
        row: AccountRow,
    ) -> Result<Self, Fault<V::Error>> {
        let list = in_force(view, account)?;
        Ok(Self { view, account, row, events: Vec::new(), list })
    }

    const fn owner(&self) -> Owner {
        Owner::Account(self.account)
    }

    /// Whether this account may have such a list: its own key signed it, each device stands once, in order, and is
    /// registered, or about to be.
    pub(crate) fn may_say(&self, rules: &Rules, list: &DeviceList, joining: Option<DeviceId>) -> bool {
        let count = u64::try_from(list.devices.len()).unwrap_or(u64::MAX);
        let is_known = |device: &DeviceId| {
            let is_member = self.row.has(*device) || joining == Some(*device);
            is_member || fault::devices::LIST_DEVICE_UNCHECKED.is_on()
        };
        let rises = |one: &DeviceId, next: &DeviceId| {
            one.as_bytes() < next.as_bytes()
                || one != next && fault::devices::LIST_ORDER_UNCHECKED.is_on()
                || one == next && fault::devices::LIST_TWICE_TAKEN.is_on()
        };
        let is_named = |device| list.devices.contains(&device) || fault::devices::LINK_UNLISTED_TAKEN.is_on();
        (list.account == self.account || fault::devices::LIST_ACCOUNT_UNCHECKED.is_on())
            && (1..=rules.devices_per_account_max).contains(&count)
            && list.devices.is_sorted_by(rises)
            && list.devices.iter().all(is_known)
            && joining.is_none_or(is_named)
    }

    pub(crate) fn place(&self, list: &DeviceList) -> Place {
        let (next, previous) = match &self.list {
            Some(stored) if stored.octets == list.octets => {
                let is_refused = fault::devices::LIST_REPEAT_STALE.is_on();
                return if is_refused { Place::Elsewhere } else { Place::InForce };
            }
            Some(stored) => (stored.version.next(), list_digest(&stored.octets)),
            None => (Some(ListVersion::FIRST), [0; 32]),
        };
        let stored = self.list.as_ref().map(|stored| stored.version);
        let is_rival = stored == Some(list.list_version) && fault::devices::RACE_TWO_WINNERS.is_on();
        let is_version = next == Some(list.list_version) || fault::devices::LIST_VERSION_UNCHECKED.is_on();
        let is_previous = list.previous == previous || fault::devices::LIST_PREVIOUS_UNCHECKED.is_on();
        if is_version && is_previous || is_rival { Place::Next } else { Place::Elsewhere }
    }

    /// The devices that the list in force names and this one does not.
    fn left_out(&self, list: &DeviceList) -> Vec<DeviceId> {
        if fault::devices::LEFT_OUT_STAYS.is_on() {
            return Vec::new();
        }
        let named = self.list.iter().flat_map(|stored| stored.devices.iter().copied());
        let registered = self.row.devices.iter().map(|entry| entry.device);
        let named = named.chain(registered.filter(|_| fault::devices::UNLISTED_REMOVED.is_on()));
        named.filter(|device| !list.devices.contains(device)).collect()
    }

    /// Sets a list, and removes those that it leaves out. Every conversation of the account is told.
    pub(crate) fn set(&mut self, list: &DeviceList) -> Result<(), Fault<V::Error>> {
        let gone = self.left_out(list);
        for device in gone.iter().copied() {
            keys::forget_device(self.view, self.account, device)?;
            if self.row.has(device) {
                self.row.devices.retain(|entry| entry.device != device);
                if !fault::devices::LEFT_OUT_REACHABLE.is_on() {
                    self.emit(&Effect::Remove { device, account: self.account });
                }
            }
        }
        if let Some(before) = self.list.as_ref().filter(|_| fault::devices::QUERY_OLDER_LIST.is_on()) {
            self.view.put(key::row_with(self.owner(), Table::List, BEFORE), before.encode());
        }
        let (version, devices) = (list.list_version, list.devices.clone());
        let row = ListRow { version, devices, octets: list.octets.clone() };
        self.view.put(key::row(self.owner(), Table::List), row.encode());
        let octets = if fault::conversations::LIST_TOLD_LATE.is_on() {
            self.list.as_ref().map(|before| before.octets.clone())
        } else {
            Some(list.octets.clone())
        };
        let news = (gone.as_slice(), octets.as_deref());
        self.events.extend(tell_all(self.view, self.account, &mut self.row.outbox_next, news)?);
        Ok(())
    }

    pub(crate) fn emit(&mut self, effect: &Effect) {
        let owner = self.owner();
        self.events.push(emit(self.view, owner, &mut self.row.outbox_next, effect));
    }

    /// Writes the account. Gives what must follow.
    pub(crate) fn close(self) -> Vec<Event> {
        self.view.put(key::row(self.owner(), Table::Account), self.row.encode());
        self.events
    }
}
