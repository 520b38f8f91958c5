//! What an application can watch, and what it is told.

use core::fmt;
use std::sync::Arc;

use pinnace_session::CloseReason;
use pinnace_wire::{AccountId, DeviceId, MailboxMark, MlsSuite, ReceiptStatus, SeqRange, SessionEpoch};

use crate::conversation::ConversationEvent;
use crate::devices::{LinkStage, ListRefused};
use crate::identity::{Published, Standing};
use crate::item::ItemNumber;
use crate::link::LinkError;
use crate::message::{MessageId, Outcome};
use crate::store::{Kept, StoreError};

/// How a client stands, as of now.
#[derive(Clone, Debug)]
pub struct State {
    /// The connection.
    pub link: LinkState,
    /// The epoch of the session; `None` unless the link is online.
    pub session_epoch: Option<SessionEpoch>,
    /// Messages without an outcome.
    pub backlog: u64,
    /// Every mailbox item up to here is durable at this device.
    pub cursor: MailboxMark,
    /// The last item that the mailbox had when the session began.
    pub mailbox_last: MailboxMark,
    /// Items of the inbox that the application has not taken.
    pub untaken: u64,
    /// What went wrong last; a WELCOME clears it.
    pub last_error: Option<LastError>,
    /// Whether the server knew this device when it was asked last, in this session or an earlier one.
    pub standing: Standing,
    /// How much of this device others can find at the server, as of this session.
    pub published: Published,
    /// How far this device has come in being linked; `None` where it never asked.
    pub link_stage: Option<LinkStage>,
}

/// The connection of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// Waiting for the time of the next attempt.
    Offline,
    /// An attempt is under way.
    Connecting,
    /// Connected, and the server does not know the device.
    Unregistered,
    /// Connected and welcome.
    Online,
    /// Disconnected for good, or until the application wakes the client.
    Stopped(StopReason),
}

/// Why a client does not reconnect on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// Another session of this device took over (SES-037).
    TakenOver,
    /// The device was removed from its account.
    DeviceGone,
    /// The server saw a lower version than both sides speak: somebody interferes.
    Downgrade,
    /// The server saw that its own certificate was refused: an operator's or an attacker's doing.
    EdgeUntrusted,
    /// The store does not work: nothing can be promised any more.
    Store,
    /// The application closed the client.
    Closed,
}

/// What went wrong last.
#[derive(Clone, Debug)]
pub enum LastError {
    /// No connection, or it broke.
    Link(Arc<LinkError>),
    /// The session ended.
    Session(CloseReason),
    /// The store.
    Store(Arc<StoreError>),
}

/// What happened, told once and after it became durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message has its outcome.
    Outcome {
        /// Which.
        id: MessageId,
        /// What became of it.
        outcome: Outcome,
    },
    /// A receipt tells what became of messages at their destination.
    Receipt {
        /// The destination.
        device: DeviceId,
        /// The messages.
        ranges: Vec<SeqRange>,
        /// What became of them.
        status: ReceiptStatus,
    },
    /// Few of the KeyPackages that this device left at the server are there any more: leave new ones.
    KeysLow {
        /// Of which MLS suite.
        suite: MlsSuite,
        /// How many were left.
        one_time_count: u64,
    },
    /// The server lost its state, and what it had accepted may be lost with it. Messages without an outcome have new
    /// numbers.
    Renumbered {
        /// By how much the numbers are lower now.
        shift: u64,
    },
    /// A device list was not believed, and nothing of it was used. Where the identity key of an account changed, or its list
    /// went back or forked, somebody interferes, or the account lost its keys: the person is to be told (DEV-019, DEV-024).
    DevicesRefused {
        /// Whose list.
        account: AccountId,
        /// Why.
        why: ListRefused,
    },
    /// Something happened in a conversation.
    Conversation(ConversationEvent),
    /// An item is in the inbox.
    Arrived {
        /// Its number there.
        number: ItemNumber,
    },
    /// A device says something that is not kept.
    Ephemeral {
        /// Which.
        source: DeviceId,
        /// What.
        payload: Vec<u8>,
    },
}

impl State {
    /// Before anything happened.
    pub(crate) fn starting(kept: &Kept) -> Self {
        Self {
            link: LinkState::Offline,
            session_epoch: None,
            backlog: kept.numbered.saturating_sub(kept.settled),
            cursor: kept.intake.cursor(),
            mailbox_last: MailboxMark::NOTHING,
            untaken: kept.filed.saturating_sub(kept.taken),
            last_error: None,
            standing: kept.device.standing,
            published: Published::Unknown,
            link_stage: kept.device.link.as_ref().map(|link| link.stage),
        }
    }
}

impl fmt::Display for LastError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(error) => error.fmt(f),
            Self::Session(reason) => close_reason(*reason, f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

fn close_reason(reason: CloseReason, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match reason {
        CloseReason::Sent(code) => write!(f, "the session was closed with {code:?}"),
        CloseReason::Received { code, .. } => match code.known() {
            Some(known) => write!(f, "the server closed the session with {known:?}"),
            None => write!(f, "the server closed the session with code {code}"),
        },
        CloseReason::Rejected { reason, .. } => write!(f, "the server rejected the connection: {reason:?}"),
        CloseReason::Unreadable => {
            f.write_str("what the server says does not open: it may belong to another realm")
        }
        CloseReason::Untrusted => f.write_str("the server cannot prove that it belongs to the realm"),
        CloseReason::HandshakeTimeout => f.write_str("the server did not finish the handshake in time"),
        CloseReason::BrokenHandshake => f.write_str("the server's handshake is not Pinnace"),
        CloseReason::Abandoned => f.write_str("the connection was given up"),
        CloseReason::CarrierLost => f.write_str("the connection was lost"),
    }
}
