//! Items that hold a payload no more.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::place::placed;
use crate::codec::Row;
use crate::row::{self, Count, Crossing, Effect, EntryRow, Let};
use crate::{ConversationId, DeviceId, EntryKind, Event, Fault, Rows, Table, View, key};

/// Counts by conversation_seq and kind.
type Counts = BTreeMap<(u64, u8), Let>;

/// What one transaction on a mailbox lets go.
#[derive(Debug, Default)]
pub(crate) struct ReleaseSet {
    /// By the number of the conversation in the mailbox.
    placed: BTreeMap<u64, Counts>,
    /// What was never filed.
    known: BTreeMap<ConversationId, Counts>,
}

fn count(counts: &mut Counts, payload: Let) {
    let known = counts.entry((payload.seq, payload.kind.value())).or_insert(Let { count: 0, ..payload });
    known.count = known.count.saturating_add(payload.count);
}

impl ReleaseSet {
    pub(crate) const fn new() -> Self {
        Self { placed: BTreeMap::new(), known: BTreeMap::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.placed.is_empty() && self.known.is_empty()
    }

    /// An item that ended.
    pub(crate) fn end(&mut self, entry: &EntryRow) {
        if entry.kind != EntryKind::Own {
            let payload = Let { seq: entry.seq, kind: entry.kind, count: 1 };
            count(self.placed.entry(entry.place).or_default(), payload);
        }
    }

    /// Items that never were.
    pub(super) fn add(&mut self, conversation: ConversationId, payload: Let) {
        count(self.known.entry(conversation).or_default(), payload);
    }

    /// An effect on each conversation.
    pub(crate) fn into_effects<V: Rows>(
        self,
        view: &V,
        device: DeviceId,
    ) -> Result<Vec<Effect>, Fault<V::Error>> {
        let mut known = self.known;
        for (place, counts) in self.placed {
            let of_conversation = known.entry(placed(view, device, place)?).or_default();
            counts.into_values().for_each(|payload| count(of_conversation, payload));
        }
        let effects = known.into_iter().map(|(conversation, counts)| {
            Effect::Crossing(Crossing::Release { conversation, payloads: counts.into_values().collect() })
        });
        Ok(effects.collect())
    }
}

/// At the conversation: so many items hold these payloads no more. What nobody holds goes.
pub(crate) fn release<V: View>(
    view: &mut V,
    conversation: ConversationId,
    payloads: &[Let],
) -> Result<Vec<Event>, Fault<V::Error>> {
    for payload in payloads {
        let name = (payload.seq, payload.kind);
        let holders_key = key::payload(conversation, Table::Holders, name);
        let holders: Option<Count> = row::get(view, Table::Holders, &holders_key)?;
        let Some(Count(holders)) = holders else { continue };
        match holders.saturating_sub(payload.count) {
            0 => {
                view.delete(holders_key);
                view.delete(key::payload(conversation, Table::Payload, name));
            }
            left => view.put(holders_key, Count(left).encode()),
        }
    }
    Ok(Vec::new())
}
