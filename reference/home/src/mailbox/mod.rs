//! One device's mailbox inside a transaction.

mod clean;
mod expire;
mod receipts;

use alloc::vec::Vec;

use pinnace_fault as fault;
use receipts::ReceiptSet;

use crate::codec::Row;
use crate::conversation::ReleaseSet;
use crate::item::{Entry, Stored};
use crate::outbox::emit;
use crate::row::{self, EntryRow, Held, ItemRow, MailboxRow, Queue, SenderRow};
use crate::{
    ClientSeq, DeviceId, Event, Fault, Gap, GapReason, Item, MailboxSeq, Owner, ReceiptStatus, Receipts,
    Table, View, key,
};

/// Rows that one transaction handles at most: it holds up everybody else's.
pub(crate) const BATCH: usize = 256;

/// A mailbox, its counters and what the transaction has done to it.
pub(crate) struct Mailbox<'v, V: View> {
    pub view: &'v mut V,
    pub device: DeviceId,
    pub row: MailboxRow,
    pub events: Vec<Event>,
    /// Payloads of conversations that it holds no more.
    pub releases: ReleaseSet,
    receipts: ReceiptSet,
}

impl<'v, V: View> Mailbox<'v, V> {
    /// The mailbox of a device that is, or was, registered.
    pub(crate) fn open(view: &'v mut V, device: DeviceId) -> Result<Option<Self>, Fault<V::Error>> {
        let row = row::get(view, Table::Mailbox, &key::row(Owner::Device(device), Table::Mailbox))?;
        Ok(row.map(|row| Self::new(view, device, row)))
    }

    /// The same, with counters that were read or made before.
    pub(crate) const fn new(view: &'v mut V, device: DeviceId, row: MailboxRow) -> Self {
        Self {
            view,
            device,
            row,
            events: Vec::new(),
            releases: ReleaseSet::new(),
            receipts: ReceiptSet::new(),
        }
    }

    pub(crate) const fn owner(&self) -> Owner {
        Owner::Device(self.device)
    }

    fn item_key(&self, seq: u64) -> Vec<u8> {
        key::numbered(self.owner(), Table::Item, seq)
    }

    pub(crate) fn item(&self, seq: u64) -> Result<Option<ItemRow>, Fault<V::Error>> {
        row::get(self.view, Table::Item, &self.item_key(seq))
    }

    /// At most [`BATCH`] rows from `first` to `last`, both included.
    pub(crate) fn items(
        &self,
        first: u64,
        last: u64,
        count_max: usize,
    ) -> Result<Vec<(u64, ItemRow)>, Fault<V::Error>> {
        let bounds = (self.item_key(first), self.item_key(last.saturating_add(1)));
        row::scan(self.view, Table::Item, (&bounds.0, &bounds.1), count_max.min(BATCH))
    }

    /// Files an item under the next number.
    pub(crate) fn file(&mut self, mut held: Held) {
        let (seq, queue) = self.take_seq(held.due_ms());
        match &mut held {
            Held::Message(message) => message.queue = queue,
            Held::Receipt(receipt) => receipt.queue = queue,
            Held::KeysLow(keys_low) => keys_low.queue = queue,
            Held::Entry(entry) => entry.queue = queue,
        }
        let row = self.hold(seq, held);
        if let (Some(seq), ItemRow::Held(held)) = (MailboxSeq::new(seq), row)
            && let Stored::Item(item) = Item::of_held(seq, held)
        {
            self.events.push(Event::Filed { device: self.device, item });
        }
    }

    /// Files an entry of a conversation, which its row does not tell whole.
    pub(crate) fn file_entry(&mut self, mut row: EntryRow, entry: impl FnOnce(MailboxSeq) -> Entry) {
        let (seq, queue) = self.take_seq(row.due_ms);
        row.queue = queue;
        self.hold(seq, Held::Entry(row));
        if let Some(seq) = MailboxSeq::new(seq) {
            self.events.push(Event::Filed { device: self.device, item: Item::Entry(entry(seq)) });
        }
    }

    /// Files that nothing stands under the next number. Neighbours that say the same share a row: whatever is filed into a
    /// mailbox that is full, it takes no more room.
    pub(crate) fn file_gap(&mut self, reason: GapReason) -> Result<(), Fault<V::Error>> {
        let last = self.row.last;
        let before = if self.row.cursor < last { self.item(last)? } else { None };
        let count = match before {
            Some(ItemRow::Run(known, count)) if known == reason => {
                let key = self.item_key(last);
                self.view.delete(key);
                count.saturating_add(1)
            }
            Some(ItemRow::Held(_) | ItemRow::Ended(_) | ItemRow::Run(..)) | None => {
                self.row.row_count = self.row.row_count.saturating_add(1);
                1
            }
        };
        self.row.last = last.saturating_add(1);
        let key = self.item_key(self.row.last);
        self.view.create(key, ItemRow::Run(reason, count).encode());
        if let Some(mailbox_seq) = MailboxSeq::new(self.row.last) {
            let item = Item::Gap(Gap { mailbox_seq, count: 1, reason });
            self.events.push(Event::Filed { device: self.device, item });
        }
        Ok(())
    }

