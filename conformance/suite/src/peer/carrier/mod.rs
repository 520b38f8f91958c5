//! Carriers: how records travel.

mod tcp;
mod websocket;

use std::io;

pub use tcp::Tcp;
pub use websocket::{Opcode, WebSocket, upgrade_request};

use crate::conn::Conn;

/// What came next from the carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inbound {
    /// One whole record.
    Record(Vec<u8>),
    /// The connection ended, in order or not.
    Ended,
    /// A WebSocket close frame with its status.
    Status(u16),
    /// Nothing in the set time.
    Nothing,
    /// Something that this carrier does not allow.
    Foreign(String),
}

/// One open carrier.
#[derive(Debug)]
pub enum Carrier {
    /// Length, record.
    Tcp(Tcp),
    /// One binary message, one record.
    WebSocket(WebSocket),
}

impl Carrier {
    /// Sends one record. A failure is in the transcript and shows itself when the case reads.
    pub fn send(&mut self, record: &[u8]) {
        match self {
            Self::Tcp(tcp) => tcp.send(record),
            Self::WebSocket(socket) => socket.send(record),
        }
    }

    /// The next record, or why there is none.
    pub fn receive(&mut self) -> Inbound {
        match self {
            Self::Tcp(tcp) => tcp.receive(),
            Self::WebSocket(socket) => socket.receive(),
        }
    }

    /// The recorded connection below.
    pub const fn conn(&mut self) -> &mut Conn {
        match self {
            Self::Tcp(tcp) => &mut tcp.conn,
            Self::WebSocket(socket) => &mut socket.conn,
        }
    }
}

/// Octets read ahead of what was asked for.
#[derive(Debug, Default)]
struct Ahead {
    octets: Vec<u8>,
}

/// How a read for more octets went.
enum More {
    Came,
    Ended,
    Nothing,
}

impl Ahead {
    /// Reads once more from the connection.
    fn fill(&mut self, conn: &mut Conn) -> More {
        let mut chunk = [0; 16_384];
        match io::Read::read(conn, &mut chunk) {
            Ok(0) => More::Ended,
            Ok(len) => {
                self.octets.extend_from_slice(chunk.get(..len).unwrap_or_default());
                More::Came
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => More::Nothing,
            Err(_) => More::Ended,
        }
    }

    /// Takes so many octets off the front, once they are there.
    fn take(&mut self, len: usize) -> Option<Vec<u8>> {
        let rest = self.octets.get(len..)?.to_vec();
        let mut taken = core::mem::replace(&mut self.octets, rest);
        taken.truncate(len);
        Some(taken)
    }
}
