//! The codec and the oracle see the same frames at the same places, or the same error at the same place.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|record: &[u8]| {
    let mut codec = Vec::new();
    let mut error = None;
    for placed in pinnace_wire::frames(record) {
        match placed {
            Ok(placed) => codec.push((placed.frame.frame_type().value(), placed.offset, placed.body_len)),
            Err(found) => error = Some((found.kind.name(), found.offset)),
        }
    }
    match (pinnace_oracle::decode_record(record), error) {
        (Ok(oracle), None) => {
            let oracle: Vec<_> =
                oracle.iter().map(|frame| (frame.frame_type, frame.offset, frame.body_len)).collect();
            assert_eq!(codec, oracle);
        }
        (Err(oracle), Some(error)) => assert_eq!((oracle.kind.name(), oracle.offset), error),
        (oracle, error) => panic!("oracle {oracle:?}, codec {error:?}"),
    }
});
