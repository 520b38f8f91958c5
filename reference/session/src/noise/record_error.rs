//! Why a record was not sealed or not opened.

use core::fmt;

/// Why a record was not sealed, sorted by who is to blame. Nothing was used up: the same call may be tried
/// again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealError {
    /// The peer's behaviour, earlier: a record of the peer could not be opened, which ended the channel.
    Broken,
    /// Our caller: the plaintext does not fit into one record.
    PlaintextTooLong {
        /// Length of the plaintext, in bytes.
        len: usize,
        /// Longest plaintext of a record, in bytes.
        max: usize,
    },
    /// Our caller: the buffer for the record is too short.
    OutTooShort {
        /// Length of the buffer, in bytes.
        len: usize,
        /// Length of the record, in bytes.
        needed: usize,
    },
    /// Our caller: this direction has sealed as many records as one key may.
    Exhausted,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken => f.write_str("channel ended by an unreadable record"),
            Self::PlaintextTooLong { len, max } => {
                write!(f, "plaintext of {len} bytes, at most {max} fit a record")
            }
            Self::OutTooShort { len, needed } => write!(f, "record needs {needed} bytes, buffer has {len}"),
            Self::Exhausted => f.write_str("no record numbers left"),
        }
    }
}

impl core::error::Error for SealError {}

/// Why a record was not opened, sorted by who is to blame.
///
/// After an error of the peer the channel has ended in both directions; after an error of the caller the
/// same record may be given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// The peer's bytes: the record has no room for a tag, or is over the limit.
    RecordLen {
        /// Length of the record, in bytes.
        len: usize,
        /// Shortest record possible, in bytes.
        min: usize,
        /// Longest record allowed, in bytes.
        max: usize,
    },
    /// The peer's bytes: the record was changed, repeated, left out or reordered on its way, or was never
    /// sealed by the peer.
    Forged,
    /// The peer's behaviour: it has sealed more records than one key may.
    Exhausted,
    /// The peer's behaviour, earlier: a former record could not be opened, which ended the channel.
    Broken,
    /// Our caller: the buffer for the plaintext is too short.
    OutTooShort {
        /// Length of the buffer, in bytes.
        len: usize,
        /// Length of the plaintext, in bytes.
        needed: usize,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RecordLen { len, min, max } => {
                write!(f, "record of {len} bytes where {min} to {max} are allowed")
            }
            Self::Forged => f.write_str("record does not authenticate"),
            Self::Exhausted => f.write_str("no record numbers left"),
            Self::Broken => f.write_str("channel ended by an unreadable record"),
            Self::OutTooShort { len, needed } => {
                write!(f, "plaintext needs {needed} bytes, buffer has {len}")
            }
        }
    }
}

impl core::error::Error for OpenError {}
