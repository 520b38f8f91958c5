//! Of octets that may be cut: `Incomplete` never asks for more than the frame needs, and a cut changes no verdict.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pinnace_wire::{Deframed, Frame};

fuzz_target!(|octets: &[u8]| {
    let Ok(Deframed::Frame { placed, rest }) = Frame::decode(octets) else { return };
    let len = octets.len() - rest.len();
    for cut in 0..len {
        match Frame::decode(&octets[..cut]) {
            Ok(Deframed::Incomplete { needed }) => assert!(cut + needed.get() <= len, "asks for octets of the next frame"),
            other => panic!("{cut} of {len} octets of {placed:?} gave {other:?}"),
        }
    }
});
