//! Why something about devices was not done.

use core::fmt;

use pinnace_wire::{ErrorCode, FrameCode};

use super::list::ListRefused;

/// Why something about devices was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DevicesError {
    /// Peer: the device list that the server gave is not believed.
    List(ListRefused),
    /// Peer: the server's answer does not fit its own list.
    BadAnswer,
    /// The server refused it.
    Failed {
        /// Why.
        code: FrameCode,
        /// When to try again, in milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// Too many such requests.
    Rate {
        /// When to try again, in milliseconds.
        retry_after_ms: u64,
    },
    /// Order: the own list changed again and again meanwhile.
    Contended,
    /// Caller: the list of the own account is not known yet, or this device is not in it.
    NotListed,
    /// Caller: the device is not in the own account's list.
    NoSuchDevice,
    /// Caller: an account has one device at least, and at most as many as a list holds.
    ListLen,
    /// Caller: the code is of this device itself.
    OwnCode,
    /// Caller: this device is registered, and needs no linking.
    Registered,
    /// Caller: too many messages wait for their outcome.
    OutboxFull,
    /// There is no session, or it ended before the answer.
    Stopped,
}

impl DevicesError {
    /// The server's code, where it is known here.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        if let Self::Failed { code, .. } = self { code.known() } else { None }
    }
}

impl fmt::Display for DevicesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(refused) => refused.fmt(f),
            Self::BadAnswer => f.write_str("the server's answer does not fit the device list that it gave"),
            Self::Failed { code, .. } => match code.known() {
                Some(ErrorCode::UnknownAccount) => f.write_str("no such account, or it has no device list"),
                Some(ErrorCode::LinkOver) => f.write_str(
                    "the new device has not asked to be linked, or its offer is over: run pinnace link there again",
                ),
                Some(ErrorCode::DeviceLimit) => f.write_str("the account has as many devices as it may have"),
                Some(known) => write!(f, "the server answered {known:?}"),
                None => write!(f, "the server answered code {code}"),
            },
            Self::Rate { retry_after_ms } => {
                write!(f, "too many requests: try again in {} s", retry_after_ms.div_ceil(1000))
            }
            Self::Contended => f.write_str("other devices change the device list at the same time: try again"),
            Self::NotListed => f.write_str("this device is not in the device list of its account yet"),
            Self::NoSuchDevice => f.write_str("the device list of the account does not name that device"),
            Self::ListLen => f.write_str("an account has at least one device, and at most 64"),
            Self::OwnCode => f.write_str("that is the code of this device itself"),
            Self::Registered => f.write_str("this device is registered"),
            Self::OutboxFull => f.write_str("too many messages wait for their outcome"),
            Self::Stopped => f.write_str("the session ended before the answer"),
        }
    }
}

impl core::error::Error for DevicesError {}
