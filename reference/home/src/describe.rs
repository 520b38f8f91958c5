//! What a stored row holds, for those who look at a store from outside: an export, an inspection.

use crate::codec::Row;
use crate::described::Described;
use crate::item::Stored;
use crate::key::{self, Space};
use crate::row::{
    AccountOf, AccountRow, At, AttemptsRow, ConversationRow, Count, DeviceRecord, Effect, EntryRow,
    FanOutRow, ItemRow, KeyPackageRow, LinkRow, ListRow, MailboxRow, Mark, OutcomeRow, PayloadRow, PlacedRow,
    RegistrationRow, RosterRow, SenderRow, SentRow, StockRow,
};
use crate::{ConversationId, ConversationSeq, EntryKind, Item, MailboxSeq, Owner, Table};

/// A row that these rules did not write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Damaged {
    /// Whose it is, if its key tells.
    pub owner: Option<Owner>,
    /// Which kind of row it is, if its key tells.
    pub table: Option<Table>,
}

/// What the row under this key holds.
///
/// ```
/// use pinnace_home::{Damaged, describe};
/// assert_eq!(describe(&[9, 9, 9], &[]), Err(Damaged { owner: None, table: None }));
/// ```
///
/// # Errors
/// [`Damaged`]: the key or the row is not what these rules write.
pub fn describe(key: &[u8], row: &[u8]) -> Result<Described, Damaged> {
    let owner = key::owner_of(key);
    let table = key::table_of(key);
    let described = match (owner, key::space_of(key), table) {
        (Some(owner), Some(Space::Row), Some(table)) => of_row(owner, table, key, row),
        (Some(owner), Some(Space::Outbox), _) => of_effect(owner, row),
        (Some(_), Some(Space::Timer), _) => index(row),
        (Some(Owner::Conversation(_)), Some(Space::FanOut), _) => other::<FanOutRow>(row),
        _ => None,
    };
    described.ok_or(Damaged { owner, table })
}

fn of_row(owner: Owner, table: Table, key: &[u8], row: &[u8]) -> Option<Described> {
    match (owner, table) {
        (Owner::Device(device), Table::Device) => {
            decode(row).filter(|record: &DeviceRecord| record.device() == device).map(Described::Device)
        }
        (Owner::Device(device), Table::Sender) => {
            let sender: SenderRow = decode(row)?;
            let handled = sender.handled_mark();
            let SenderRow { is_registered, epoch, .. } = sender;
            Some(Described::Sender { device, is_registered, epoch, handled })
        }
        (Owner::Device(device), Table::Mailbox) => {
            let mailbox: MailboxRow = decode(row)?;
            let (cursor, last) = (mailbox.cursor_mark(), mailbox.last_mark());
            let MailboxRow { is_registered, item_count, bytes, .. } = mailbox;
            Some(Described::Mailbox { device, is_registered, cursor, last, item_count, bytes })
        }
        (Owner::Device(device), Table::Item) => {
            let mailbox_seq = MailboxSeq::new(key::last_number(key)?)?;
            // At the beginning of time nothing has expired: the item is told as it is stored.
            Some(match Item::of_row(mailbox_seq, decode::<ItemRow>(row)?, 0) {
                Stored::Item(item) => Described::Item { device, item },
                Stored::Entry(EntryRow { kind, place, seq, .. }) => {
                    let conversation_seq = ConversationSeq::new(seq)?;
                    Described::Entry { device, mailbox_seq, place, conversation_seq, kind }
                }
            })
        }
        (Owner::Account(account), Table::Account) => {
            let row: AccountRow = decode(row)?;
            Some(Described::Account { account, device_count: row.devices.len() })
        }
        (Owner::Number(number), Table::Binding) => {
            let AccountOf(account) = decode(row)?;
            Some(Described::Binding { number, account })
        }
        (Owner::Account(account), Table::List) => {
            let ListRow { version: list_version, devices, octets } = decode(row)?;
            Some(Described::List { account, list_version, devices, octets })
        }
        (Owner::Account(account), Table::Stock) => {
            let (device, suite) = key::parse_stock(key)?;
            let StockRow { one_time, last_resort, .. } = decode(row)?;
            let (one_time_count, has_last_resort) = (one_time.len(), last_resort.is_some());
            Some(Described::Stock { account, device, suite, one_time_count, has_last_resort })
        }
        (Owner::Account(_), Table::KeyPackage) => other::<KeyPackageRow>(row),
        (Owner::Account(_), Table::Taken) => key::taken_end_s(key).and_then(|_| index(row)),
        (Owner::Account(_), Table::Budget | Table::Upkeep) => other::<At>(row),
        (Owner::Device(_), Table::Link) => other::<LinkRow>(row),
        (Owner::Device(device), Table::Placed) => {
            let (place, PlacedRow(conversation)) = (key::last_number(key)?, decode(row)?);
            Some(Described::Placed { device, place, conversation })
        }
        (Owner::Device(_), Table::Place | Table::Places) => other::<Count>(row),
        (Owner::Account(_), Table::Membership) => key::last_conversation(key).and_then(|_| index(row)),
        (Owner::Conversation(conversation), table) => of_conversation(conversation, table, key, row),
        (Owner::Device(_), Table::Outcome) => other::<OutcomeRow>(row),
        (Owner::Device(_), Table::Due) => key::parse_due(key).and_then(|_| index(row)),
        (Owner::Number(_), Table::Attempts) => other::<AttemptsRow>(row),
        (Owner::Number(_), Table::Registration) => other::<RegistrationRow>(row),
        (_, Table::Applied) => other::<Mark>(row),
        // The rows of an owner of another kind, and those whose keys lie elsewhere.
        (Owner::Device(_) | Owner::Account(_) | Owner::Number(_), _) => None,
    }
}

