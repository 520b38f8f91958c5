//! Changes of the store: what is to be written, in one transaction.

use pinnace_session::RealmId;
use pinnace_session::client::KnownEdge;
use pinnace_wire::{ReceiptStatus, SeqRange};
use redb::{Durability, ReadableTable, WriteTransaction};

use super::devices::{self, DeviceWrite};
use super::kept::Successor;
use super::parts::{self, PartKey, TransferKey};
use super::{
    HISTORY_MAX, HISTORY_PAYLOAD_LEN_MAX, INBOX, META, OUTBOX, Store, StoreError, kept, meta, record,
};
use crate::address::ServerAddress;
use crate::intake::Intake;
use crate::item::{Content, InboxItem, ItemNumber};
use crate::message::{OutboxRecord, OutboxWish, Outcome};
use crate::rejected::Rejected;

/// One change.
#[derive(Clone, Debug)]
pub enum Write {
    /// A message takes this number.
    Number {
        /// Its number.
        seq: u64,
        /// The message.
        record: OutboxRecord,
    },
    /// The application withdraws a message that has no outcome.
    Withdraw {
        /// Its number.
        seq: u64,
    },
    /// A message has its outcome, and with it every one before.
    Settle {
        /// Its number.
        seq: u64,
        /// Its outcome.
        outcome: Outcome,
    },
    /// The server handled more numbers than this device knows of: go on after this one (SES-044).
    GoOnAfter {
        /// The last number that the server handled.
        seq: u64,
    },
    /// The server lost its state: the messages that wait go on under new numbers.
    Renumber {
        /// The last number that had an outcome.
        settled: u64,
        /// The last number that the server handled, below that.
        handled: u64,
    },
    /// A receipt came for messages.
    Receipt {
        /// Which.
        ranges: Vec<SeqRange>,
        /// What became of them.
        status: ReceiptStatus,
    },
    /// An item enters the inbox.
    File {
        /// Its number in the inbox.
        number: ItemNumber,
        /// The item.
        item: InboxItem,
    },
    /// These mailbox items are durable, as of this transaction.
    Intake(Intake),
    /// These items are rejected, and the server may not know it (DLV-054).
    Rejected(Rejected),
    /// The application took every item up to this one.
    Take {
        /// The last one taken.
        number: ItemNumber,
    },
    /// The counter of the next HELLO (SES-043).
    HelloCounter(u64),
    /// An edge whose certificate holds.
    Edge(KnownEdge),
    /// The root that follows the realm's.
    Successor(Successor),
    /// What the server wants to see in the preface.
    RouteToken(Vec<u8>),
    /// The server and realm of this device.
    Server(ServerAddress, RealmId),
    /// The device is registered under this number.
    Registered(String),
    /// Something of identity and devices.
    Device(DeviceWrite),
    /// A part of a file.
    Part {
        /// Which.
        key: PartKey,
        /// How many parts the file has.
        count: u64,
        /// What stands in the file there.
        octets: Vec<u8>,
        /// The name of the file; from part 0.
        name: Option<String>,
        /// The item that brought it: of two unfinished files, the one fed longer ago gives way.
        number: ItemNumber,
    },
    /// Where a complete file is being saved.
    SaveTo {
        /// Which file.
        key: TransferKey,
        /// The path.
        path: String,
    },
    /// A file was saved: its parts may go.
    Saved {
        /// Which file.
        key: TransferKey,
    },
}

/// Changes that are made together or not at all.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// In this order.
    pub writes: Vec<Write>,
}

impl Batch {
    /// Whether nothing is to be written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Whether the disk must have it before anything else happens.
    ///
    /// An outcome need not: WELCOME tells it again, exactly, as long as it is at most outcome_cache old, and the next number
    /// is not given before a synchronous commit, which takes earlier outcomes along.
    #[must_use]
    pub fn is_urgent(&self) -> bool {
        !self.writes.iter().all(|write| matches!(write, Write::Settle { .. }))
    }
}

impl Store {
    /// Makes the outcomes durable that were not urgent.
    ///
    /// # Errors
    ///
    /// [`StoreError::Engine`].
    pub fn flush(&self) -> Result<(), StoreError> {
        Ok(self.database.begin_write()?.commit()?)
    }

    /// Makes the changes. When this returns and the batch is urgent, they survive a loss of power.
    ///
    /// # Errors
    ///
    /// [`StoreError::Engine`] and [`StoreError::Damaged`]; nothing was changed, or nobody can tell.
    pub fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let urgent = batch.is_urgent();
        let mut transaction = self.database.begin_write()?;
        transaction.set_durability(if urgent { Durability::Immediate } else { Durability::None })?;
        for write in batch.writes {
            apply(&transaction, write)?;
        }
        transaction.commit()?;
        Ok(())
    }
}

