//! What `arbitrary` makes is written or refused, never written and then refused by a decoder.

use arbitrary::{Arbitrary as _, Unstructured};
use pinnace_wire::{EncodeError, Frame, Placed, frames};

#[test]
fn arbitrary_frames_come_back() {
    let mut out = vec![0; 65_535];
    let (mut written, mut types) = (0, std::collections::HashSet::new());
    let mut state = 1_u64;
    for _ in 0..20_000 {
        let octets: Vec<u8> = (0..512)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // Half of the octets are small, so that lists have items.
                let octet = state.to_be_bytes()[0];
                if octet.is_multiple_of(2) { octet } else { octet & 0x3f }
            })
            .collect();
        let Ok(frame) = Frame::arbitrary(&mut Unstructured::new(&octets)) else { continue };
        match frame.encode(&mut out) {
            Ok(len) => {
                let found: Vec<_> = frames(out.get(..len).unwrap()).collect();
                assert_eq!(found, [Ok(Placed { frame, offset: 0, body_len: frame.body_len() })]);
                types.insert(frame.frame_type());
                written += 1;
            }
            Err(error) => assert!(matches!(error, EncodeError::Invalid { .. }), "{error}"),
        }
    }
    assert!(written > 5_000, "only {written} frames were valid");
    assert!(types.len() > 35, "only {} types of frames were valid", types.len());
}
