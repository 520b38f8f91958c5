//! The recorder: everything that passed between a case and its target, in order.

use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::target::Endpoint;

/// Most bytes that one transcript keeps. A case that moves more is cut short there and cannot be replayed.
pub const TRANSCRIPT_BYTES_MAX: usize = 8 << 20;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Monotonic, microseconds since the case began.
    pub t_us: u64,
    /// Connections count from 1 in the order in which the case opened them; 0 is none.
    pub connection: u32,
    /// What it was.
    #[serde(flatten)]
    pub what: Happening,
}

/// The sorts of event. Those up to `Restarted` are what a replay answers from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Happening {
    /// A connection was opened.
    Opened {
        /// Address that was dialled.
        address: String,
    },
    /// A connection could not be opened.
    Refused {
        /// The operating system's words.
        reason: String,
    },
    /// Bytes were written to the socket.
    Sent {
        /// As they went out.
        #[serde(with = "crate::hex::serde")]
        bytes: Vec<u8>,
    },
    /// A write did not go through.
    SendFailed {
        /// The operating system's words.
        reason: String,
    },
    /// Bytes were read from the socket.
    Received {
        /// As they came in.
        #[serde(with = "crate::hex::serde")]
        bytes: Vec<u8>,
    },
    /// The target closed its side in order.
    Ended,
    /// The connection was torn down.
    Reset {
        /// The operating system's words.
        reason: String,
    },
    /// A read waited to its end and nothing came.
    TimedOut,
    /// A verification code was read.
    Code {
        /// Telephone number, E.164 with its plus sign.
        e164: String,
        /// The code that the target's gateway would have sent.
        code: String,
    },
    /// The private instance was stopped and started again.
    Restarted {
        /// Where it listens now.
        endpoint: Endpoint,
    },
    /// The reading of bytes inside the carrier, for the reader of the transcript.
    Decoded {
        /// Which way they went.
        direction: Direction,
        /// How deep inside.
        layer: Layer,
        /// The bytes at that layer.
        #[serde(with = "crate::hex::serde")]
        bytes: Vec<u8>,
        /// One line that says what they are.
        line: String,
    },
    /// A remark of the case.
    Note {
        /// One line.
        line: String,
    },
}

/// Which way bytes went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From the suite to the target.
    Sent,
    /// From the target to the suite.
    Received,
}

/// A layer inside the carrier's bytes, which are recorded by the connection itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// A preface or a handshake message, in the clear.
    Handshake,
    /// The plaintext of one record.
    Record,
    /// One frame.
    Frame,
    /// HTTP text: the WebSocket upgrade, or media.
    Http,
}

/// A shared, growing transcript. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    inner: Arc<Mutex<Transcript>>,
}

/// What was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// In the order in which they happened.
    pub events: Vec<Event>,
    /// Bytes kept so far.
    bytes_len: usize,
    /// Whether events were dropped for [`TRANSCRIPT_BYTES_MAX`].
    pub is_cut: bool,
}

impl Recorder {
    /// Appends one event.
    pub fn push(&self, at: Duration, connection: u32, what: Happening) {
        let mut transcript = self.lock();
        let len = what.bytes_len();
        if transcript.is_cut || transcript.bytes_len.saturating_add(len) > TRANSCRIPT_BYTES_MAX {
            transcript.is_cut = true;
            return;
        }
        transcript.bytes_len = transcript.bytes_len.saturating_add(len);
        let t_us = u64::try_from(at.as_micros()).unwrap_or(u64::MAX);
        transcript.events.push(Event { t_us, connection, what });
    }

    /// Takes what was recorded so far.
    #[must_use]
    pub fn take(&self) -> Transcript {
        core::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Transcript> {
        // A case that panicked while it recorded leaves a transcript that is whole up to its last event.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Happening {
    /// Bytes that the event keeps alive, its fixed part counted roughly.
    const fn bytes_len(&self) -> usize {
        let variable = match self {
            Self::Sent { bytes } | Self::Received { bytes } => bytes.len(),
            Self::Decoded { bytes, line, .. } => bytes.len().saturating_add(line.len()),
            Self::Opened { address: text }
            | Self::Refused { reason: text }
            | Self::Reset { reason: text }
            | Self::SendFailed { reason: text }
            | Self::Code { code: text, .. }
            | Self::Note { line: text } => text.len(),
            Self::Ended | Self::TimedOut | Self::Restarted { .. } => 0,
        };
        variable.saturating_add(64)
    }
}
