//! What a session delivers.

use alloc::vec::Vec;

use crate::conversation::{LastPayload, load};
use crate::item::Stored;
use crate::row::{self, ItemRow, MailboxRow};
use crate::{DeviceId, Fault, Gap, GapReason, Item, MailboxMark, MailboxSeq, Owner, Rows, Table, key};
use pinnace_fault as fault;

/// A request for the items of a mailbox above a mark.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ReadRequest {
    /// Whose mailbox.
    pub device: DeviceId,
    /// Where the session stands.
    pub after: MailboxMark,
    /// At most this many items.
    pub items_max: usize,
    /// At most this many payload octets, the first item apart.
    pub bytes_max: usize,
}

/// Items in rising order, dense from the mark on: no number is left out.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Page {
    /// The items.
    pub items: Vec<Item>,
    /// The highest number in the mailbox: there is more while the last item lies below it.
    pub mailbox_last: MailboxMark,
}

/// Rows that one step of a read fetches: payloads are long, and the budget may end before the step does.
const STEP: usize = 32;

/// Rows that one read looks at: runs of GAPs fold into one item, however long.
const ROWS_MAX: usize = 4_096;

/// A page under construction.
struct Pages {
    items: Vec<Item>,
    items_left: usize,
    bytes_left: usize,
    next: u64,
    last_payload: LastPayload,
}

impl Pages {
    /// Adds the item under the next number. Gives whether it fitted.
    fn push(&mut self, item: Item) -> bool {
        if let (Item::Gap(gap), Some(Item::Gap(last))) = (&item, self.items.last_mut())
            && gap.reason == last.reason
        {
            last.count = last.count.saturating_add(gap.count);
            self.next = self.next.saturating_add(gap.count);
            return true;
        }
        let (len, count) = match &item {
            Item::Message(message) => (message.payload.len(), 1),
            Item::Entry(entry) => (entry.payload.len(), 1),
            Item::Receipt(receipt) => (receipt.ranges.len().saturating_mul(16), 1),
            Item::KeysLow(_) => (0, 1),
            Item::Gap(gap) => (0, gap.count),
        };
        if self.items_left == 0 || (self.bytes_left < len && !self.items.is_empty()) {
            return false;
        }
        self.items_left = self.items_left.saturating_sub(1);
        self.bytes_left = self.bytes_left.saturating_sub(len);
        self.next = self.next.saturating_add(count);
        self.items.push(item);
        true
    }

    /// Adds a row, and first a GAP for numbers that no row stands for: a hole must not hold up what lies behind it.
    fn push_row<V: Rows>(
        &mut self,
        source: (&V, DeviceId, u64),
        row: (u64, ItemRow),
    ) -> Result<bool, Fault<V::Error>> {
        let ((view, device, now_ms), (seq, row)) = (source, row);
        if let ItemRow::Run(reason, count) = row {
            return Ok(self.push_run(seq, count, reason));
        }
        if !self.push_hole(seq) {
            return Ok(false);
        }
        let Some(mailbox_seq) = MailboxSeq::new(seq) else { return Ok(true) };
        Ok(match Item::of_row(mailbox_seq, row, now_ms) {
            Stored::Item(item) => self.push(item),
            Stored::Entry(row) => {
                let item = load(view, device, (mailbox_seq, &row), &mut self.last_payload)?;
                self.push(item)
            }
        })
    }

    /// Adds a run that ends under this number. What lies before it may be acknowledged.
    fn push_run(&mut self, last: u64, count: u64, reason: GapReason) -> bool {
        let end = last.saturating_add(1);
        let first = end.saturating_sub(count).max(self.next);
        if !self.push_hole(first) {
            return false;
        }
        let count = end.saturating_sub(first);
        MailboxSeq::new(first)
            .is_none_or(|mailbox_seq| self.push(Item::Gap(Gap { mailbox_seq, count, reason })))
    }

    fn push_hole(&mut self, end: u64) -> bool {
        if fault::mailbox::NUMBERS_SPARSE.is_on() || fault::mailbox::NUMBERS_FROM_TWO.is_on() {
            self.next = end;
            return true;
        }
        let count = end.saturating_sub(self.next);
        match MailboxSeq::new(self.next) {
            Some(mailbox_seq) if count != 0 => {
                self.push(Item::Gap(Gap { mailbox_seq, count, reason: GapReason::Purged }))
            }
            Some(_) | None => true,
        }
    }
}

/// Reads what lies above a mark and above the stored cursor. Changes nothing.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn read<V: Rows>(view: &V, now_ms: u64, request: &ReadRequest) -> Result<Page, Fault<V::Error>> {
    let owner = Owner::Device(request.device);
    let mailbox: MailboxRow =
        row::get(view, Table::Mailbox, &key::row(owner, Table::Mailbox))?.unwrap_or_default();
    let next = request.after.value().max(mailbox.cursor).saturating_add(1);
    let mut pages = Pages {
        items: Vec::new(),
        items_left: request.items_max,
        bytes_left: request.bytes_max,
        next,
        last_payload: LastPayload::default(),
    };
    let end = mailbox.last.saturating_add(1);
    let end_key = key::numbered(owner, Table::Item, end);
    for _ in 0..ROWS_MAX.div_ceil(STEP) {
        let first_key = key::numbered(owner, Table::Item, pages.next);
        let rows = row::scan(view, Table::Item, (&first_key, &end_key), STEP)?;
        let is_last = rows.len() < STEP;
        let mut all_fit = true;
        for row in rows {
            all_fit = pages.push_row((view, request.device, now_ms), row)?;
            if !all_fit {
                break;
            }
        }
        if !all_fit || is_last {
            if all_fit {
                pages.push_hole(end);
            }
            break;
        }
    }
    if fault::mailbox::NEWEST_FIRST.is_on() {
        reverse_payloads(&mut pages.items);
    }
    Ok(Page { items: pages.items, mailbox_last: mailbox.last_mark() })
}

/// Hands the payloads out from the last one on, as a planted fault wants it.
fn reverse_payloads(items: &mut [Item]) {
    let mut messages: Vec<_> = items
        .iter_mut()
        .filter_map(|item| match item {
            Item::Message(message) => Some(message),
            Item::Receipt(_) | Item::KeysLow(_) | Item::Entry(_) | Item::Gap(_) => None,
        })
        .collect();
    let mut payloads: Vec<_> =
        messages.iter_mut().map(|message| core::mem::take(&mut message.payload)).collect();
    for message in messages {
        message.payload = payloads.pop().unwrap_or_default();
    }
}
