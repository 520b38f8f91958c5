//! Filing of messages and receipts: the effects that make mailboxes grow.

use alloc::vec::Vec;

use crate::mailbox::Mailbox;
use crate::row::{self, Effect, Held, KeysLowRow, MailboxRow, MessageRow, Queue, ReceiptRow};
use crate::{DeviceId, Event, Fault, MlsSuite, Owner, ReceiptStatus, Rules, Table, View, key};
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
            let due_ms = due_from(rules, now_ms);
            mailbox.file(Held::Receipt(ReceiptRow { from, status, ranges, due_ms, queue: Queue::InOrder }));
        }
        // Nobody is left to be told.
        Effect::Receipt { .. } => return Ok(Vec::new()),
        Effect::Join(_)
        | Effect::Enrol(_)
        | Effect::Link(_)
        | Effect::KeysLow { .. }
        | Effect::Evict { .. }
        | Effect::Remove { .. }
        | Effect::Leave { .. }
        | Effect::Crossing(_) => {
            return Err(Fault::Corrupt(Table::Outbox));
        }
    }
    mailbox.close()
}

/// Tells a device that few of its KeyPackages are left, whatever its mailbox holds; nobody, if it is gone.
pub(crate) fn file_keys_low<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    keys: (DeviceId, MlsSuite, u64),
) -> Result<Vec<Event>, Fault<V::Error>> {
    let (device, suite, one_time_count) = keys;
    let Some(mut mailbox) = Mailbox::open(view, device)?.filter(|mailbox| mailbox.row.is_registered) else {
        return Ok(Vec::new());
    };
    let (due_ms, queue) = (due_from(rules, now_ms), Queue::InOrder);
    mailbox.file(Held::KeysLow(KeysLowRow { suite, one_time_count, due_ms, queue }));
    mailbox.close()
}

/// When what is filed now ends.
pub(crate) const fn due_from(rules: &Rules, now_ms: u64) -> u64 {
    now_ms.saturating_add(rules.retention_s.saturating_mul(1_000))
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
