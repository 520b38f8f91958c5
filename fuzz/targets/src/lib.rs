//! What the fuzzers run: the bodies of the targets, their seeds and their dictionary.
//!
//! Each target takes octets and panics when they show a fault. `fuzz/` hands it the octets of a fuzzer, on a nightly
//! toolchain; a test of this crate hands it those of the corpora and seeds, on a stable one.
//!
//! ```
//! pinnace_fuzz_targets::decode(&[0x0a, 0x01, 0x07]);
//! ```
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a target says what is wrong by panicking"
)]

mod content;
mod decode;
mod deframe;
pub mod dictionary;
mod home;
mod keys;
mod no_amplification;
mod room;
mod round_trip;
mod said;
mod same;
pub mod seeds;
mod session;
mod split_invariance;
mod store_recovery;
mod tables;
mod told;

pub use content::content;
pub use decode::decode;
pub use deframe::deframe;
pub use home::home;
pub use no_amplification::no_amplification;
pub use round_trip::round_trip;
pub use session::session;
pub use split_invariance::split_invariance;
pub use store_recovery::store_recovery;

/// A target: it panics when the octets show a fault.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 9] = [
    ("content", content),
    ("decode", decode),
    ("deframe", deframe),
    ("home", home),
    ("no_amplification", no_amplification),
    ("round_trip", round_trip),
    ("session", session),
    ("split_invariance", split_invariance),
    ("store_recovery", store_recovery),
];
