//! Filing of messages and receipts: the effects that make mailboxes grow.

use alloc::vec::Vec;

use crate::mailbox::Mailbox;
use crate::row::{self, Effect, Held, MailboxRow, MessageRow, Queue, ReceiptRow};
use crate::{DeviceId, Event, Fault, Owner, ReceiptStatus, Rules, Table, View, key};
use pinnace_fault as fault;

/// Whether a mailbox takes another message of this length.
pub(crate) fn has_room(mailbox: &MailboxRow, rules: &Rules, payload_len: usize) -> bool {
    let payload_len = u64::try_from(payload_len).unwrap_or(u64::MAX);
    (mailbox.item_count < rules.mailbox_items_max || fault::outcome::QUOTA_UNCOUNTED.is_on())
        && mailbox.row_count < rules.mailbox_rows_max()
        && mailbox.bytes.saturating_add(payload_len) <= rules.mailbox_bytes_max
}

/// Applies an effect of the device `from` to the mailbox that it is for.
pub(crate) fn file_effect<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    effect: (DeviceId, Effect),
) -> Result<Vec<Event>, Fault<V::Error>> {
    let (from, effect) = effect;
    let Owner::Device(device) = effect.target() else {
        return Err(Fault::Corrupt(Table::Outbox));
    };
    let row: Option<MailboxRow> =
        row::get(view, Table::Mailbox, &key::row(Owner::Device(device), Table::Mailbox))?;
    let mut mailbox = Mailbox::new(view, device, row.unwrap_or_default());
    match effect {
        Effect::Message { client_seq, class, receipts, accepted_ms, due_ms, payload, .. } => {
            let queue = Queue::InOrder;
            let held = Held::Message(MessageRow {
                from,
                client_seq,
                class,
                receipts,
                accepted_ms,
                due_ms,
                queue,
                payload,
            });
            file_message(&mut mailbox, rules, held);
        }
        Effect::Receipt { status, ranges, .. } if mailbox.row.is_registered => {
            let due_ms = now_ms.saturating_add(rules.retention_s.saturating_mul(1_000));
            mailbox.file(Held::Receipt(ReceiptRow { from, status, ranges, due_ms, queue: Queue::InOrder }));
        }
        // Nobody is left to be told.
        Effect::Receipt { .. } => return Ok(Vec::new()),
        Effect::Join(_)
        | Effect::Enrol(_)
        | Effect::Evict { .. }
        | Effect::Remove { .. }
        | Effect::Leave { .. } => {
            return Err(Fault::Corrupt(Table::Outbox));
        }
    }
    mailbox.close()
}

/// The check at acceptance was advice: the device may have gone since, or the mailbox filled.
fn file_message<V: View>(mailbox: &mut Mailbox<'_, V>, rules: &Rules, held: Held) {
    let payload_len = usize::try_from(held.payload_len()).unwrap_or(usize::MAX);
    let is_call_lost = fault::delivery::CALL_LOST.is_on() && held.is_call();
    if is_call_lost || (fault::outcome::ACCEPTED_LOST.is_on() && held.is_even()) {
        return;
    }
    if !mailbox.row.is_registered {
        mailbox.tell(&held, ReceiptStatus::DeviceGone);
    } else if !has_room(&mailbox.row, rules, payload_len) {
        mailbox.tell(&held, ReceiptStatus::MailboxFull);
    } else {
        if fault::mailbox::RECEIPT_EARLY.is_on() {
            mailbox.tell(&held, ReceiptStatus::Delivered);
        }
        mailbox.file(held);
    }
}
