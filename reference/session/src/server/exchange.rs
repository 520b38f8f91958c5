//! What a session with a registered device keeps between frames.

use pinnace_fault as fault;
use pinnace_wire::{
    Bind, BindConversation, ClientSeq, ConversationAlias, ConversationId, ConversationSeq, Credit, Deliver,
    DeviceId, EncodeError, Entry, EntryLeft, Ephemeral, Frame, Gap, KeysLow, List, MailboxMark, Receipt,
    SessionEpoch, Whisper,
};

use crate::alias::{HeardAliases, HeardConversations, SpokenAliases, SpokenConversations};
use crate::credit::{Allowance, Budget, Grant};
use crate::delivered::Delivered;
use crate::not_now::NotNow;
use crate::outbox::Outbox;
use crate::server::config::ServerLimits;
use crate::server::event::{Item, Pushed};
use crate::server::outcomes::Outcomes;
use crate::server::stage::Staged;
use crate::server::welcome::NO_EPOCH;

/// With so many octets waiting to leave nothing is added that can wait. Two records: one on its way, one to follow.
pub(crate) const BACKLOG_MAX: usize = 128 * 1024;

/// The small machines of both directions.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) session_epoch: SessionEpoch,
    pub(crate) heard: HeardAliases,
    pub(crate) spoken: SpokenAliases,
    pub(crate) heard_conversations: HeardConversations,
    pub(crate) spoken_conversations: SpokenConversations,
    pub(crate) staged: Staged,
    pub(crate) grant: Grant,
    pub(crate) allowance: Allowance,
    pub(crate) outcomes: Outcomes,
    pub(crate) delivered: Delivered,
    pub(crate) mailbox_last: MailboxMark,
}

impl Exchange {
    pub(crate) fn new(limits: &ServerLimits) -> Self {
        Self {
            session_epoch: NO_EPOCH,
            heard: HeardAliases::default(),
            spoken: SpokenAliases::new(),
            heard_conversations: HeardConversations::default(),
            spoken_conversations: SpokenConversations::new(),
            staged: Staged::default(),
            grant: Grant::new(limits.first_credit()),
            allowance: Allowance::default(),
            outcomes: Outcomes::default(),
            delivered: Delivered::default(),
            mailbox_last: MailboxMark::NOTHING,
        }
    }

    /// What may be pushed now: the client's credit, unless too much waits already.
    pub(crate) fn budget(&self, outbox: &Outbox) -> Budget {
        if outbox.len() >= BACKLOG_MAX { Budget::default() } else { self.allowance.left() }
    }

    /// Queues an item, with the BIND that it needs.
    pub(crate) fn push_item(&mut self, item: &Item<'_>, outbox: &mut Outbox) -> Result<Pushed, NotNow> {
        let mut delivered = core::mem::take(&mut self.delivered);
        let pushed = delivered.offer(item, || {
            self.send_item(item, outbox)?;
            if fault::mailbox::OFFERED_TWICE.is_on() { self.send_item(item, outbox) } else { Ok(()) }
        });
        self.delivered = delivered;
        if pushed == Ok(Pushed::Queued) {
            let (first, count) = item.span();
            let last = MailboxMark::new(first.value().saturating_add(count.saturating_sub(1)));
            self.mailbox_last = last.map_or(self.mailbox_last, |last| self.mailbox_last.max(last));
        }
        pushed
    }

    fn send_item(&mut self, item: &Item<'_>, outbox: &mut Outbox) -> Result<(), NotNow> {
        match *item {
            Item::Message { mailbox_seq, source, class, payload } => {
                self.send_under_alias(source, outbox, |alias| {
                    Frame::Deliver(Deliver { mailbox_seq, alias, payload, class })
                })
            }
            Item::Receipt { mailbox_seq, device, status, ranges } => {
                let ranges = List::from_slice(ranges);
                self.send_under_alias(device, outbox, |alias| {
                    Frame::Receipt(Receipt { mailbox_seq, alias, status, ranges })
                })
            }
            Item::Gap { mailbox_seq, count, reason } => {
                self.send_plain(&Frame::Gap(Gap { mailbox_seq, count, reason }), outbox)
            }
            Item::Entry {
                mailbox_seq,
                conversation,
                conversation_seq,
                kind,
                payload,
                class,
                left,
                client_seq,
            } => self.send_entry(conversation, outbox, |alias| Entry {
                mailbox_seq,
                alias,
                conversation_seq,
                kind,
                payload,
                class,
                left,
                client_seq,
            }),
            Item::KeysLow { mailbox_seq, suite, one_time_count } => {
                self.send_plain(&Frame::KeysLow(KeysLow { mailbox_seq, suite, one_time_count }), outbox)
            }
        }
    }

    fn send_plain(&mut self, frame: &Frame<'_>, outbox: &mut Outbox) -> Result<(), NotNow> {
        self.pay(frame, outbox)?;
        outbox.push(frame).map_err(refused)
    }

