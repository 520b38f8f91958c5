//! An entry is read: what it carries lies at its conversation.

use super::fan_out::Shared;
use super::faulty;
use super::place::placed;
use crate::item::Entry;
use crate::row::{self, EntryRow, PayloadRow};
use crate::{
    ConversationId, ConversationSeq, DeviceId, EntryKind, Fault, Gap, GapReason, Item, MailboxSeq, Rows,
    Table, key,
};

/// Which payload: its conversation, and its name there.
type Name = (ConversationId, u64, EntryKind);

/// The last payload that was read: the parts of a long entry lie side by side.
#[derive(Default)]
pub(crate) struct LastPayload(Option<(Name, Shared)>);

impl LastPayload {
    /// Another owner's row is read: nobody changes it while an item holds it.
    fn read<V: Rows>(&mut self, view: &V, name: Name) -> Result<Option<Shared>, Fault<V::Error>> {
        if let Some((_, payload)) = self.0.as_ref().filter(|(known, _)| *known == name) {
            return Ok(Some(payload.clone()));
        }
        let (conversation, seq, kind) = name;
        let key = key::payload(conversation, Table::Payload, (seq, kind));
        let row: Option<PayloadRow> = row::peek(view, Table::Payload, &key)?;
        let payload = row.map(|row| Shared::from(row.0.as_slice()));
        self.0 = payload.clone().map(|payload| (name, payload));
        Ok(payload)
    }
}

/// The item that this row stands for.
pub(crate) fn load<V: Rows>(
    view: &V,
    device: DeviceId,
    item: (MailboxSeq, &EntryRow),
    last: &mut LastPayload,
) -> Result<Item, Fault<V::Error>> {
    let (mailbox_seq, row) = item;
    let conversation = placed(view, device, row.place)?;
    let whole = match row.kind {
        EntryKind::Own => Shared::default(),
        EntryKind::Message | EntryKind::Commit | EntryKind::Welcome | EntryKind::DeviceList => {
            match last.read(view, (conversation, row.seq, row.kind))?.filter(|_| !faulty::is_forgotten()) {
                Some(payload) => payload,
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
