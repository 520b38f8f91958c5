//! How a session ended.

use pinnace_wire::{Code, ErrorCode, HelloCounter, RejectReason};

/// Why a session is over; its last event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// We sent CLOSE.
    Sent(ErrorCode),
    /// The peer sent CLOSE.
    Received {
        /// Its code, known or not.
        code: Code,
        /// When to come again, in milliseconds.
        retry_after_ms: Option<u64>,
        /// With STALE_HELLO: the counter that the server has.
        hello_counter: Option<HelloCounter>,
    },
    /// A REJECT was sent or received.
    Rejected {
        /// Why.
        reason: RejectReason,
        /// When to come again, in milliseconds.
        retry_after_ms: u32,
        /// The highest version that the server speaks; a client never lowers its own because of it (CHN-017).
        version: u8,
    },
    /// A record did not open (CHN-013).
    Unreadable,
    /// The edge's certificate does not hold (CHN-011).
    Untrusted,
    /// The handshake was not complete in time (CAR-008).
    HandshakeTimeout,
    /// The peer's handshake was none of ours.
    BrokenHandshake,
    /// We gave the connection up before there was a channel.
    Abandoned,
    /// The connection ended.
    CarrierLost,
}
