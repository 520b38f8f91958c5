//! What the encoder writes the decoder reads as the same value; what the decoder reads without unknown extensions the encoder
//! writes as the same octets.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pinnace_wire::{Frame, frames};

fuzz_target!(|frame: Frame<'_>| {
    let mut octets = vec![0; frame.encoded_len()];
    let Ok(len) = frame.encode(&mut octets) else { return };
    assert_eq!(len, octets.len(), "the length that was announced");
    let mut read = frames(&octets);
    let placed = read.next().expect("one frame").expect("what the encoder writes is well-formed");
    assert_eq!(placed.frame, frame);
    assert!(read.next().is_none(), "one frame only");

    let mut again = vec![0; placed.frame.encoded_len()];
    assert_eq!(placed.frame.encode(&mut again), Ok(len));
    assert_eq!(again, octets);
});
