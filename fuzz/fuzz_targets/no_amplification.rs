//! See `no_amplification` in `targets/`.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| pinnace_fuzz_targets::no_amplification(octets));
