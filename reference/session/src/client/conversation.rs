//! What a client library asks of a conversation, and what comes of one.

use alloc::vec::Vec;

use pinnace_wire::{
    Class, ClientSeq, Commit, ConversationId, ConversationOrigin, DurationS, Entry, Frame, Post, Stage,
    StageOffset, StagePart, Whisper, limits,
};

use super::ClientSession;
use super::event::{ClientEvent, ReceivedItem};
use super::exchange::BACKLOG_MAX;
use crate::breach::Breach;
use crate::credit::Budget;
use crate::delivered::Offer;
use crate::not_now::NotNow;

/// A message to a conversation on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostMessage {
    /// Its number: the client's next, durable before the message is given to a session (DLV-001).
    pub client_seq: ClientSeq,
    /// The conversation.
    pub conversation: ConversationId,
    /// Its class; `None` is normal.
    pub class: Option<Class>,
    /// When it is no longer worth delivering.
    pub expires_in_s: Option<DurationS>,
    /// An MLSMessage, 1 to payload_len_max octets.
    pub payload: Vec<u8>,
}

/// A commit on its way out. What of it does not fit a frame is staged before it, by [`ClientSession::stage`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitMessage {
    /// Its number, as that of a message.
    pub client_seq: ClientSeq,
    /// The conversation.
    pub conversation: ConversationId,
    /// The commit, or its end; 1 to 57,344 octets.
    pub commit: Vec<u8>,
    /// The Welcome, or its end; at most 57,344 octets.
    pub welcome: Vec<u8>,
    /// What the conversation is between, in the commit that begins it.
    pub origin: Option<ConversationOrigin>,
}

/// A piece of a commit or a Welcome (CNV-031).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The number of the COMMIT that follows.
    pub client_seq: ClientSeq,
    /// What it is a piece of.
    pub part: StagePart,
    /// Where it begins: where the one before ended.
    pub offset: StageOffset,
    /// 1 to 61,440 octets.
    pub data: &'a [u8],
}

impl ClientSession {
    /// Sends a message to a conversation; BIND_CONVERSATION goes before it by itself.
    ///
    /// # Errors
    ///
    /// [`NotNow`] when the session is not open, window or credit are used up, or the payload has another length.
    pub fn post(&mut self, message: &PostMessage) -> Result<(), NotNow> {
        self.require_open()?;
        let place = (message.client_seq, message.conversation);
        self.exchange.send_numbered(place, &mut self.outbox, |alias| {
            Frame::Post(Post {
                client_seq: message.client_seq,
                alias,
                payload: &message.payload,
                class: message.class,
                expires_in_s: message.expires_in_s,
            })
        })
    }

    /// Sends a commit; BIND_CONVERSATION goes before it by itself.
    ///
    /// # Errors
    ///
    /// [`NotNow`] as for [`Self::post`].
    pub fn commit(&mut self, message: &CommitMessage) -> Result<(), NotNow> {
        self.require_open()?;
        let place = (message.client_seq, message.conversation);
        self.exchange.send_numbered(place, &mut self.outbox, |alias| {
            Frame::Commit(Commit {
                client_seq: message.client_seq,
                alias,
                commit: &message.commit,
                welcome: &message.welcome,
                origin: message.origin,
            })
        })
    }

    /// Sends a piece of the commit that follows.
    ///
    /// # Errors
    ///
    /// [`NotNow`] when the session is not open, credit is used up, or the piece has another length.
    pub fn stage(&mut self, piece: &Piece<'_>) -> Result<(), NotNow> {
        self.require_open()?;
        let Piece { client_seq, part, offset, data } = *piece;
        self.exchange.send_paid(&Frame::Stage(Stage { client_seq, part, offset, data }), &mut self.outbox)
    }

    /// Sends something fleeting to a conversation, 1 to 4,096 octets.
    ///
    /// # Errors
    ///
    /// [`NotNow`] when the session is not open, the server is behind, or the payload has another length.
    pub fn whisper(&mut self, conversation: ConversationId, payload: &[u8]) -> Result<(), NotNow> {
        self.require_open()?;
        if self.outbox.len() >= BACKLOG_MAX || payload.is_empty() || payload.len() > limits::EPHEMERAL_LEN {
            return Err(NotNow);
        }
        let (alias, bind) = self.exchange.spoken_conversations.alias_of(conversation).ok_or(NotNow)?;
        self.exchange.push_conversation(bind, &Frame::Whisper(Whisper { alias, payload }), &mut self.outbox)
    }

    pub(super) fn on_entry(&mut self, entry: &Entry<'_>, cost: Budget) -> Result<(), Breach> {
        self.exchange.grant.spend(cost)?;
        let bound = self.exchange.heard_conversations.conversation(entry.alias);
        let conversation = bound.ok_or(Breach::AliasUnbound)?;
        let mailbox_seq = entry.mailbox_seq;
        if self.exchange.delivered.judge(mailbox_seq) == Offer::Again {
            self.exchange.delivered.in_turn_again(mailbox_seq);
            self.give_back(cost);
            return Ok(());
        }
        self.exchange.delivered.in_turn(mailbox_seq, 1);
        let item = ReceivedItem::Entry {
            mailbox_seq,
            conversation,
            conversation_seq: entry.conversation_seq,
            kind: entry.kind,
            payload: entry.payload.to_vec(),
            class: entry.class,
            left: entry.left,
            client_seq: entry.client_seq,
        };
        self.take(item, cost);
        Ok(())
    }

    pub(super) fn on_whisper(&mut self, whisper: &Whisper<'_>) -> Result<(), Breach> {
        let bound = self.exchange.heard_conversations.conversation(whisper.alias);
        let conversation = bound.ok_or(Breach::AliasUnbound)?;
        self.event(ClientEvent::Whisper { conversation, payload: whisper.payload.to_vec() });
        Ok(())
    }
}
