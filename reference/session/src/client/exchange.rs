//! What a client session keeps between frames.

use alloc::collections::BTreeSet;

use pinnace_wire::{
    Alias, Bind, BindConversation, ClientSeq, ConversationAlias, ConversationId, DeviceId, Frame, Void,
};

use crate::alias::{HeardAliases, HeardConversations, SpokenAliases, SpokenConversations};
use crate::client::advert::ServerAdvert;
use crate::credit::{Allowance, Budget, Grant};
use crate::delivered::Delivered;
use crate::message::Message;
use crate::not_now::NotNow;
use crate::outbox::Outbox;

/// With so many octets waiting to leave no message is added.
pub(crate) const BACKLOG_MAX: usize = 128 * 1024;

/// The small machines of both directions.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) heard: HeardAliases,
    pub(crate) spoken: SpokenAliases,
    pub(crate) heard_conversations: HeardConversations,
    pub(crate) spoken_conversations: SpokenConversations,
    pub(crate) grant: Grant,
    pub(crate) allowance: Allowance,
    /// Numbers that await their outcome; bounded by the server's inflight_max.
    pub(crate) inflight: BTreeSet<ClientSeq>,
    /// What was delivered here before, so that an item is taken once (DLV-049).
    pub(crate) delivered: Delivered,
    pub(crate) advert: ServerAdvert,
}

impl Exchange {
    pub(crate) fn is_window_open(&self) -> bool {
        u64::try_from(self.inflight.len()).is_ok_and(|inflight| inflight < self.advert.inflight_max)
    }

    /// Queues a message, with the BIND that it needs.
    pub(crate) fn send(&mut self, message: &Message, outbox: &mut Outbox) -> Result<(), NotNow> {
        if !self.is_window_open() || outbox.len() >= BACKLOG_MAX {
            return Err(NotNow);
        }
        let (alias, bind) = self.alias_of(message.destination).ok_or(NotNow)?;
        let frame = Frame::Send(message.frame(alias));
        self.pay(&frame)?;
        self.push_bound(bind, &frame, outbox)?;
        self.inflight.insert(message.client_seq);
        Ok(())
    }

    pub(crate) fn void(&mut self, client_seq: ClientSeq, outbox: &mut Outbox) -> Result<(), NotNow> {
        if !self.is_window_open() {
            return Err(NotNow);
        }
        let frame = Frame::Void(Void { client_seq });
        self.pay(&frame)?;
        outbox.push(&frame).map_err(|_| NotNow)?;
        self.inflight.insert(client_seq);
        Ok(())
    }

    /// Queues a POST or COMMIT, with the BIND_CONVERSATION that it needs.
    pub(crate) fn send_numbered<'f>(
        &mut self,
        (client_seq, conversation): (ClientSeq, ConversationId),
        outbox: &mut Outbox,
        frame: impl FnOnce(ConversationAlias) -> Frame<'f>,
    ) -> Result<(), NotNow> {
        if !self.is_window_open() || outbox.len() >= BACKLOG_MAX {
            return Err(NotNow);
        }
        let (alias, bind) = self.spoken_conversations.alias_of(conversation).ok_or(NotNow)?;
        let frame = frame(alias);
        self.pay(&frame)?;
        self.push_conversation(bind, &frame, outbox)?;
        self.inflight.insert(client_seq);
        Ok(())
    }

    /// Queues a frame that costs credit and takes no number.
    pub(crate) fn send_paid(&mut self, frame: &Frame<'_>, outbox: &mut Outbox) -> Result<(), NotNow> {
        if outbox.len() >= BACKLOG_MAX {
            return Err(NotNow);
        }
        self.pay(frame)?;
        outbox.push(frame).map_err(|_| NotNow)
    }

    /// Queues a frame behind the BIND_CONVERSATION that it needs.
    pub(crate) fn push_conversation(
        &mut self,
        bind: Option<BindConversation>,
        frame: &Frame<'_>,
        outbox: &mut Outbox,
    ) -> Result<(), NotNow> {
        if let Some(bind) = bind {
            self.spoken_conversations.bind(bind.conversation);
            outbox.push(&Frame::BindConversation(bind)).map_err(|_| NotNow)?;
        }
        outbox.push(frame).map_err(|_| NotNow)
    }

    fn pay(&mut self, frame: &Frame<'_>) -> Result<(), NotNow> {
        let cost = Budget::frame(frame.body_len());
        if !self.allowance.left().holds(cost) {
            return Err(NotNow);
        }
        self.allowance.spend(cost);
        Ok(())
    }

    /// The alias, and the BIND that it takes first. Nothing is changed.
    pub(crate) fn alias_of(&self, device: DeviceId) -> Option<(Alias, Option<Bind>)> {
        match self.spoken.known(device) {
            Some(alias) => Some((alias, None)),
            None => self.spoken.next(device).map(|bind| (bind.alias, Some(bind))),
        }
    }

    /// Queues a frame behind the BIND that it needs.
    pub(crate) fn push_bound(
        &mut self,
        bind: Option<Bind>,
        frame: &Frame<'_>,
        outbox: &mut Outbox,
    ) -> Result<(), NotNow> {
        if let Some(bind) = bind {
            self.spoken.bind(bind.device);
            outbox.push(&Frame::Bind(bind)).map_err(|_| NotNow)?;
        }
        outbox.push(frame).map_err(|_| NotNow)
    }
}
