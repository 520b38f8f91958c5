//! A conversation inside a transaction.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::begin::Ticket;
use super::fan_out::{FanOut, Portion, Shared};
use super::faulty;
use crate::codec::Row;
use crate::outbox::emit;
use crate::row::{
    self, ConversationRow, Count, Crossing, Effect, EntryHead, OutcomeRow, PayloadRow, RosterRow, SentRow,
};
use crate::{
    ClientSeq, ConversationId, ConversationSeq, DeviceId, EntryKind, Event, Fault, Outcome, Owner, Refusal,
    Rows, Step, Table, View, key,
};
use pinnace_fault::conversations as planted;

/// What a conversation says to a number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Decided {
    /// Its outcome, new or repeated.
    Outcome(Outcome),
    /// The number was decided here with another body.
    Conflict,
    /// A higher number of the device was decided here: this one has an outcome already.
    Late,
}

/// What comes of a request, or why it is refused.
pub(super) type Judged<T> = Result<T, Refusal>;

/// What an entry brings, besides what it carries.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub class: Option<u64>,
    pub due_ms: u64,
    pub part_len: u64,
    /// Whose it is, and the number: who gets only its place.
    pub own: Option<(DeviceId, ClientSeq)>,
}

/// A conversation, its roster and what the transaction has done to them.
pub(super) struct Conversation<'v, V: View> {
    pub view: &'v mut V,
    pub id: ConversationId,
    pub row: ConversationRow,
    pub roster: RosterRow,
    pub events: Vec<Event>,
}

/// What an earlier transaction decided for this number, if any did.
pub(super) fn decided<V: Rows>(
    view: &V,
    id: ConversationId,
    ticket: &Ticket,
) -> Result<Option<Decided>, Fault<V::Error>> {
    let sent: Option<SentRow> = row::get(view, Table::Sent, &sent_key(id, ticket.session.device))?;
    let Some(SentRow { client_seq, decided: OutcomeRow { outcome, body_hash } }) = sent else {
        return Ok(None);
    };
    Ok(match ticket.client_seq.cmp(&client_seq) {
        Ordering::Greater => None,
        Ordering::Equal if planted::REPEAT_FILED.is_on() => None,
        Ordering::Equal if body_hash == ticket.body_hash => Some(Decided::Outcome(outcome)),
        Ordering::Equal => Some(Decided::Conflict),
        Ordering::Less => Some(Decided::Late),
    })
}

fn sent_key(id: ConversationId, device: DeviceId) -> Vec<u8> {
    key::row_with(Owner::Conversation(id), Table::Sent, device.as_bytes())
}

/// A refusal of which nothing is kept.
pub(super) const fn refused(refusal: Refusal) -> Step<Decided> {
    Step::plain(Decided::Outcome(Outcome::Refused(refusal)))
}

impl<'v, V: View> Conversation<'v, V> {
    pub(super) fn open(view: &'v mut V, id: ConversationId) -> Result<Option<Self>, Fault<V::Error>> {
        let owner = Owner::Conversation(id);
        let row = row::get(view, Table::Conversation, &key::row(owner, Table::Conversation))?;
        let Some(mut row) = row else { return Ok(None) };
        faulty::forget(&mut row);
        let roster = row::get(view, Table::Roster, &key::row(owner, Table::Roster))?.unwrap_or_default();
        Ok(Some(Self { view, id, row, roster, events: Vec::new() }))
    }

    pub(super) const fn owner(&self) -> Owner {
        Owner::Conversation(self.id)
    }

    /// Files an entry: stores what it carries, once for each kind, and sends it on its way. `portions` name who gets which.
    pub(super) fn file(
        &mut self,
        entry: Entry,
        portions: Vec<(EntryKind, Shared, Vec<DeviceId>)>,
    ) -> Result<(), Fault<V::Error>> {
        faulty::remember();
        let step = if planted::ENTRY_NUMBERS_SPARSE.is_on() { 2 } else { 1 };
        self.row.last = self.row.last.saturating_add(step);
        let seq = ConversationSeq::new(self.row.last).ok_or(Fault::Corrupt(Table::Conversation))?;
        let Entry { class, due_ms, part_len, own } = entry;
        let own = own.filter(|_| !planted::OWN_MISSING.is_on());
        let head =
            EntryHead { seq, class, client_seq: own.map(|(_, client_seq)| client_seq), due_ms, part_len };
        let own = own.map(|(device, _)| (EntryKind::Own, Shared::default(), Vec::from([device])));
        let portions: Vec<Portion> = portions
            .into_iter()
            .filter(|(_, _, devices)| !devices.is_empty())
            .chain(own)
            .map(|(kind, payload, devices)| Portion {
                kind,
                payload: faulty::carried(kind, payload),
                devices,
            })
            .collect();
        for portion in portions.iter().filter(|portion| portion.kind != EntryKind::Own) {
            let name = (seq.value(), portion.kind);
            let holders = portion.holders(part_len);
            self.view.create(key::payload(self.id, Table::Holders, name), Count(holders).encode());
            let payload = PayloadRow(portion.payload.to_vec()).encode();
            self.view.create(key::payload(self.id, Table::Payload, name), payload);
        }
        if !portions.is_empty() {
            let fan_out = FanOut { conversation: self.id, seq: self.row.fan_out_next, head, portions };
            self.row.fan_out_next = self.row.fan_out_next.saturating_add(1);
            self.view.create(key::fan_out(self.owner(), fan_out.seq), fan_out.to_row().encode());
            self.events.push(Event::FanOut(Arc::new(fan_out)));
        }
        Ok(())
    }

    pub(super) fn emit(&mut self, crossing: Crossing) {
        let owner = self.owner();
        self.events.push(emit(self.view, owner, &mut self.row.outbox_next, &Effect::Crossing(crossing)));
    }

    pub(super) fn put_roster(&mut self) {
        self.view.put(key::row(self.owner(), Table::Roster), self.roster.encode());
    }

    /// Writes the counters.
    pub(super) fn keep(&mut self) {
        self.view.put(key::row(self.owner(), Table::Conversation), self.row.encode());
    }

    /// The same. Gives what must follow.
    pub(super) fn close(mut self) -> Vec<Event> {
        self.keep();
        self.events
    }

    /// Keeps what was decided for a number of a device in the roster.
    pub(super) fn decide(self, ticket: &Ticket, outcome: Outcome) -> Step<Decided> {
        let decided = OutcomeRow { outcome, body_hash: ticket.body_hash };
        let row = SentRow { client_seq: ticket.client_seq, decided };
        self.view.put(sent_key(self.id, ticket.session.device), row.encode());
        let answer = Decided::Outcome(outcome);
        let events = match outcome {
            Outcome::Accepted => self.close(),
            Outcome::Refused(_) | Outcome::Voided => self.events,
        };
        Step { answer, events }
    }

    pub(super) fn refuse(self, ticket: &Ticket, refusal: Refusal) -> Step<Decided> {
        self.decide(ticket, Outcome::Refused(refusal))
    }
}
