//! Keys of rows: the owner first, so that all that is one owner's lies together.
//!
//! ```text
//! row     01 | owner (17) | table (1) | suffix
//! outbox  02 | owner (17) | sequence (8)
//! timer   03 | due_ms (8) | owner (17)
//! fan-out 04 | owner (17) | sequence (8)
//! ```

use alloc::vec::Vec;

use crate::{AccountId, ConversationId, DeviceId, E164, EntryKind, MlsSuite, Table};

const ROW: u8 = 1;
const OUTBOX: u8 = 2;
const TIMER: u8 = 3;
const FAN_OUT: u8 = 4;

/// Length of an owner within a key, in octets.
pub const OWNER_LEN: usize = 17;

/// Who a row belongs to: the unit of a transaction, and of placement on a machine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Owner {
    /// A device: what it sent, its mailbox, its registration.
    Device(DeviceId),
    /// An account: its devices.
    Account(AccountId),
    /// A telephone number: whose it is, and who tries to register it.
    Number(E164),
    /// A conversation: its roster, and what its entries carry.
    Conversation(ConversationId),
}

impl Owner {
    /// The owner as it stands in keys.
    #[must_use]
    pub fn octets(self) -> [u8; OWNER_LEN] {
        let (tag, id) = match self {
            Self::Device(id) => (b'd', *id.as_bytes()),
            Self::Account(id) => (b'a', *id.as_bytes()),
            Self::Number(number) => (b'n', number.octets()),
            Self::Conversation(id) => (b'c', *id.as_bytes()),
        };
        let mut octets = [tag; OWNER_LEN];
        for (to, from) in octets.iter_mut().skip(1).zip(id) {
            *to = from;
        }
        octets
    }

    /// The owner with these octets, or `None` if there is no such kind of owner.
    #[must_use]
    pub fn from_octets(octets: &[u8]) -> Option<Self> {
        let (tag, id) = octets.split_first()?;
        let id: [u8; 16] = id.try_into().ok()?;
        match tag {
            b'd' => Some(Self::Device(DeviceId::new(id))),
            b'a' => Some(Self::Account(AccountId::new(id))),
            b'n' => E164::from_octets(id).map(Self::Number),
            b'c' => Some(Self::Conversation(ConversationId::new(id))),
            _ => None,
        }
    }
}

/// Where in the order of keys a row lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Space {
    /// The rows of owners.
    Row,
    /// Effects that are on their way.
    Outbox,
    /// When owners want to be swept.
    Timer,
    /// Entries that are on their way into mailboxes.
    FanOut,
}

fn with_capacity(first: u8, owner: Owner, suffix_len: usize) -> Vec<u8> {
    let mut key = Vec::with_capacity(2 + OWNER_LEN + suffix_len);
    key.push(first);
    key.extend_from_slice(&owner.octets());
    key
}

/// The key of an owner's only row in a table.
pub(crate) fn row(owner: Owner, table: Table) -> Vec<u8> {
    row_with(owner, table, &[])
}

/// The key of one of an owner's rows in a table.
pub(crate) fn row_with(owner: Owner, table: Table, suffix: &[u8]) -> Vec<u8> {
    let mut key = with_capacity(ROW, owner, suffix.len());
    key.push(table as u8);
    key.extend_from_slice(suffix);
    key
}

/// The key of one of an owner's numbered rows in a table.
pub(crate) fn numbered(owner: Owner, table: Table, number: u64) -> Vec<u8> {
    row_with(owner, table, &number.to_be_bytes())
}

/// The key of an item that expires out of order.
pub(crate) fn due(owner: Owner, due_ms: u64, seq: u64) -> Vec<u8> {
    let mut key = numbered(owner, Table::Due, due_ms);
    key.extend_from_slice(&seq.to_be_bytes());
    key
}

/// Due time and mailbox_seq of an item that expires out of order.
pub(crate) fn parse_due(key: &[u8]) -> Option<(u64, u64)> {
    let (rest, _) = key.split_last_chunk::<8>()?;
    Some((last_number(rest)?, last_number(key)?))
}

/// The first key after all rows of an owner's table.
pub(crate) fn table_end(owner: Owner, table: Table) -> Vec<u8> {
    let mut key = with_capacity(ROW, owner, 0);
    key.push((table as u8).saturating_add(1));
    key
}

/// Device and suite of a stock.
pub(crate) fn parse_stock(key: &[u8]) -> Option<(DeviceId, MlsSuite)> {
    let (rest, suite) = key.split_last_chunk::<2>()?;
    let device = rest.last_chunk::<{ DeviceId::LEN }>()?;
    Some((DeviceId::new(*device), MlsSuite::new(u16::from_be_bytes(*suite).into())?))
}

/// The end of life, in Unix seconds, in the key of a KeyPackage that was handed out.
pub(crate) fn taken_end_s(key: &[u8]) -> Option<u64> {
    let suffix = key.get(2 + OWNER_LEN..)?;
    suffix.first_chunk::<8>().map(|octets| u64::from_be_bytes(*octets))
}

/// The number that closes a key.
pub(crate) fn last_number(key: &[u8]) -> Option<u64> {
    key.last_chunk::<8>().map(|octets| u64::from_be_bytes(*octets))
}

/// The key of an outbox row.
pub(crate) fn outbox(origin: Owner, seq: u64) -> Vec<u8> {
    let mut key = with_capacity(OUTBOX, origin, 8);
    key.extend_from_slice(&seq.to_be_bytes());
    key
}

