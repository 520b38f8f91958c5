//! An entry is read: what it carries lies at its conversation.

use super::fan_out::Shared;
use super::place::placed;
use crate::item::Entry;
use crate::row::{self, EntryRow, PayloadRow};
use crate::{
    ConversationSeq, DeviceId, EntryKind, Fault, Gap, GapReason, Item, MailboxSeq, Rows, Table, key,
};

/// The item that this row stands for. Another owner's row is read: nobody changes it while this item holds it.
pub(crate) fn load<V: Rows>(
    view: &V,
    device: DeviceId,
    item: (MailboxSeq, &EntryRow),
) -> Result<Item, Fault<V::Error>> {
    let (mailbox_seq, row) = item;
    let conversation = placed(view, device, row.place)?;
    let whole = match row.kind {
        EntryKind::Own => Shared::default(),
        EntryKind::Message | EntryKind::Commit | EntryKind::Welcome | EntryKind::DeviceList => {
            let key = key::payload(conversation, Table::Payload, (row.seq, row.kind));
            match row::peek::<PayloadRow, V>(view, Table::Payload, &key)? {
                Some(payload) => Shared::from(payload.0.as_slice()),
                // A loss must not hold up what lies behind it.
                None => return Ok(Item::Gap(Gap { mailbox_seq, count: 1, reason: GapReason::Purged })),
            }
        }
    };
    let [offset, len] = [row.offset, row.len].map(|len| usize::try_from(len).unwrap_or(usize::MAX));
    let left = whole.len().saturating_sub(offset.saturating_add(len));
    Ok(Item::Entry(Entry {
        mailbox_seq,
        conversation,
        conversation_seq: ConversationSeq::new(row.seq).ok_or(Fault::Corrupt(Table::Item))?,
        kind: row.kind,
        class: row.class,
        client_seq: row.client_seq,
        left: u64::try_from(left).unwrap_or(u64::MAX),
        payload: whole.part(offset, len),
    }))
}
