//! The records before the channel stands: preface, prologue, and what a server answers in the clear.

use super::carrier::{Carrier, Inbound};
use super::ids::digest;
use crate::record::{Direction, Layer};

/// Handshake patterns as the preface names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// First contact.
    Xx = 1,
    /// The edge's key is known.
    Ik = 2,
}

/// The front of a client's first record, every field at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the preface in the chapter on the secure channel")]
pub struct Preface {
    pub magic: [u8; 4],
    pub version: u8,
    pub suite: u8,
    pub pattern: u8,
    pub route_token: Vec<u8>,
}

impl Preface {
    /// What an honest client of version 1 sends.
    #[must_use]
    pub fn new(pattern: Pattern) -> Self {
        Self { magic: *b"PNCE", version: 1, suite: 1, pattern: pattern as u8, route_token: Vec::new() }
    }

    /// As octets.
    #[must_use]
    pub fn octets(&self) -> Vec<u8> {
        let token_len = u8::try_from(self.route_token.len()).unwrap_or(u8::MAX);
        [&self.magic[..], &[self.version, self.suite, self.pattern, token_len], &self.route_token].concat()
    }

    /// The prologue of a handshake that begins with this preface (CHN-005).
    #[must_use]
    pub fn prologue(&self, realm: &[u8; 32]) -> Vec<u8> {
        [b"pinnace/1\0", &realm[..], &self.octets()].concat()
    }

    /// The prologue of the handshake after a RETRY: it binds the refused record (CHN-008).
    #[must_use]
    pub fn prologue_after_retry(&self, realm: &[u8; 32], refused: &[u8]) -> Vec<u8> {
        let digest = digest("pinnace/1 refused", refused);
        [b"pinnace/1 retry\0", &realm[..], &self.octets(), &digest].concat()
    }
}

/// A server's record before the handshake is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A Noise message.
    Handshake(Vec<u8>),
    /// Start XX on this connection.
    Retry,
    /// The connection is refused.
    Reject(Reject),
    /// The connection ended.
    Ended,
    /// Nothing in the set time.
    Nothing,
    /// None of these.
    Foreign(String),
}

/// REJECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of REJECT in the chapter on the secure channel")]
pub struct Reject {
    pub reason: u8,
    pub retry_after_ms: u32,
    pub highest_version: u8,
}

/// Reasons of a REJECT.
#[expect(missing_docs, reason = "the names stand in spec/data/frames.toml under reject_reason")]
pub mod reject {
    pub const BAD_PREFACE: u8 = 1;
    pub const UNSUPPORTED_VERSION: u8 = 2;
    pub const UNSUPPORTED_SUITE: u8 = 3;
    pub const UNSUPPORTED_PATTERN: u8 = 4;
    pub const BUSY: u8 = 5;
    pub const BAD_HANDSHAKE: u8 = 6;
}

impl Answer {
    /// Reads a record of the handshake.
    #[must_use]
    pub fn read(record: &[u8]) -> Self {
        match record {
            [0, message @ ..] => Self::Handshake(message.to_vec()),
            [1] => Self::Retry,
            [2, reason, a, b, c, d, highest_version] => Self::Reject(Reject {
                reason: *reason,
                retry_after_ms: u32::from_be_bytes([*a, *b, *c, *d]),
                highest_version: *highest_version,
            }),
            other => Self::Foreign(format!("a handshake record {}", crate::hex::encode(other))),
        }
    }

    /// Takes the next record of the handshake from a carrier.
    pub fn receive(carrier: &mut Carrier) -> Self {
        match carrier.receive() {
            Inbound::Record(record) => {
                let answer = Self::read(&record);
                let line = match &answer {
                    Self::Handshake(message) => format!("HANDSHAKE, {} octets", message.len()),
                    other => format!("{other:?}"),
                };
                carrier.conn().decoded(Direction::Received, Layer::Handshake, &record, line);
                answer
            }
            Inbound::Ended | Inbound::Status(_) => Self::Ended,
            Inbound::Nothing => Self::Nothing,
            Inbound::Foreign(what) => Self::Foreign(what),
        }
    }
}

/// Sends a record in the clear, and puts its reading into the transcript.
pub fn send_clear(carrier: &mut Carrier, record: &[u8], line: &str) {
    carrier.conn().decoded(Direction::Sent, Layer::Handshake, record, line);
    carrier.send(record);
}

#[cfg(test)]
mod tests {
    use super::{Answer, Pattern, Preface, Reject};

    #[test]
    fn preface_is_magic_version_suite_pattern_token() {
        let preface = Preface { route_token: vec![9, 8], ..Preface::new(Pattern::Ik) };
        assert_eq!(preface.octets(), [0x50, 0x4e, 0x43, 0x45, 1, 1, 2, 2, 9, 8]);
        assert_eq!(preface.prologue(&[5; 32]), [b"pinnace/1\0", &[5; 32][..], &preface.octets()].concat());
    }

    #[test]
    fn answers_are_told_apart() {
        assert_eq!(Answer::read(&[0, 7, 7]), Answer::Handshake(vec![7, 7]));
        assert_eq!(Answer::read(&[1]), Answer::Retry);
        let reject = Reject { reason: 2, retry_after_ms: 258, highest_version: 1 };
        assert_eq!(Answer::read(&[2, 2, 0, 0, 1, 2, 1]), Answer::Reject(reject));
        assert!(matches!(Answer::read(&[1, 0]), Answer::Foreign(_)));
        assert!(matches!(Answer::read(&[]), Answer::Foreign(_)));
    }
}
