//! Why a handshake did not go on.

use core::fmt;

use super::handshake::Turn;

/// Why a step of a handshake was refused, sorted by who is to blame.
///
/// After an error of the peer or of the engine the handshake has failed for good; after an error of the
/// caller it stands where it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeError {
    /// The peer's bytes: the message cannot hold what its place in the pattern needs, or is over the limit.
    MessageLen {
        /// Length of the message, in bytes.
        len: usize,
        /// Shortest message possible here, in bytes.
        min: usize,
        /// Longest message allowed, in bytes.
        max: usize,
    },
    /// The peer's bytes: a tag does not fit. Another prologue or another static key was used, or the message
    /// was changed on its way.
    Forged,
    /// The peer's behaviour: one of its keys has small order, so that the shared secret would be no secret.
    WeakKey,
    /// Our caller: this step is not the next one.
    OutOfTurn {
        /// What is next.
        turn: Turn,
    },
    /// Our caller: the payload does not fit into this message.
    PayloadTooLong {
        /// Length of the payload, in bytes.
        len: usize,
        /// Longest payload that fits, in bytes.
        max: usize,
    },
    /// Our surroundings: the Noise engine refused a step that it is built to take.
    Engine,
}

impl fmt::Display for HandshakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MessageLen { len, min, max } => {
                write!(f, "handshake message of {len} bytes where {min} to {max} are allowed")
            }
            Self::Forged => f.write_str("handshake message does not authenticate"),
            Self::WeakKey => f.write_str("peer key has small order"),
            Self::OutOfTurn { turn } => write!(f, "handshake step out of turn, next is {turn:?}"),
            Self::PayloadTooLong { len, max } => {
                write!(f, "handshake payload of {len} bytes, at most {max} fit")
            }
            Self::Engine => f.write_str("noise engine refused a step"),
        }
    }
}

impl core::error::Error for HandshakeError {}
