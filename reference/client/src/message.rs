//! A message of our own: what it is, and what became of it.

use core::fmt;

use pinnace_session::ReceiptWish;
use pinnace_wire::{Class, ClientSeq, ConversationId, DeviceId, DurationS, FrameCode, ReceiptStatus};

/// Names a message of this device for ever: its `client_seq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub ClientSeq);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How a message is to be handled. The default: class normal, the server's retention, a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendOptions {
    /// The class; `None` is normal.
    pub class: Option<Class>,
    /// After how many seconds an undelivered message expires; `None` is the server's retention.
    pub expires_in_s: Option<DurationS>,
    /// Whether delivery is to be told.
    pub receipt: ReceiptWish,
}

impl Default for SendOptions {
    fn default() -> Self {
        Self { class: None, expires_in_s: None, receipt: ReceiptWish::Wanted }
    }
}

/// The one outcome of a message (DLV-002).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Durable at the server.
    Accepted,
    /// Never to be delivered, for this reason.
    Refused(FrameCode),
    /// Withdrawn before it was handled.
    Voided,
    /// The server holds another outcome under this number (its code), or has forgotten it (`None`): nobody knows. It tells
    /// that the numbers of this device were used by another copy of its store.
    Unknown(Option<FrameCode>),
}

/// A message in the outbox or in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRecord {
    /// To whom.
    pub destination: Destination,
    /// How.
    pub options: SendOptions,
    /// What is to be sent under the number.
    pub wish: OutboxWish,
    /// What became of it at the server; `None` while it waits.
    pub outcome: Option<Outcome>,
    /// What became of it at the destination, as far as a receipt told.
    pub receipt: Option<ReceiptStatus>,
    /// When it was numbered, in milliseconds since 1970-01-01 UTC.
    pub at_ms: u64,
    /// The payload. Long ones are dropped once the outcome is known.
    pub payload: Vec<u8>,
}

/// To whom something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To a device: SEND.
    Device(DeviceId),
    /// To a conversation: POST. The payload is an MLSMessage, encrypted once for all time (CNV-061).
    Conversation(ConversationId),
    /// A change of a conversation: COMMIT. The payload is that of a commit, its Welcome and its origin, each behind its length.
    Commit(ConversationId),
}

/// What is to be sent under a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxWish {
    /// SEND.
    Send,
    /// VOID: the application withdrew the message.
    Void,
}
