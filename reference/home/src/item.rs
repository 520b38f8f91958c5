//! Items of a mailbox, as a session delivers them.

use alloc::vec::Vec;

use crate::conversation::Shared;
use crate::row::{EntryRow, Held, ItemRow};
use crate::{ClientSeq, ConversationId, ConversationSeq, DeviceId, EntryKind, MailboxSeq, MlsSuite};
use pinnace_fault as fault;

/// A run of client_seqs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ClientRange {
    /// Its first number.
    pub first: ClientSeq,
    /// How many there are, at least 1.
    pub count: u64,
}

/// A run of mailbox_seqs.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SeqRange {
    /// Its first number.
    pub first: MailboxSeq,
    /// How many there are, at least 1.
    pub count: u64,
}

impl SeqRange {
    /// The last number of the run, or `None` if no number is so high.
    #[must_use]
    pub const fn last(self) -> Option<u64> {
        match self.count.checked_sub(1) {
            Some(more) => self.first.value().checked_add(more),
            None => None,
        }
    }
}

/// Ranges in one RECEIPT.
pub(crate) const RECEIPT_RANGES_MAX: usize = 32;

macro_rules! registry {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $value:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// The value on the wire.
            #[must_use]
            pub const fn value(self) -> u64 {
                match self { $(Self::$variant => $value,)* }
            }

            pub(crate) const fn from_value(value: u64) -> Option<Self> {
                match value { $($value => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

registry! {
    /// What a RECEIPT tells: the registry `receipt_status`.
    ReceiptStatus {
        /// The device acknowledged the messages.
        Delivered = 0,
        /// Retention or the sender's expiry passed.
        Expired = 1,
        /// The device sent a terminal NACK.
        Rejected = 2,
        /// The redelivery budget was used up.
        Undeliverable = 3,
        /// The device was removed.
        DeviceGone = 4,
        /// The mailbox filled between acceptance and filing.
        MailboxFull = 5,
    }
}

registry! {
    /// Why a run of mailbox numbers carries nothing: the registry `gap_reason`.
    GapReason {
        /// Retention or the sender's expiry passed.
        Expired = 0,
        /// An earlier terminal NACK of this device.
        Rejected = 1,
        /// The redelivery budget was used up.
        Undeliverable = 2,
        /// Purged to hold a quota.
        Quota = 3,
        /// Removed by the operator.
        Purged = 4,
        /// Acknowledged out of order before.
        Acknowledged = 5,
    }
}

/// One item of a mailbox, or a run of numbers that carry nothing.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Item {
    /// For DELIVER.
    Message(Message),
    /// For RECEIPT.
    Receipt(Receipt),
    /// For ENTRY.
    Entry(Entry),
    /// For KEYS_LOW.
    KeysLow(KeysLow),
    /// For GAP.
    Gap(Gap),
}

/// A message in a mailbox.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Message {
    /// Its number in the mailbox.
    pub mailbox_seq: MailboxSeq,
    /// Who sent it.
    pub from: DeviceId,
    /// Its class, if it is not normal.
    pub class: Option<u64>,
    /// When it was accepted, in Unix milliseconds.
    pub accepted_ms: u64,
    /// The payload, unchanged (DLV-023).
    pub payload: Vec<u8>,
}

/// What became of messages to one device.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Receipt {
    /// Its number in the mailbox.
    pub mailbox_seq: MailboxSeq,
    /// The device that the messages were sent to.
    pub from: DeviceId,
    /// What became of them.
    pub status: ReceiptStatus,
    /// Their numbers, rising, 1 to 32 runs.
    pub ranges: Vec<ClientRange>,
}

/// An entry of a conversation, or a part of one.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Entry {
    /// Its number in the mailbox.
    pub mailbox_seq: MailboxSeq,
    /// The conversation.
    pub conversation: ConversationId,
    /// The entry's place in the conversation; all its parts have the same.
    pub conversation_seq: ConversationSeq,
    /// What it brings.
    pub kind: EntryKind,
    /// Its class, if it is not normal.
    pub class: Option<u64>,
    /// For the kind `own`: the number of this device's POST or COMMIT.
    pub client_seq: Option<ClientSeq>,
    /// Octets of the entry that come in the items behind this one.
    pub left: u64,
    /// What the entry carries, or this part of it.
    pub payload: Shared,
}

/// What a row of a mailbox comes to.
pub(crate) enum Stored {
    /// This item.
    Item(Item),
    /// An entry of a conversation: what it carries lies there.
    Entry(EntryRow),
}

/// Few KeyPackages of the device are left.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct KeysLow {
    /// Its number in the mailbox.
    pub mailbox_seq: MailboxSeq,
    /// The MLS suite of those KeyPackages.
    pub suite: MlsSuite,
    /// How many for one claim each were left when this was filed.
    pub one_time_count: u64,
}

/// A run of numbers that carry nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Gap {
    /// The first number of the run.
    pub mailbox_seq: MailboxSeq,
    /// How many there are, at least 1.
    pub count: u64,
    /// Why.
    pub reason: GapReason,
}

impl Item {
    /// The item's number, or the first of its run.
    #[must_use]
    pub const fn mailbox_seq(&self) -> MailboxSeq {
        match self {
            Self::Message(message) => message.mailbox_seq,
            Self::Receipt(receipt) => receipt.mailbox_seq,
            Self::Entry(entry) => entry.mailbox_seq,
            Self::KeysLow(keys_low) => keys_low.mailbox_seq,
            Self::Gap(gap) => gap.mailbox_seq,
        }
    }

    pub(crate) fn of_held(mailbox_seq: MailboxSeq, held: Held) -> Stored {
        Stored::Item(match held {
            Held::Entry(row) => return Stored::Entry(row),
            Held::Message(row) => Self::Message(Message {
                mailbox_seq,
                from: row.from,
                class: row.class,
                accepted_ms: row.accepted_ms,
                payload: row.payload,
            }),
            Held::Receipt(row) => {
                Self::Receipt(Receipt { mailbox_seq, from: row.from, status: row.status, ranges: row.ranges })
            }
            Held::KeysLow(row) => {
                Self::KeysLow(KeysLow { mailbox_seq, suite: row.suite, one_time_count: row.one_time_count })
            }
        })
    }

    /// What a device is given for a row at this time. An item is expired from its due time on, whether or not a sweep
    /// has come by (DLV-038).
    pub(crate) fn of_row(mailbox_seq: MailboxSeq, row: ItemRow, now_ms: u64) -> Stored {
        let gap = |reason| Stored::Item(Self::Gap(Gap { mailbox_seq, count: 1, reason }));
        match row {
            ItemRow::Held(held) if held.due_ms() <= now_ms && !fault::mailbox::EXPIRED_DELIVERED.is_on() => {
                gap(GapReason::Expired)
            }
            ItemRow::Held(held) => Self::of_held(mailbox_seq, held),
            // The number of the row is the last one of a run.
            ItemRow::Ended(reason) | ItemRow::Run(reason, _) => gap(reason),
        }
    }
}
