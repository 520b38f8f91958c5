//! The plain payload convention: what the payload of a message between two of these clients holds.
//!
//! Nothing here is end-to-end encrypted: the server can read it. A payload is a kind and a body:
//!
//! ```text
//! Payload { Kind (varint), Body (..) }
//! TEXT      = 0   UTF-8 (..)
//! FILE_PART = 1   Transfer (64), Index (varint), Count (varint), Name Length (varint), Name (0..255), Bytes (..)
//! OPAQUE    = 2   Octets (..)
//! ```
//!
//! Spec: Plain payload.

use core::fmt;

use pinnace_wire::NackReason;
use pinnace_wire::limits::PAYLOAD_LEN;

/// The longest name of a file, in octets of UTF-8.
pub const NAME_LEN_MAX: usize = 255;

/// The parts of one file at most: with full parts, about 240 MiB.
pub const PART_COUNT_MAX: u64 = 4096;

/// The longest head of a file part: kind 1, transfer 8, index and count 2 each, name length 2, name.
const PART_HEAD_LEN: usize = 15 + NAME_LEN_MAX;

const TEXT: u64 = 0;
const FILE_PART: u64 = 1;
const OPAQUE: u64 = 2;

/// What a payload holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain<'a> {
    /// A line or more of text.
    Text(&'a str),
    /// One part of a file.
    FilePart(FilePart<'a>),
    /// Octets that mean something to the application only.
    Opaque(&'a [u8]),
}

/// One part of a file. All parts of a file share transfer and count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilePart<'a> {
    /// Drawn at random by the sender for each file.
    pub transfer: [u8; 8],
    /// From 0, below `count`.
    pub index: u64,
    /// From 1; this client sends and keeps files of up to [`PART_COUNT_MAX`] parts.
    pub count: u64,
    /// A name for the file, at most [`NAME_LEN_MAX`] octets; means something in part 0 only. Never a path to be trusted.
    pub name: &'a str,
    /// What stands in the file at this part.
    pub bytes: &'a [u8],
}

/// Why octets are no payload of this convention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainError {
    /// The octets end within a field.
    Truncated,
    /// The kind is not known here.
    UnknownKind {
        /// The kind found.
        kind: u64,
    },
    /// Text or name is not UTF-8.
    BadText,
    /// Count, index or name length is out of its range, or a varint is not minimal.
    OutOfRange,
}

impl<'a> Plain<'a> {
    /// Reads a payload.
    ///
    /// # Errors
    ///
    /// Each [`PlainError`]; the octets come from the peer.
    pub fn decode(octets: &'a [u8]) -> Result<Self, PlainError> {
        let (kind, body) = varint(octets)?;
        match kind {
            TEXT if body.is_empty() => Err(PlainError::Truncated),
            TEXT => core::str::from_utf8(body).map(Self::Text).map_err(|_| PlainError::BadText),
            FILE_PART => FilePart::decode(body).map(Self::FilePart),
            OPAQUE => Ok(Self::Opaque(body)),
            kind => Err(PlainError::UnknownKind { kind }),
        }
    }

    /// Writes a payload.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Text(text) => {
                put_varint(&mut out, TEXT);
                out.extend_from_slice(text.as_bytes());
            }
            Self::FilePart(part) => {
                put_varint(&mut out, FILE_PART);
                out.extend_from_slice(&part.transfer);
                put_varint(&mut out, part.index);
                put_varint(&mut out, part.count);
                put_varint(&mut out, part.name.len() as u64);
                out.extend_from_slice(part.name.as_bytes());
                out.extend_from_slice(part.bytes);
            }
            Self::Opaque(octets) => {
                put_varint(&mut out, OPAQUE);
                out.extend_from_slice(octets);
            }
        }
        out
    }
}

impl<'a> FilePart<'a> {
    fn decode(body: &'a [u8]) -> Result<Self, PlainError> {
        let (transfer, body) = body.split_first_chunk::<8>().ok_or(PlainError::Truncated)?;
        let (index, body) = varint(body)?;
        let (count, body) = varint(body)?;
        let (name_len, body) = varint(body)?;
        let name_len = usize::try_from(name_len).map_err(|_| PlainError::OutOfRange)?;
        if index >= count || name_len > NAME_LEN_MAX {
            return Err(PlainError::OutOfRange);
        }
        let (name, bytes) = body.split_at_checked(name_len).ok_or(PlainError::Truncated)?;
        let name = core::str::from_utf8(name).map_err(|_| PlainError::BadText)?;
        Ok(Self { transfer: *transfer, index, count, name, bytes })
    }
}

/// Why a payload is not taken: of an unknown kind, of no form at all, or a part of a file that is too long.
#[must_use]
pub fn judge(payload: &[u8]) -> Option<NackReason> {
    match Plain::decode(payload) {
        Ok(Plain::FilePart(part)) if part.count > PART_COUNT_MAX => Some(NackReason::UNSUPPORTED),
        Ok(_) => None,
        Err(PlainError::UnknownKind { .. }) => Some(NackReason::UNSUPPORTED),
        Err(PlainError::Truncated | PlainError::BadText | PlainError::OutOfRange) => {
            Some(NackReason::MALFORMED)
        }
    }
}