fn apply(transaction: &WriteTransaction, write: Write) -> Result<(), StoreError> {
    let put = |key, octets: &[u8]| -> Result<(), StoreError> {
        transaction.open_table(META)?.insert(key, octets)?;
        Ok(())
    };
    let put_number = |key, number: u64| put(key, &number.to_be_bytes());
    match write {
        Write::Number { seq, record } => {
            transaction.open_table(OUTBOX)?.insert(seq, record::outbox_to_bytes(&record).as_slice())?;
            put_number(meta::NUMBERED, seq)
        }
        Write::Withdraw { seq } => change(transaction, seq, |record| record.wish = OutboxWish::Void),
        Write::Settle { seq, outcome } => settle(transaction, seq, outcome),
        Write::GoOnAfter { seq } => {
            put_number(meta::NUMBERED, seq)?;
            put_number(meta::SETTLED, seq)
        }
        Write::Renumber { settled, handled } => {
            let numbered = renumber(transaction, settled, handled)?;
            put_number(meta::NUMBERED, numbered)?;
            put_number(meta::SETTLED, handled)
        }
        Write::Receipt { ranges, status } => receipt(transaction, &ranges, status),
        Write::File { number, item } => {
            transaction.open_table(INBOX)?.insert(number, record::item_to_bytes(&item).as_slice())?;
            put_number(meta::FILED, number)
        }
        Write::Intake(intake) => put(meta::INTAKE, &kept::intake_to_bytes(&intake)),
        Write::Rejected(rejected) => put(meta::REJECTED, &kept::rejected_to_bytes(&rejected)),
        Write::Take { number } => take(transaction, number),
        Write::HelloCounter(counter) => put_number(meta::HELLO_COUNTER, counter),
        Write::Edge(edge) => put(meta::EDGE, &edge.to_bytes()),
        Write::Successor(successor) => put(meta::SUCCESSOR, &successor.to_bytes()),
        Write::RouteToken(token) => put(meta::ROUTE_TOKEN, &token),
        Write::Server(address, realm) => {
            put(meta::SERVER, address.to_string().as_bytes())?;
            put(meta::REALM, &realm.0)
        }
        Write::Registered(e164) => put(meta::REGISTRATION, e164.as_bytes()),
        Write::Device(write) => devices::apply(transaction, write),
        Write::Part { key, count, octets, name, number } => {
            parts::put(transaction, &key, &octets, parts::News { count, number, name })
        }
        Write::SaveTo { key, path } => parts::save_to(transaction, &key, path),
        Write::Saved { key } => parts::remove(transaction, &key),
    }
}

/// Changes a message that is kept; one that is not is left alone.
fn change(
    transaction: &WriteTransaction,
    seq: u64,
    edit: impl FnOnce(&mut OutboxRecord),
) -> Result<(), StoreError> {
    let mut table = transaction.open_table(OUTBOX)?;
    let kept = table.get(seq)?.map(|octets| record::outbox_from_bytes(octets.value()));
    let Some(kept) = kept else { return Ok(()) };
    let mut changed = kept.ok_or(StoreError::Damaged { place: "outbox" })?;
    edit(&mut changed);
    table.insert(seq, record::outbox_to_bytes(&changed).as_slice())?;
    Ok(())
}

fn settle(transaction: &WriteTransaction, seq: u64, outcome: Outcome) -> Result<(), StoreError> {
    change(transaction, seq, |record| {
        record.outcome = Some(outcome);
        if record.payload.len() > HISTORY_PAYLOAD_LEN_MAX {
            record.payload = Vec::new();
        }
    })?;
    transaction.open_table(META)?.insert(meta::SETTLED, seq.to_be_bytes().as_slice())?;
    if let Some(old) = seq.checked_sub(HISTORY_MAX) {
        transaction.open_table(OUTBOX)?.remove(old)?;
    }
    Ok(())
}

/// Moves the messages that wait down to behind `handled`, over what was history; gives the last number.
fn renumber(transaction: &WriteTransaction, settled: u64, handled: u64) -> Result<u64, StoreError> {
    let mut table = transaction.open_table(OUTBOX)?;
    let waiting = table.extract_from_if(settled.saturating_add(1).., |_, _| true)?;
    let waiting =
        waiting.map(|row| row.map(|(_, octets)| octets.value().to_vec())).collect::<Result<Vec<_>, _>>()?;
    table.retain_in(handled.saturating_add(1).., |_, _| false)?;
    let mut last = handled;
    for octets in waiting {
        last = last.saturating_add(1);
        table.insert(last, octets.as_slice())?;
    }
    Ok(last)
}

fn receipt(
    transaction: &WriteTransaction,
    ranges: &[SeqRange],
    status: ReceiptStatus,
) -> Result<(), StoreError> {
    for range in ranges {
        let first = range.first.value();
        let last = first.saturating_add(range.count.value().saturating_sub(1));
        // Only what is kept is walked, however long a range the server names.
        let kept = {
            let table = transaction.open_table(OUTBOX)?;
            let rows = table.range(first..=last)?;
            rows.map(|row| row.map(|(seq, _)| seq.value())).collect::<Result<Vec<_>, _>>()?
        };
        for seq in kept {
            change(transaction, seq, |record| record.receipt = Some(status))?;
        }
    }
    Ok(())
}

fn take(transaction: &WriteTransaction, number: ItemNumber) -> Result<(), StoreError> {
    transaction.open_table(META)?.insert(meta::TAKEN, number.to_be_bytes().as_slice())?;
    let mut table = transaction.open_table(INBOX)?;
    if let Some(old) = number.checked_sub(HISTORY_MAX) {
        table.remove(old)?;
    }
    let kept = table.get(number)?.map(|octets| record::item_from_bytes(octets.value()));
    let Some(kept) = kept else { return Ok(()) };
    let mut item = kept.ok_or(StoreError::Damaged { place: "inbox" })?;
    if let Content::Message { payload, .. } = &mut item.content
        && payload.len() > HISTORY_PAYLOAD_LEN_MAX
    {
        *payload = Vec::new();
        table.insert(number, record::item_to_bytes(&item).as_slice())?;
    }
    Ok(())
}
