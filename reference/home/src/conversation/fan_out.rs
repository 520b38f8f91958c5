//! An entry on its way into mailboxes.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Deref;

use crate::codec::Row;
use crate::row::{self, EntryHead, FanOutRow, Mark, PayloadRow};
use crate::{ConversationId, DeviceId, EntryKind, Event, Fault, Owner, Rows, Rules, Step, Table, View, key};

/// Octets that many items share: a clone is a count, no copy.
#[derive(Clone, Default)]
pub struct Shared {
    whole: Arc<[u8]>,
    start: usize,
    end: usize,
}

impl Shared {
    /// A part of these octets, from `start` on and at most `len_max` long.
    #[must_use]
    pub fn part(&self, start: usize, len_max: usize) -> Self {
        let start = self.start.saturating_add(start).min(self.end);
        let end = start.saturating_add(len_max).min(self.end);
        Self { whole: Arc::clone(&self.whole), start, end }
    }
}

impl From<&[u8]> for Shared {
    fn from(octets: &[u8]) -> Self {
        Self { whole: Arc::from(octets), start: 0, end: octets.len() }
    }
}

impl Deref for Shared {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.whole.get(self.start..self.end).unwrap_or_default()
    }
}

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Shared {}

impl core::hash::Hash for Shared {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl core::fmt::Debug for Shared {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        (**self).fmt(f)
    }
}

/// Those who get the same.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Portion {
    pub kind: EntryKind,
    pub payload: Shared,
    pub devices: Vec<DeviceId>,
}

impl Portion {
    /// Items that a device gets.
    pub(super) fn parts(&self, part_len: u64) -> u64 {
        let len = u64::try_from(self.payload.len()).unwrap_or(u64::MAX);
        len.div_ceil(part_len.max(1)).max(1)
    }

    /// Items that will hold the payload.
    pub(super) fn holders(&self, part_len: u64) -> u64 {
        let devices = u64::try_from(self.devices.len()).unwrap_or(u64::MAX);
        devices.saturating_mul(self.parts(part_len))
    }
}

/// An entry of a conversation on its way into the mailboxes that it is for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FanOut {
    pub(super) conversation: ConversationId,
    /// Its number among those of the conversation, rising.
    pub(super) seq: u64,
    pub(super) head: EntryHead,
    pub(super) portions: Vec<Portion>,
}

/// An entry on its way into one mailbox.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'f> {
    pub(super) fan_out: &'f FanOut,
    pub(super) portion: &'f Portion,
    pub(super) device: DeviceId,
}

impl FanOut {
    pub(super) fn to_row(&self) -> FanOutRow {
        let portions = self.portions.iter().map(|portion| (portion.kind, portion.devices.clone()));
        FanOutRow { head: self.head, portions: portions.collect() }
    }

    /// One for each mailbox.
    pub fn deliveries(&self) -> impl Iterator<Item = Delivery<'_>> {
        self.portions.iter().flat_map(move |portion| {
            portion.devices.iter().map(move |device| Delivery { fan_out: self, portion, device: *device })
        })
    }

    /// At the conversation: every mailbox has it.
    pub fn settle<V: View>(&self, view: &mut V) {
        view.delete(key::fan_out(Owner::Conversation(self.conversation), self.seq));
    }
}

impl Delivery<'_> {
    /// Whose mailbox.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    fn mark_key(&self) -> Vec<u8> {
        let origin = Owner::Conversation(self.fan_out.conversation);
        key::row_with(Owner::Device(self.device), Table::Applied, &origin.octets())
    }

    /// At the device: files the entry, unless that was done before.
    ///
    /// # Errors
    /// The view's, or a corrupt row.
    pub fn apply<V: View>(&self, view: &mut V, rules: &Rules) -> Result<Step<()>, Fault<V::Error>> {
        let mark_key = self.mark_key();
        let mark = row::get::<Mark, V>(view, Table::Applied, &mark_key)?;
        if mark.is_some_and(|mark| self.fan_out.seq <= mark.0) {
            return Ok(Step::plain(()));
        }
        let events = self.file(view, rules)?;
        let row = Mark(self.fan_out.seq).encode();
        match mark {
            Some(_) => view.put(mark_key, row),
            None => view.create(mark_key, row),
        }
        Ok(Step { answer: (), events })
    }

    /// The same for an entry that will be committed, and settled, together with the transaction that made it: nobody can have
    /// filed it before, and no crash can come between.
    ///
    /// # Errors
    /// The view's, or a corrupt row.
    pub fn apply_fresh<V: View>(&self, view: &mut V, rules: &Rules) -> Result<Vec<Event>, Fault<V::Error>> {
        self.file(view, rules)
    }

    /// At the device: deletes the mark, once the whole is settled.
    ///
    /// # Errors
    /// The view's, or a corrupt row.
    pub fn forget<V: View>(&self, view: &mut V) -> Result<(), Fault<V::Error>> {
        let mark_key = self.mark_key();
        if row::get::<Mark, V>(view, Table::Applied, &mark_key)?
            .is_some_and(|mark| mark.0 <= self.fan_out.seq)
        {
            view.delete(mark_key);
        }
        Ok(())
    }
}

/// Entries that a crash left on their way, at most `count_max`, those of one conversation in order.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn fan_outs<V: Rows>(view: &V, count_max: usize) -> Result<Vec<FanOut>, Fault<V::Error>> {
    let (first, end) = key::fan_out_bounds();
    let rows = view.scan(&first, &end, count_max)?;
    rows.iter()
        .map(|(key, row)| match key::parse_outbox(key) {
            Some((Owner::Conversation(conversation), seq)) => {
                revive(view, conversation, seq, row::decode(Table::FanOut, row)?)
            }
            Some(_) | None => Err(Fault::Corrupt(Table::FanOut)),
        })
        .collect()
}

fn revive<V: Rows>(
    view: &V,
    conversation: ConversationId,
    seq: u64,
    row: FanOutRow,
) -> Result<FanOut, Fault<V::Error>> {
    let FanOutRow { head, portions } = row;
    let mut revived = Vec::with_capacity(portions.len());
    for (kind, devices) in portions {
        let payload = match kind {
            EntryKind::Own => Shared::default(),
            EntryKind::Message | EntryKind::Commit | EntryKind::Welcome | EntryKind::DeviceList => {
                let key = key::payload(conversation, Table::Payload, (head.seq.value(), kind));
                let row: Option<PayloadRow> = row::get(view, Table::Payload, &key)?;
                // The last item that holds it may be done with: nobody who is left is in want of it.
                row.map(|row| Shared::from(row.0.as_slice())).unwrap_or_default()
            }
        };
        revived.push(Portion { kind, payload, devices });
    }
    Ok(FanOut { conversation, seq, head, portions: revived })
}