/// The octets of a file that fit one part, when a payload may have `payload_len_max` octets.
#[must_use]
pub fn part_len(payload_len_max: usize) -> usize {
    payload_len_max.min(PAYLOAD_LEN).saturating_sub(PART_HEAD_LEN).max(1)
}

/// QUIC varint (RFC 9000, 16), minimal.
fn varint(octets: &[u8]) -> Result<(u64, &[u8]), PlainError> {
    let first = octets.first().ok_or(PlainError::Truncated)?;
    let len = 1_usize << (first >> 6);
    let (whole, rest) = octets.split_at_checked(len).ok_or(PlainError::Truncated)?;
    let value =
        whole.iter().skip(1).fold(u64::from(first & 0x3f), |value, octet| value << 8 | u64::from(*octet));
    if varint_len(value) == len { Ok((value, rest)) } else { Err(PlainError::OutOfRange) }
}

const fn varint_len(value: u64) -> usize {
    match value {
        0..0x40 => 1,
        0x40..0x4000 => 2,
        0x4000..0x4000_0000 => 4,
        0x4000_0000.. => 8,
    }
}

fn put_varint(out: &mut Vec<u8>, value: u64) {
    let len = varint_len(value);
    let mark: u64 = match len {
        1 => 0,
        2 => 1,
        4 => 2,
        _ => 3,
    };
    let marked = value | mark << (8 * len - 2);
    out.extend(marked.to_be_bytes().iter().skip(8 - len));
}

impl fmt::Display for PlainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("the payload ends within a field"),
            Self::UnknownKind { kind } => write!(f, "payload kind {kind} is not known here"),
            Self::BadText => f.write_str("the text of the payload is not UTF-8"),
            Self::OutOfRange => f.write_str("a number in the payload is out of its range"),
        }
    }
}

impl core::error::Error for PlainError {}

#[cfg(test)]
mod tests {
    use super::*;

    const PART: FilePart<'static> =
        FilePart { transfer: [9; 8], index: 70, count: 4096, name: "ärm.txt", bytes: b"abc" };

    #[test]
    fn payloads_come_back() {
        for plain in [Plain::Text("ahöy"), Plain::FilePart(PART), Plain::Opaque(&[0xff, 0])] {
            assert_eq!(Plain::decode(&plain.encode()), Ok(plain));
        }
    }

    #[test]
    fn octets_stand_as_the_spec_draws_them() {
        assert_eq!(Plain::Text("hi").encode(), b"\x00hi");
        assert_eq!(Plain::Opaque(b"hi").encode(), b"\x02hi");
        let part = FilePart { transfer: *b"transfer", index: 1, count: 64, name: "n", bytes: b"b" };
        assert_eq!(Plain::FilePart(part).encode(), b"\x01transfer\x01\x40\x40\x01nb");
    }

    #[test]
    fn every_truncation_of_a_head_is_an_error() {
        let whole = Plain::FilePart(PART).encode();
        let head = whole.len() - PART.bytes.len();
        for len in 0..head {
            assert_eq!(Plain::decode(&whole[..len]), Err(PlainError::Truncated), "{len}");
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        for part in [
            FilePart { index: 4096, ..PART },
            FilePart { count: 0, index: 0, ..PART },
            FilePart { name: &"n".repeat(256), ..PART },
        ] {
            assert_eq!(Plain::decode(&Plain::FilePart(part).encode()), Err(PlainError::OutOfRange));
        }
        assert_eq!(Plain::decode(&[0]), Err(PlainError::Truncated));
        assert_eq!(Plain::decode(&[0x40, 0x00]), Err(PlainError::OutOfRange));
        assert_eq!(Plain::decode(&[3]), Err(PlainError::UnknownKind { kind: 3 }));
        assert_eq!(Plain::decode(&[0, 0xff]), Err(PlainError::BadText));
    }

    #[test]
    fn what_means_nothing_is_not_taken() {
        assert_eq!(judge(&Plain::Text("x").encode()), None);
        assert_eq!(judge(&[3]), Some(NackReason::UNSUPPORTED));
        assert_eq!(judge(&[0, 0xff]), Some(NackReason::MALFORMED));
        let endless = FilePart { count: PART_COUNT_MAX + 1, ..PART };
        assert_eq!(judge(&Plain::FilePart(endless).encode()), Some(NackReason::UNSUPPORTED));
    }

    #[test]
    fn a_full_part_fills_a_payload_and_no_more() {
        let bytes = vec![0; part_len(1024)];
        let name = "n".repeat(NAME_LEN_MAX);
        let part = FilePart { transfer: [0; 8], index: 4095, count: 4096, name: &name, bytes: &bytes };
        assert_eq!(Plain::FilePart(part).encode().len(), 1024);
    }
}
