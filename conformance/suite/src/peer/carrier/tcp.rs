//! The TCP carrier: a 16-bit big-endian length, then the record.

use std::io::Write;

use super::{Ahead, Inbound, More};
use crate::conn::Conn;

/// One TCP connection.
#[derive(Debug)]
pub struct Tcp {
    pub(super) conn: Conn,
    ahead: Ahead,
}

impl Tcp {
    /// Takes an open connection.
    #[must_use]
    pub fn new(conn: Conn) -> Self {
        Self { conn, ahead: Ahead::default() }
    }

    /// Sends one record with its length. Longer ones than 65,535 octets are cut.
    pub fn send(&mut self, record: &[u8]) {
        self.send_raw(&framed(record));
    }

    /// Sends octets as they are.
    pub fn send_raw(&mut self, octets: &[u8]) {
        // What goes wrong is in the transcript, and the next read tells it.
        let _ = self.conn.write_all(octets);
    }

    /// The next record.
    pub fn receive(&mut self) -> Inbound {
        loop {
            if let Some(record) = self.whole_record() {
                return Inbound::Record(record);
            }
            match self.ahead.fill(&mut self.conn) {
                More::Came => {}
                More::Ended if self.ahead.octets.is_empty() => return Inbound::Ended,
                More::Ended => return Inbound::Foreign("the connection ended within a record".to_owned()),
                More::Nothing => return Inbound::Nothing,
            }
        }
    }

    fn whole_record(&mut self) -> Option<Vec<u8>> {
        let len = usize::from(u16::from_be_bytes(*self.ahead.octets.first_chunk()?));
        let mut taken = self.ahead.take(len.saturating_add(2))?;
        taken.drain(..2);
        Some(taken)
    }
}

/// Length and record.
#[must_use]
fn framed(record: &[u8]) -> Vec<u8> {
    let len = u16::try_from(record.len()).unwrap_or(u16::MAX);
    [&len.to_be_bytes()[..], record.get(..usize::from(len)).unwrap_or_default()].concat()
}
