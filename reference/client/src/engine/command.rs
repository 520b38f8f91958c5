//! What an application asks of the engine.

use core::fmt;

use pinnace_session::{RegistrationState, Replace};
use pinnace_wire::{AccountId, ConversationId, DeviceEntry, DeviceId, FrameCode, Method};
use tokio::sync::oneshot;

use super::{AccountQuestion, BookStep};
use crate::message::{MessageId, SendOptions};
use crate::store::Write;

/// Answers an application.
pub type Reply<T> = oneshot::Sender<T>;

/// What an application asks of the engine. Each reply comes once what it says is durable.
#[derive(Debug)]
pub enum Command {
    /// Number a message and send it.
    Send {
        /// For whom.
        to: DeviceId,
        /// What.
        payload: Vec<u8>,
        /// How.
        options: SendOptions,
        /// Its number.
        reply: Reply<Result<MessageId, SendError>>,
    },
    /// Withdraw a message.
    Void {
        /// Which.
        id: MessageId,
        /// Whether it is withdrawn.
        reply: Reply<Result<(), VoidError>>,
    },
    /// Send something that is not kept.
    Ephemeral {
        /// To whom.
        to: DeviceId,
        /// What.
        payload: Vec<u8>,
    },
    /// Take the next item of the inbox.
    Take {
        /// Changes in the same transaction.
        with: Vec<Write>,
        /// It is done.
        reply: Reply<()>,
    },
    /// Make a change.
    Keep {
        /// Which.
        write: Write,
        /// It is done.
        reply: Reply<()>,
    },
    /// Connect now.
    Wake,
    /// The next step of a registration.
    Register {
        /// Which.
        step: RegisterStep,
        /// The server's answer.
        reply: Reply<Result<RegisterAnswer, RegisterError>>,
    },
    /// Ask for the devices of the account.
    Devices {
        /// The devices.
        reply: Reply<Vec<DeviceEntry>>,
    },
    /// Do a step of the conversations.
    Book(BookStep),
    /// Say something fleeting to a conversation.
    Whisper {
        /// Which.
        conversation: ConversationId,
        /// An MLSMessage.
        payload: Vec<u8>,
    },
    /// Ask about an account.
    Account(AccountQuestion),
    /// End the session and the engine.
    Close {
        /// It is over.
        reply: Reply<()>,
    },
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// The payload is empty.
    Empty,
    /// The payload is longer than the server takes.
    TooLong {
        /// How long it may be, in octets.
        len_max: usize,
    },
    /// Too many messages wait for their outcome.
    OutboxFull,
    /// The client does not run any more.
    Stopped,
}

/// Why a message was not withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoidError {
    /// It is on its way: its outcome will come.
    OnItsWay,
    /// It has its outcome, or was never sent.
    Settled,
    /// The client does not run any more.
    Stopped,
}

/// A step of a registration, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisterStep {
    /// Start, with a telephone number: "+" and 7 to 15 digits.
    Number {
        /// The number.
        e164: String,
        /// Whether the number may be taken from another account.
        replace: Replace,
    },
    /// Have a code sent.
    Method(Method),
    /// Present the code.
    Code(String),
    /// Present the certificate of the device, to be known under this number.
    Device {
        /// The number that was verified.
        e164: String,
    },
}

/// The server's answer to a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisterAnswer {
    /// How the registration stands.
    State(RegistrationState),
    /// The device is registered.
    Registered {
        /// Its account.
        account: AccountId,
        /// Its id.
        device: DeviceId,
    },
}

/// Why a step was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterError {
    /// The server says why.
    Failed {
        /// The reason.
        code: FrameCode,
        /// When to try again, in milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// Too many registrations.
    Rate {
        /// When to try again, in milliseconds.
        retry_after_ms: u64,
    },
    /// The server knows the device.
    AlreadyRegistered,
    /// The connection ended: start again with the number.
    ConnectionLost,
    /// Another step is under way.
    Busy,
    /// The client does not run any more.
    Stopped,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the message is empty"),
            Self::TooLong { len_max } => write!(f, "the message is longer than {len_max} octets"),
            Self::OutboxFull => f.write_str("too many messages wait for their outcome"),
            Self::Stopped => f.write_str("the client does not run any more"),
        }
    }
}

impl fmt::Display for VoidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OnItsWay => "the message is on its way",
            Self::Settled => "the message has its outcome",
            Self::Stopped => "the client does not run any more",
        })
    }
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { code, .. } => match code.known() {
                Some(known) => write!(f, "the server answered {known:?}"),
                None => write!(f, "the server answered code {code}"),
            },
            Self::Rate { retry_after_ms } => {
                write!(f, "too many registrations: try again in {} s", retry_after_ms.div_ceil(1000))
            }
            Self::AlreadyRegistered => f.write_str("this device is registered"),
            Self::ConnectionLost => f.write_str("the connection ended during the registration: start again"),
            Self::Busy => f.write_str("another step of the registration is under way"),
            Self::Stopped => f.write_str("the client does not run any more"),
        }
    }
}

impl core::error::Error for SendError {}
impl core::error::Error for VoidError {}
impl core::error::Error for RegisterError {}
