//! What errors say. It goes into logs, and what it is about comes from strangers.

use core::fmt::Display;

use pinnace_oracle::{OracleError, octets};
use pinnace_wire::{DecodeError, EncodeError, PrefaceError};

use crate::tables;

/// The longest message: one line of a log.
const LEN_MAX: usize = 120;

/// One line of printable ASCII, so that nobody forges a line of a log.
#[track_caller]
fn one_line(error: &impl Display) -> String {
    let said = error.to_string();
    assert!(said.len() <= LEN_MAX && said.bytes().all(|octet| matches!(octet, b' '..=b'~')), "{said:?}");
    said
}

/// An error of a frame says what the oracle says, and the type of the frame once that is read. The octets begin with the
/// frame.
pub(crate) fn of_frame(found: &DecodeError, told: &OracleError, frame: &[u8]) {
    match found.frame_type {
        Some(frame_type) => {
            assert!(frame.starts_with(&octets::varint(frame_type.value())), "{found}");
            assert_eq!(one_line(found), format!("{told}, frame type {}", frame_type.value()));
        }
        None => {
            assert_eq!(told.field, "type", "{found}");
            assert_eq!(one_line(found), told.to_string());
        }
    }
    tables::code(found.code().code());
}

/// An error of octets that stand in no frame.
pub(crate) fn of_structure(found: &DecodeError, told: &OracleError) {
    assert_eq!((one_line(found), found.frame_type), (told.to_string(), None));
}

/// An error of octets of which the oracle knows nothing: a server's first record, a KeyPackage, a message.
pub(crate) fn of_octets(found: &DecodeError, octets: &[u8]) {
    assert!(found.offset <= octets.len() && found.frame_type.is_none(), "{found}");
    let wanted = format!("{} in {} at octet {}", found.kind.name(), found.field, found.offset);
    assert_eq!(one_line(found), wanted);
}

/// An error of a preface.
pub(crate) fn of_preface(found: &PrefaceError, record: &[u8]) {
    assert!(found.offset <= record.len(), "{found}");
    let words = format!("{:?}", found.kind).chars().fold(String::new(), |mut words, letter| {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.push(letter.to_ascii_lowercase());
        words
    });
    assert_eq!(one_line(found), format!("{words} in the preface at octet {}", found.offset));
    tables::preface_kind(found.kind);
}

/// An error of our caller.
pub(crate) fn of_encoder(found: &EncodeError) {
    match found {
        EncodeError::BufferTooSmall { needed } => {
            assert_eq!(one_line(found), format!("buffer too small, {needed} octets needed"));
        }
        EncodeError::Invalid { field } => {
            assert!(tables::is_field(field) || *field == "route_token", "no field is named {field}");
            assert_eq!(one_line(found), format!("{field} is out of its range"));
        }
    }
}
