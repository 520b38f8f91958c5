//! The stored rows, one layout a file.

mod account;
mod attempts;
mod conversation;
mod crossing;
mod device;
mod effect;
mod entry;
mod fan_out;
mod item;
mod link;
mod list;
mod mailbox;
mod outcome;
mod registration;
mod roster;
mod sender;
mod single;
mod stock;

pub(crate) use account::AccountRow;
pub use account::DeviceEntry;
pub(crate) use attempts::AttemptsRow;
pub(crate) use conversation::{ConversationRow, PayloadRow, PlacedRow, SentRow};
pub(crate) use crossing::{Crossing, Let};
pub use device::DeviceRecord;
pub(crate) use effect::Effect;
pub(crate) use entry::EntryRow;
pub(crate) use fan_out::{EntryHead, FanOutRow};
pub(crate) use item::{Held, ItemRow, KeysLowRow, MessageRow, Queue, ReceiptRow};
pub(crate) use link::LinkRow;
pub(crate) use list::ListRow;
pub(crate) use mailbox::MailboxRow;
pub(crate) use outcome::{BODY_HASH_LEN, OutcomeRow};
pub(crate) use registration::RegistrationRow;
pub(crate) use roster::{RosterEntry, RosterRow};
pub(crate) use sender::SenderRow;
pub(crate) use single::{AccountOf, At, Count, Mark};
pub(crate) use stock::{KeyPackageRow, KeyRef, LowTold, StockEntry, StockRow};

use alloc::vec::Vec;

use crate::codec::Row;
use crate::{Fault, Rows, Table, key};

/// Which reads the row is found by.
pub(crate) fn decode<R: Row, E>(table: Table, row: &[u8]) -> Result<R, Fault<E>> {
    R::decode(row).map_err(|_| Fault::Corrupt(table))
}

/// The row under a key, if there is one.
pub(crate) fn get<R: Row, V: Rows>(view: &V, table: Table, key: &[u8]) -> Result<Option<R>, Fault<V::Error>> {
    view.get(key)?.map(|row| decode(table, &row)).transpose()
}

/// Another owner's row, as advice.
pub(crate) fn peek<R: Row, V: Rows>(
    view: &V,
    table: Table,
    key: &[u8],
) -> Result<Option<R>, Fault<V::Error>> {
    view.peek(key)?.map(|row| decode(table, &row)).transpose()
}

/// The rows from `first` to `end`, each with the number that closes its key.
pub(crate) fn scan<R: Row, V: Rows>(
    view: &V,
    table: Table,
    bounds: (&[u8], &[u8]),
    count_max: usize,
) -> Result<Vec<(u64, R)>, Fault<V::Error>> {
    let rows = view.scan(bounds.0, bounds.1, count_max)?;
    rows.iter()
        .map(|(key, row)| Ok((key::last_number(key).ok_or(Fault::Corrupt(table))?, decode(table, row)?)))
        .collect()
}