/// The keys before and after every outbox row.
pub(crate) fn outbox_bounds() -> (Vec<u8>, Vec<u8>) {
    (Vec::from([OUTBOX]), Vec::from([OUTBOX + 1]))
}

/// The key of an entry on its way into mailboxes.
pub(crate) fn fan_out(origin: Owner, seq: u64) -> Vec<u8> {
    let mut key = with_capacity(FAN_OUT, origin, 8);
    key.extend_from_slice(&seq.to_be_bytes());
    key
}

/// The keys before and after every such row.
pub(crate) fn fan_out_bounds() -> (Vec<u8>, Vec<u8>) {
    (Vec::from([FAN_OUT]), Vec::from([FAN_OUT + 1]))
}

/// The key of one of the rows that a payload has.
pub(crate) fn payload(conversation: ConversationId, table: Table, name: (u64, EntryKind)) -> Vec<u8> {
    let mut key = numbered(Owner::Conversation(conversation), table, name.0);
    key.push(name.1.value());
    key
}

/// The key of a row that an owner has for a conversation.
pub(crate) fn of_conversation(owner: Owner, table: Table, conversation: ConversationId) -> Vec<u8> {
    row_with(owner, table, conversation.as_bytes())
}

/// The conversation that closes a key.
pub(crate) fn last_conversation(key: &[u8]) -> Option<ConversationId> {
    key.last_chunk::<{ ConversationId::LEN }>().map(|octets| ConversationId::new(*octets))
}

/// Origin and sequence of an outbox row.
pub(crate) fn parse_outbox(key: &[u8]) -> Option<(Owner, u64)> {
    Some((owner_of(key)?, last_number(key)?))
}

/// The key of a timer.
pub(crate) fn timer(due_ms: u64, owner: Owner) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + 8 + OWNER_LEN);
    key.push(TIMER);
    key.extend_from_slice(&due_ms.to_be_bytes());
    key.extend_from_slice(&owner.octets());
    key
}

/// The keys before every timer from this time on, and after those that are due at that one.
pub(crate) fn timer_bounds(from_ms: u64, until_ms: u64) -> (Vec<u8>, Vec<u8>) {
    let bound = |at_ms: u64| [&[TIMER], at_ms.to_be_bytes().as_slice()].concat();
    (bound(from_ms), bound(until_ms.saturating_add(1)))
}

/// Due time and owner of a timer.
pub(crate) fn parse_timer(key: &[u8]) -> Option<(u64, Owner)> {
    let due_ms = key.get(1..9)?.try_into().ok().map(u64::from_be_bytes)?;
    Some((due_ms, owner_of(key)?))
}

/// The owner of the row under this key, or `None` for a key that these rules did not make.
///
/// ```
/// use pinnace_home::{DeviceId, Owner, owner_of};
/// assert_eq!(owner_of(&[9, 9, 9]), None);
/// ```
#[must_use]
pub fn owner_of(key: &[u8]) -> Option<Owner> {
    let (space, rest) = key.split_first()?;
    let owner = match *space {
        ROW | OUTBOX | FAN_OUT => rest.get(..OWNER_LEN)?,
        TIMER => rest.get(8..8 + OWNER_LEN)?,
        _ => return None,
    };
    Owner::from_octets(owner)
}

/// Where the row under this key lies.
pub(crate) fn space_of(key: &[u8]) -> Option<Space> {
    match *key.first()? {
        ROW => Some(Space::Row),
        OUTBOX => Some(Space::Outbox),
        TIMER => Some(Space::Timer),
        FAN_OUT => Some(Space::FanOut),
        _ => None,
    }
}

/// The kind of the row under this key.
pub(crate) fn table_of(key: &[u8]) -> Option<Table> {
    match space_of(key)? {
        Space::Row => {
            let table = key.get(1 + OWNER_LEN)?;
            Table::ALL.into_iter().find(|known| *known as u8 == *table)
        }
        Space::Outbox => Some(Table::Outbox),
        Space::Timer => Some(Table::Timer),
        Space::FanOut => Some(Table::FanOut),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(table: Table) -> Space {
        if table == Table::Outbox {
            Space::Outbox
        } else if table == Table::Timer {
            Space::Timer
        } else if table == Table::FanOut {
            Space::FanOut
        } else {
            Space::Row
        }
    }

    #[test]
    fn a_key_tells_its_owner_and_its_table() {
        let number = E164::parse("+4915112345678").unwrap();
        let device = Owner::Device(DeviceId::new([1; 16]));
        for owner in [device, Owner::Account(AccountId::new([2; 16])), Owner::Number(number)] {
            for table in Table::ALL {
                let key = match space(table) {
                    Space::Row => numbered(owner, table, 7),
                    Space::Outbox => outbox(owner, 7),
                    Space::Timer => timer(7, owner),
                    Space::FanOut => fan_out(owner, 7),
                };
                assert_eq!((owner_of(&key), table_of(&key)), (Some(owner), Some(table)), "{key:?}");
            }
            assert_eq!(parse_outbox(&outbox(owner, 7)), Some((owner, 7)));
            assert_eq!(parse_timer(&timer(7, owner)), Some((7, owner)));
        }
        assert_eq!(parse_due(&due(device, 7, 8)), Some((7, 8)));
    }
}
