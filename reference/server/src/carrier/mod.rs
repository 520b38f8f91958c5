//! Carriers: what moves records between a socket and a session.
//!
//! A carrier never blocks and never grows: it holds at most one read's worth of octets inwards and one batch of records
//! outwards, and nothing while it is idle.

mod tcp;
mod upgrade;
mod websocket;

use core::fmt;
use core::task::{Context, Poll};
use std::io;

pub(crate) use tcp::Tcp;
pub(crate) use upgrade::{Room, upgrade};
pub(crate) use websocket::WebSocket;

/// Octets that wait to be written, above which no further record is asked of the session.
const OUTBOX_LEN_MAX: usize = 64 * 1024;

/// A connection of either kind.
pub(crate) enum Carrier {
    /// Records after their lengths on TCP (CAR-001).
    Tcp(Tcp),
    /// One record in each binary message (CAR-005). Boxed: it is larger, and rarer.
    WebSocket(Box<WebSocket>),
}

/// Whether octets of the peer are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Take them in.
    Wanted,
    /// Leave them in the socket: the peer feels it.
    Held,
}

/// What [`Carrier::poll_move`] did.
pub(crate) enum Moved {
    /// Something arrived; perhaps a whole record.
    In,
    /// The socket took something.
    Out,
}

/// Why a connection ended.
#[derive(Debug)]
pub(crate) enum CarrierEnd {
    /// The peer ended it.
    Closed,
    /// The peer broke the rules of the carrier (CAR-002, CAR-006, CAR-011).
    Broken(&'static str),
    /// The socket failed.
    Failed(io::Error),
}

impl fmt::Display for CarrierEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("closed by the peer"),
            Self::Broken(rule) => write!(f, "broken by the peer: {rule}"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl Carrier {
    /// Moves octets in the direction that can; the waker is kept for both. Losing the future loses nothing.
    pub(crate) fn poll_move(
        &mut self,
        cx: &mut Context<'_>,
        reading: Reading,
    ) -> Poll<Result<Moved, CarrierEnd>> {
        match self {
            Self::Tcp(tcp) => tcp.poll_move(cx, reading),
            Self::WebSocket(ws) => ws.poll_move(cx, reading),
        }
    }

    /// Hands the next whole record to `take`.
    ///
    /// # Errors
    /// [`CarrierEnd::Broken`] for a record of length zero (CAR-002).
    pub(crate) fn take_record<T>(&mut self, take: impl FnOnce(&[u8]) -> T) -> Result<Option<T>, CarrierEnd> {
        match self {
            Self::Tcp(tcp) => tcp.take_record(take),
            Self::WebSocket(ws) => ws.take_record(take),
        }
    }

    /// Queues records for writing: `fill` appends one and tells its length, until it has none or enough wait.
    pub(crate) fn write_records(&mut self, fill: impl FnMut(&mut Vec<u8>) -> Option<usize>) {
        match self {
            Self::Tcp(tcp) => tcp.write_records(fill),
            Self::WebSocket(ws) => ws.write_records(fill),
        }
    }

    /// Whether the socket took all that was queued.
    pub(crate) fn is_flushed(&self) -> bool {
        match self {
            Self::Tcp(tcp) => tcp.is_flushed(),
            Self::WebSocket(ws) => ws.is_flushed(),
        }
    }

    /// Tells the peer that nothing follows, and reads what it still sends until it ends too: octets that nobody read
    /// would make the system reset the connection, and our last record might be lost with it.
    pub(crate) async fn close(self) {
        match self {
            Self::Tcp(tcp) => tcp.close().await,
            Self::WebSocket(ws) => ws.close().await,
        }
    }
}
