//! What is written is read, and the other way round.

use arbitrary::{Arbitrary as _, Unstructured};
use pinnace_wire::{
    CommitAad, ConversationOrigin, DeviceCertificate, EdgeCertificate, Frame, MessageAad, Preface,
    RootSuccessor, ServerRecord, Signature, SignedDeviceList, SignedPart, frames,
};

use crate::room::{self, encoded};
use crate::{said, tables};

/// What the encoder writes the decoder reads as the same value, and what the decoder reads the encoder writes as the same
/// octets, extensions of unknown type apart. The octets are taken as the material of values, and as encodings. An encoder
/// keeps to its room, and what it or a decoder refuses is told in one line.
///
/// # Panics
/// When a value or octets do not come back.
pub fn round_trip(octets: &[u8]) {
    if let Ok(frame) = Frame::arbitrary(&mut Unstructured::new(octets)) {
        of_frame(&frame);
    }
    for placed in frames(octets).flatten() {
        let again = encoded(placed.frame.encoded_len(), |out| placed.frame.encode(out));
        let again = again.expect("what was read can be written");
        let read = &octets[placed.offset..];
        // Unknown extensions are left out; without one the octets are the same.
        assert!(placed.frame.body_len() <= placed.body_len);
        assert!(placed.frame.body_len() < placed.body_len || read.starts_with(&again));
    }
    preface(octets);
    server_record(octets);
    structures(octets);
}

fn of_frame(frame: &Frame<'_>) {
    let Ok(octets) = encoded(frame.encoded_len(), |out| frame.encode(out)) else { return };
    let mut read = frames(&octets);
    let placed = read.next().expect("one frame").expect("what the encoder writes is well-formed");
    assert_eq!(placed.frame, *frame);
    assert_eq!(format!("{:?}", placed.frame), format!("{frame:?}"));
    assert!(read.next().is_none(), "one frame only");
    let again = encoded(placed.frame.encoded_len(), |out| placed.frame.encode(out));
    assert_eq!(again.as_ref(), Ok(&octets));
    if let Frame::Unknown(unknown) = frame {
        room::fills_a_record(*unknown);
    }
}

fn preface(octets: &[u8]) {
    match Preface::decode(octets) {
        Ok((preface, noise)) => {
            let again = encoded(preface.encoded_len(), |out| preface.encode(out)).expect("a preface");
            assert_eq!([&again, noise].concat(), octets);
        }
        Err(error) => said::of_preface(&error, octets),
    }
    if let Ok(preface) = Preface::arbitrary(&mut Unstructured::new(octets))
        && let Ok(written) = encoded(preface.encoded_len(), |out| preface.encode(out))
    {
        assert_eq!(Preface::decode(&written), Ok((preface, &[][..])));
    }
}

fn server_record(octets: &[u8]) {
    match ServerRecord::decode(octets) {
        Ok(record) => {
            let again = encoded(record.encoded_len(), |out| record.encode(out));
            assert_eq!(again.as_deref(), Ok(octets));
            if let ServerRecord::Reject { reason, .. } = record {
                tables::reject_reason(reason);
            }
        }
        Err(error) => said::of_octets(&error, octets),
    }
    if let Ok(record) = ServerRecord::arbitrary(&mut Unstructured::new(octets)) {
        let written = encoded(record.encoded_len(), |out| record.encode(out)).expect("a server record");
        assert_eq!(ServerRecord::decode(&written), Ok(record));
    }
}

/// The structures share their methods, but no trait.
macro_rules! unsigned {
    ($name:ident, $octets:expr) => {
        if let Ok(found) = $name::decode($octets) {
            assert_eq!(encoded(found.encoded_len(), |out| found.encode(out)).as_deref(), Ok($octets));
        }
        if let Ok(made) = $name::arbitrary(&mut Unstructured::new($octets))
            && let Ok(written) = encoded(made.encoded_len(), |out| made.encode(out))
        {
            assert_eq!($name::decode(&written), Ok(made));
        }
    };
}

/// Those that are signed.
macro_rules! structure {
    ($name:ident, $octets:expr) => {
        if let Ok(found) = $name::decode($octets) {
            assert_eq!(encoded(found.encoded_len(), |out| found.encode(out)).as_deref(), Ok($octets));
            signed(&found.signed_part(), $octets);
        }
        if let Ok(made) = $name::arbitrary(&mut Unstructured::new($octets)) {
            match encoded(made.encoded_len(), |out| made.encode(out)) {
                Ok(written) => {
                    assert_eq!($name::decode(&written), Ok(made));
                    signed(&made.signed_part(), &written);
                }
                // What is signed of a structure that no encoder writes is cut, but it is told apart.
                Err(_) => assert!(made.signed_part().as_bytes().len() < made.encoded_len()),
            }
        }
    };
}

fn structures(octets: &[u8]) {
    structure!(EdgeCertificate, octets);
    structure!(RootSuccessor, octets);
    structure!(DeviceCertificate, octets);
    structure!(SignedDeviceList, octets);
    unsigned!(ConversationOrigin, octets);
    unsigned!(MessageAad, octets);
    unsigned!(CommitAad, octets);
}

/// What is signed is all but the signature; that it is long is all that a log may tell of it.
fn signed(part: &SignedPart, structure: &[u8]) {
    let (signed, signature) = structure.split_at(part.as_bytes().len());
    assert_eq!((part.as_bytes(), signature.len()), (signed, Signature::LEN));
    assert_eq!(format!("{part:?}"), format!("SignedPart({} octets)", signed.len()));
}