fn of_conversation(conversation: ConversationId, table: Table, key: &[u8], row: &[u8]) -> Option<Described> {
    match (conversation, table) {
        (_, Table::Conversation) => {
            let ConversationRow { kind, epoch, last, .. } = decode(row)?;
            Some(Described::Conversation { conversation, kind, epoch, last })
        }
        (_, Table::Roster) => {
            let roster: RosterRow = decode(row)?;
            let devices = roster.devices.iter().map(|entry| entry.device).collect();
            Some(Described::Roster { conversation, devices })
        }
        (_, Table::Payload) => {
            let (kind, rest) = key.split_last()?;
            let (kind, seq) = (EntryKind::from_wire(*kind)?, ConversationSeq::new(key::last_number(rest)?)?);
            let PayloadRow(payload) = decode(row)?;
            Some(Described::Payload { conversation, conversation_seq: seq, kind, payload })
        }
        (_, Table::Holders) => other::<Count>(row),
        (_, Table::Sent) => other::<SentRow>(row),
        (_, Table::Applied) => other::<Mark>(row),
        // The rows of owners of other kinds.
        (_, _) => None,
    }
}

fn of_effect(origin: Owner, row: &[u8]) -> Option<Described> {
    match (origin, decode(row)?) {
        (Owner::Device(from), Effect::Message { to, client_seq, payload, .. }) => {
            Some(Described::Unfiled { from, client_seq, to, payload })
        }
        (_, Effect::Message { .. }) => None,
        (
            _,
            Effect::Receipt { .. }
            | Effect::Join(_)
            | Effect::Enrol(_)
            | Effect::Link(_)
            | Effect::KeysLow { .. }
            | Effect::Evict { .. }
            | Effect::Remove { .. }
            | Effect::Leave { .. }
            | Effect::Crossing(_),
        ) => Some(Described::Other),
    }
}

fn decode<R: Row>(row: &[u8]) -> Option<R> {
    R::decode(row).ok()
}

fn other<R: Row>(row: &[u8]) -> Option<Described> {
    decode::<R>(row).map(|_| Described::Other)
}

/// A row whose key says everything.
fn index(row: &[u8]) -> Option<Described> {
    row.is_empty().then_some(Described::Other)
}
