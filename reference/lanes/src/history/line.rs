//! One line of a history.

use core::fmt::Write as _;

use blake2::digest::consts::U16;
use blake2::{Blake2s, Digest as _};
use serde::{Deserialize, Serialize};

/// What one process saw at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When, in microseconds of one monotonic clock that all lines share.
    pub at_us: u64,
    /// Who saw it: a client of a device and its life, such as `2.1`, or the lane itself.
    pub process: String,
    /// The device whose client saw it; empty for what the lane does.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub device: String,
    /// What it was.
    #[serde(flatten)]
    pub event: Event,
}

/// What was seen. A message is named by its sender, and by the sender's own count, which its payload carries: the number
/// of the protocol may change when a server loses its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The device is about to send.
    Invoke {
        /// Counts what the device sends, from 1.
        message: u64,
        /// The destination.
        to: String,
        /// Of the payload.
        digest: String,
        /// After how many seconds it may be given up; absent: not within this history.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_s: Option<u64>,
    },
    /// The message is durable at its device, under this number of the protocol.
    Numbered {
        /// Which.
        message: u64,
        /// The number.
        client_seq: u64,
    },
    /// The outcome is ACCEPTED.
    Ok {
        /// Which.
        message: u64,
    },
    /// The message will never be delivered: it was refused, withdrawn, or never sent.
    Fail {
        /// Which.
        message: u64,
        /// Why.
        why: String,
    },
    /// Nobody can tell what became of the message.
    Unknown {
        /// Which.
        message: u64,
    },
    /// The device shows an item of its inbox.
    Received {
        /// The item's place in the inbox, from 1. A crash may show the same item again.
        item: u64,
        /// The sender, as the server vouches for it.
        from: String,
        /// The sender's count in the payload; absent when the payload cannot be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<u64>,
        /// Of the payload.
        digest: String,
    },
    /// The device has taken the item for good.
    Acked {
        /// The item's place in the inbox.
        item: u64,
    },
    /// The sender was told that the message is durable at its destination.
    Receipt {
        /// Which.
        message: u64,
    },
    /// The device was told that something is missing in its mailbox.
    Gap {
        /// Its place in the inbox.
        item: u64,
        /// How many items.
        count: u64,
        /// The reason's code.
        reason: u64,
    },
    /// The lane did something to the server.
    Fault {
        /// What.
        what: String,
        /// The cycle, from 1.
        cycle: u64,
    },
}

/// The digest of a payload: BLAKE2s, 16 octets, as digits.
#[must_use]
pub fn digest(payload: &[u8]) -> String {
    let hash = Blake2s::<U16>::digest(payload);
    hash.iter().fold(String::new(), |mut text, octet| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}
