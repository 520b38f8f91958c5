//! What is written is read, and the other way round.

use arbitrary::{Arbitrary as _, Unstructured};
use pinnace_wire::{
    DeviceCertificate, EdgeCertificate, EncodeError, Frame, Preface, RootSuccessor, ServerRecord, frames,
};

/// What the encoder writes the decoder reads as the same value, and what the decoder reads the encoder writes as the same
/// octets, extensions of unknown type apart. The octets are taken as the material of values, and as encodings.
///
/// # Panics
/// When a value or octets do not come back.
pub fn round_trip(octets: &[u8]) {
    let mut material = Unstructured::new(octets);
    if let Ok(frame) = Frame::arbitrary(&mut material) {
        of_frame(&frame);
    }
    for placed in frames(octets).flatten() {
        let again = encoded(placed.frame.encoded_len(), |out| placed.frame.encode(out));
        let again = again.expect("what was read can be written");
        let read = &octets[placed.offset..];
        // Unknown extensions are left out; without one the octets are the same.
        assert!(again.len() == placed.frame.encoded_len() && placed.frame.body_len() <= placed.body_len);
        assert!(placed.frame.body_len() < placed.body_len || read.starts_with(&again));
    }
    in_the_clear(octets);
    structures(octets);
}

fn of_frame(frame: &Frame<'_>) {
    let octets = match encoded(frame.encoded_len(), |out| frame.encode(out)) {
        Ok(octets) => octets,
        Err(error) => {
            assert!(matches!(error, EncodeError::Invalid { .. }), "{error} in room that was measured");
            return;
        }
    };
    let mut read = frames(&octets);
    let placed = read.next().expect("one frame").expect("what the encoder writes is well-formed");
    assert_eq!(placed.frame, *frame);
    assert_eq!(format!("{:?}", placed.frame), format!("{frame:?}"));
    assert!(read.next().is_none(), "one frame only");
    let again = encoded(placed.frame.encoded_len(), |out| placed.frame.encode(out));
    assert_eq!(again.as_ref(), Ok(&octets));
    let needed = octets.len();
    let mut short = vec![0; needed - 1];
    assert_eq!(frame.encode(&mut short), Err(EncodeError::BufferTooSmall { needed }));
}

fn in_the_clear(octets: &[u8]) {
    match Preface::decode(octets) {
        Ok((preface, noise)) => {
            let again = encoded(preface.encoded_len(), |out| preface.encode(out)).expect("a preface");
            assert_eq!([&again, noise].concat(), octets);
        }
        Err(error) => {
            assert!(error.offset <= octets.len(), "{error}");
            assert_eq!(error.kind.reason().value(), error.kind.reason().value());
        }
    }
    if let Ok(preface) = Preface::arbitrary(&mut Unstructured::new(octets))
        && let Ok(written) = encoded(preface.encoded_len(), |out| preface.encode(out))
    {
        assert_eq!(Preface::decode(&written), Ok((preface, &[][..])));
    }
    match ServerRecord::decode(octets) {
        Ok(record) => {
            let again = encoded(record.encoded_len(), |out| record.encode(out));
            assert_eq!(again.as_deref(), Ok(octets));
        }
        Err(error) => assert!(error.offset <= octets.len(), "{error}"),
    }
    if let Ok(record) = ServerRecord::arbitrary(&mut Unstructured::new(octets)) {
        let written = encoded(record.encoded_len(), |out| record.encode(out)).expect("a server record");
        assert_eq!(ServerRecord::decode(&written), Ok(record));
    }
}

fn structures(octets: &[u8]) {
    if let Ok(found) = EdgeCertificate::decode(octets) {
        assert_eq!(encoded(found.encoded_len(), |out| found.encode(out)).as_deref(), Ok(octets));
        assert!(octets.starts_with(found.signed_part().as_bytes()));
    }
    if let Ok(found) = RootSuccessor::decode(octets) {
        assert_eq!(encoded(found.encoded_len(), |out| found.encode(out)).as_deref(), Ok(octets));
        assert!(octets.starts_with(found.signed_part().as_bytes()));
    }
    if let Ok(found) = DeviceCertificate::decode(octets) {
        assert_eq!(encoded(found.encoded_len(), |out| found.encode(out)).as_deref(), Ok(octets));
        assert!(octets.starts_with(found.signed_part().as_bytes()));
    }
}

fn encoded(
    len: usize,
    encode: impl FnOnce(&mut [u8]) -> Result<usize, EncodeError>,
) -> Result<Vec<u8>, EncodeError> {
    let mut out = vec![0; len];
    let written = encode(&mut out)?;
    assert_eq!(written, len, "the length that was announced");
    Ok(out)
}
