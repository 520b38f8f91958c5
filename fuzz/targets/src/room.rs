//! Whether an encoder keeps to the room that it is given.

use pinnace_wire::limits::RECORD_LEN;
use pinnace_wire::{EncodeError, Frame, Unknown};

use crate::said;

const FILL: u8 = 0xa5;
/// So many lengths stand for all those that are too short for a long encoding.
const SHORT_MAX: usize = 128;

/// The encoding. It has the length that was announced; room that is too short for it is refused and left as it was;
/// behind it nothing is written.
///
/// # Panics
/// When the encoder does otherwise.
pub(crate) fn encoded(
    len: usize,
    encode: impl Fn(&mut [u8]) -> Result<usize, EncodeError>,
) -> Result<Vec<u8>, EncodeError> {
    let mut room = vec![FILL; len + 3];
    match encode(&mut room) {
        Ok(written) => assert_eq!(written, len, "the length that was announced"),
        Err(error) => {
            assert!(matches!(error, EncodeError::Invalid { .. }), "{error} in room that was measured");
            assert!(room.iter().all(|octet| *octet == FILL), "written and then refused");
            said::of_encoder(&error);
            return Err(error);
        }
    }
    assert_eq!(room.split_off(len), [FILL; 3], "written behind the end");
    let mut short = vec![FILL; len];
    let too_small = EncodeError::BufferTooSmall { needed: len };
    for cut in (0..len).step_by(1 + len / SHORT_MAX).chain(len.checked_sub(1)) {
        assert_eq!(encode(&mut short[..cut]), Err(too_small), "room of {cut}");
    }
    assert!(short.iter().all(|octet| *octet == FILL), "written and then refused");
    said::of_encoder(&too_small);
    Ok(room)
}

/// The longest frame of this type fills a record; one octet more is refused.
///
/// # Panics
/// When it is not.
pub(crate) fn fills_a_record(frame: Unknown<'_>) {
    static OCTETS: [u8; RECORD_LEN] = [7; RECORD_LEN];
    let mut record = vec![0; RECORD_LEN + 1];
    let fits = |body_len| Frame::Unknown(Unknown { body: &OCTETS[..body_len], ..frame });
    // A body of that length has a length of four octets.
    let head_len = fits(RECORD_LEN - 12).encoded_len() - (RECORD_LEN - 12);
    assert_eq!(fits(RECORD_LEN - head_len).encode(&mut record), Ok(RECORD_LEN));
    let long = fits(RECORD_LEN - head_len + 1).encode(&mut record);
    assert_eq!(long, Err(EncodeError::Invalid { field: "length" }));
}
