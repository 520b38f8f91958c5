//! See `content` in `targets/`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| pinnace_fuzz_targets::content(octets));