    /// The alias is chosen only when the frame may leave: a BIND that nobody needs is not sent.
    fn send_under_alias<'f>(
        &mut self,
        device: DeviceId,
        outbox: &mut Outbox,
        frame: impl FnOnce(pinnace_wire::Alias) -> Frame<'f>,
    ) -> Result<(), NotNow> {
        if self.budget(outbox) == Budget::default() {
            return Err(NotNow);
        }
        let (alias, bind) = self.alias_of(device)?;
        let frame = frame(alias);
        self.pay(&frame, outbox)?;
        if fault::session::BIND_LATE.is_on() {
            outbox.push(&frame).map_err(refused)?;
        }
        if let Some(bind) = bind {
            self.spoken.bind(bind.device);
            if !fault::session::BIND_MISSING.is_on() {
                outbox.push(&Frame::Bind(bind)).map_err(refused)?;
            }
        }
        if fault::session::BIND_LATE.is_on() {
            return Ok(());
        }
        outbox.push(&frame).map_err(refused)
    }

    /// As [`Self::send_under_alias`], among the aliases of conversations.
    fn send_entry<'f>(
        &mut self,
        conversation: ConversationId,
        outbox: &mut Outbox,
        entry: impl FnOnce(ConversationAlias) -> Entry<'f>,
    ) -> Result<(), NotNow> {
        if self.budget(outbox) == Budget::default() {
            return Err(NotNow);
        }
        let (alias, bind) = self.spoken_conversations.alias_of(conversation).ok_or(NotNow)?;
        let frame = Frame::Entry(as_told(entry(alias)));
        self.pay(&frame, outbox)?;
        if fault::conversations::CONVERSATION_BOUND_LATE.is_on() {
            outbox.push(&frame).map_err(refused)?;
            return self.bind_conversation(bind, outbox);
        }
        self.bind_conversation(bind, outbox)?;
        outbox.push(&frame).map_err(refused)
    }

    fn bind_conversation(
        &mut self,
        bind: Option<BindConversation>,
        outbox: &mut Outbox,
    ) -> Result<(), NotNow> {
        let Some(bind) = bind else { return Ok(()) };
        self.spoken_conversations.bind(bind.conversation);
        if fault::conversations::CONVERSATION_UNBOUND.is_on() {
            return Ok(());
        }
        outbox.push(&Frame::BindConversation(bind)).map_err(refused)
    }

    /// Queues a whisper of a conversation, unless too much waits.
    pub(crate) fn push_whisper(&mut self, conversation: ConversationId, payload: &[u8], outbox: &mut Outbox) {
        if outbox.len() >= BACKLOG_MAX / 2 {
            return;
        }
        let Some((alias, bind)) = self.spoken_conversations.alias_of(conversation) else { return };
        // A WHISPER of another length is dropped like any other.
        let _ = self.bind_conversation(bind, outbox);
        let _ = outbox.push(&Frame::Whisper(Whisper { alias, payload }));
    }

    /// The alias, and the BIND that it takes first. Nothing is changed.
    fn alias_of(&self, device: DeviceId) -> Result<(pinnace_wire::Alias, Option<Bind>), NotNow> {
        match self.spoken.known(device) {
            Some(alias) => Ok((alias, None)),
            None => self.spoken.next(device).map(|bind| (bind.alias, Some(bind))).ok_or(NotNow),
        }
    }

    fn pay(&mut self, frame: &Frame<'_>, outbox: &Outbox) -> Result<(), NotNow> {
        let cost = Budget::frame(frame.body_len());
        if !self.budget(outbox).holds(cost) {
            return Err(NotNow);
        }
        self.allowance.spend(cost);
        Ok(())
    }

    /// Queues something fleeting, unless too much waits.
    pub(crate) fn push_ephemeral(&mut self, source: DeviceId, payload: &[u8], outbox: &mut Outbox) {
        if outbox.len() >= BACKLOG_MAX / 2 {
            return;
        }
        let Ok((alias, bind)) = self.alias_of(source) else { return };
        let frame = Frame::Ephemeral(Ephemeral { alias, payload });
        if let Some(bind) = bind {
            self.spoken.bind(bind.device);
            // A BIND always fits its bounds, and an EPHEMERAL of another length is dropped like any other.
            let _ = outbox.push(&Frame::Bind(bind));
        }
        let _ = outbox.push(&frame);
    }

    /// The CREDIT that is due.
    pub(crate) fn poll_credit(&mut self) -> Option<Credit> {
        self.grant.poll_raise()
    }
}

/// An entry as it is told: planted faults change it.
fn as_told(mut entry: Entry<'_>) -> Entry<'_> {
    use fault::conversations as planted;

    let place = entry.conversation_seq.value();
    let swapped = place.saturating_sub(1) ^ 1;
    let told = if planted::ENTRY_NUMBER_OF_MAILBOX.is_on() { entry.mailbox_seq.value() } else { place };
    let told = if planted::ENTRIES_SWAPPED.is_on() { swapped.saturating_add(1) } else { told };
    entry.conversation_seq = ConversationSeq::new(told).unwrap_or(entry.conversation_seq);
    let next = entry.client_seq.and_then(|seq| ClientSeq::new(seq.value().saturating_add(1)));
    entry.client_seq = if planted::OWN_NUMBER_WRONG.is_on() { next } else { entry.client_seq };
    entry.client_seq = entry.client_seq.filter(|_| !planted::OWN_NUMBER_MISSING.is_on());
    entry.class = entry.class.filter(|_| !planted::ENTRY_CLASS_MISSING.is_on());
    let more = entry.left.and_then(|left| EntryLeft::new(left.value().saturating_add(1)));
    entry.left = if planted::LEFT_WRONG.is_on() { more } else { entry.left };
    entry.left = entry.left.filter(|_| !planted::LEFT_MISSING.is_on());
    entry
}

/// Only a caller's item that no decoder would take is not encoded: it stays in the mailbox.
const fn refused(_: EncodeError) -> NotNow {
    NotNow
}
