//! Counters of a mailbox.

use super::Row;
use crate::MailboxMark;
use crate::codec::{Corrupt, Reader, Writer};

/// Counters of a device's mailbox. They outlive its removal, so that numbers stay dense (DLV-021).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct MailboxRow {
    /// Whether the device is registered now.
    pub is_registered: bool,
    /// The highest mailbox_seq that was given.
    pub last: u64,
    /// Everything up to here is done with.
    pub cursor: u64,
    /// Everything up to here is deleted, its receipts are written.
    pub swept: u64,
    /// Messages and receipts that are still held.
    pub item_count: u64,
    /// Payload octets that are still held.
    pub bytes: u64,
    /// Rows that are still held: items and what stands in the place of ended ones.
    pub row_count: u64,
    /// Everything up to here that expires in order has expired.
    pub aged: u64,
    /// Due time of the newest item that expires in order.
    pub due_last_ms: u64,
    /// When the sweep is asked for; 0: not at all.
    pub timer_ms: u64,
    /// The item that was the head when a session was confirmed; 0: none.
    pub offered: u64,
    /// In how many confirmed sessions it was.
    pub offer_count: u64,
    /// Items above this and up to `gone_to` were undelivered when the device was removed.
    pub gone_after: u64,
    /// See `gone_after`.
    pub gone_to: u64,
}

impl MailboxRow {
    /// Whether the device was removed before it took this item.
    pub(crate) const fn is_gone(&self, seq: u64) -> bool {
        self.gone_after < seq && seq <= self.gone_to
    }

    /// Everything up to here is done with.
    pub(crate) fn cursor_mark(&self) -> MailboxMark {
        MailboxMark::new(self.cursor).unwrap_or(MailboxMark::NOTHING)
    }

    /// Everything up to here was given.
    pub(crate) fn last_mark(&self) -> MailboxMark {
        MailboxMark::new(self.last).unwrap_or(MailboxMark::NOTHING)
    }
}

impl Row for MailboxRow {
    fn write(&self, to: &mut Writer) {
        to.octet(u8::from(self.is_registered));
        let numbers =
            [self.last, self.cursor, self.swept, self.item_count, self.bytes, self.row_count, self.aged];
        for value in numbers {
            to.number(value);
        }
        for value in
            [self.due_last_ms, self.timer_ms, self.offered, self.offer_count, self.gone_after, self.gone_to]
        {
            to.number(value);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            is_registered: from.octet()? == 1,
            last: from.number()?,
            cursor: from.number()?,
            swept: from.number()?,
            item_count: from.number()?,
            bytes: from.number()?,
            row_count: from.number()?,
            aged: from.number()?,
            due_last_ms: from.number()?,
            timer_ms: from.number()?,
            offered: from.number()?,
            offer_count: from.number()?,
            gone_after: from.number()?,
            gone_to: from.number()?,
        })
    }
}