    /// The next number, and how an item that ends then finds its end.
    fn take_seq(&mut self, due_ms: u64) -> (u64, Queue) {
        self.row.last = self.row.last.saturating_add(1);
        let is_sparse = fault::mailbox::NUMBERS_SPARSE.is_on() && self.row.last.is_multiple_of(3);
        if is_sparse || (fault::mailbox::NUMBERS_FROM_TWO.is_on() && self.row.last == 1) {
            self.row.last = self.row.last.saturating_add(1);
        }
        let seq = self.row.last;
        let queue = if due_ms < self.row.due_last_ms { Queue::Indexed } else { Queue::InOrder };
        match queue {
            Queue::InOrder => self.row.due_last_ms = due_ms,
            Queue::Indexed => self.view.create(key::due(self.owner(), due_ms, seq), Vec::new()),
        }
        (seq, queue)
    }

    /// Counts an item and writes its row.
    fn hold(&mut self, seq: u64, held: Held) -> ItemRow {
        self.row.item_count = self.row.item_count.saturating_add(1);
        self.row.row_count = self.row.row_count.saturating_add(1);
        self.row.bytes = self.row.bytes.saturating_add(held.payload_len());
        self.wake_at(held.due_ms());
        let (key, row) = (self.item_key(seq), ItemRow::Held(held));
        self.view.create(key, row.encode());
        row
    }

    /// Ends an item whose number lies above the cursor: a small row says why, the payload is gone.
    pub(crate) fn end(&mut self, seq: u64, held: &Held, reason: GapReason) {
        self.uncount(seq, held);
        let key = self.item_key(seq);
        self.view.put(key, ItemRow::Ended(reason).encode());
    }

    /// Takes an item out of the counters and of the index by age.
    fn uncount(&mut self, seq: u64, held: &Held) {
        if !fault::outcome::QUOTA_NOT_FREED.is_on() {
            self.row.item_count = self.row.item_count.saturating_sub(1);
        }
        self.row.bytes = self.row.bytes.saturating_sub(held.payload_len());
        if let Held::Entry(entry) = held {
            self.releases.end(entry);
        }
        match held.queue() {
            Queue::InOrder => {}
            Queue::Indexed => self.view.delete(key::due(self.owner(), held.due_ms(), seq)),
        }
    }

    /// Notes for the sender of a message what became of it. Nobody is told of a receipt (DLV-034)
    /// of a KEYS_LOW, or of an entry of a conversation.
    pub(crate) fn tell(&mut self, held: &Held, status: ReceiptStatus) {
        let Some(status) = told(status) else { return };
        let is_forced = fault::mailbox::RECEIPT_UNWANTED.is_on();
        match held {
            Held::Message(message) if message.receipts == Receipts::Wanted || is_forced => {
                let other = message.client_seq.value().saturating_add(1);
                let other = ClientSeq::new(other).filter(|_| fault::mailbox::RECEIPT_NUMBER_WRONG.is_on());
                self.receipts.add(message.from, status, other.unwrap_or(message.client_seq));
            }
            Held::Message(_) | Held::Receipt(_) | Held::KeysLow(_) | Held::Entry(_) => {}
        }
    }

    /// Asks for a sweep at this time, or earlier if one is wanted earlier.
    pub(crate) fn wake_at(&mut self, at_ms: u64) {
        let at_ms = at_ms.max(1);
        if self.row.timer_ms != 0 && self.row.timer_ms <= at_ms {
            return;
        }
        self.clear_timer();
        self.row.timer_ms = at_ms;
        let key = key::timer(at_ms, self.owner());
        self.view.put(key, Vec::new());
        self.events.push(Event::Wake(at_ms));
    }

    pub(crate) fn clear_timer(&mut self) {
        if self.row.timer_ms != 0 {
            let key = key::timer(self.row.timer_ms, self.owner());
            self.view.delete(key);
            self.row.timer_ms = 0;
        }
    }

    /// Writes the counters, the receipts for the senders, and to conversations what is not held any more. Gives what must follow.
    pub(crate) fn close(mut self) -> Result<Vec<Event>, Fault<V::Error>> {
        let owner = self.owner();
        self.view.put(key::row(owner, Table::Mailbox), self.row.encode());
        let receipts = core::mem::take(&mut self.receipts);
        let releases = core::mem::take(&mut self.releases);
        if !receipts.is_empty() || !releases.is_empty() {
            let releases = releases.into_effects(self.view, self.device)?;
            let sender_key = key::row(owner, Table::Sender);
            let mut sender: SenderRow = row::get(self.view, Table::Sender, &sender_key)?.unwrap_or_default();
            for effect in receipts.into_effects().chain(releases) {
                self.events.push(emit(self.view, owner, &mut sender.outbox_next, &effect));
            }
            self.view.put(sender_key, sender.encode());
        }
        Ok(self.events)
    }
}

/// The status that a receipt tells, if one is filed at all: planted faults change it.
fn told(status: ReceiptStatus) -> Option<ReceiptStatus> {
    use ReceiptStatus::{Delivered, DeviceGone, Expired, MailboxFull, Rejected, Undeliverable};
    match status {
        Delivered if fault::mailbox::RECEIPT_MISSING.is_on() => None,
        Expired if fault::mailbox::EXPIRED_RECEIPT_MISSING.is_on() => None,
        Rejected if fault::mailbox::REJECTED_RECEIPT_MISSING.is_on() => None,
        Rejected if fault::mailbox::REJECTED_AS_DELIVERED.is_on() => Some(Delivered),
        Delivered | Expired | Rejected | Undeliverable | DeviceGone | MailboxFull => Some(status),
    }
}
