//! The product around the cases, tried with a tiny suite of its own and a toy target.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking"
)]

mod browser;
mod exit_codes;
mod interop;
mod lists;
mod probing;
mod replaying;
mod reports;
mod schema;
mod selftest;
mod spawning;
mod toy;
mod tracing;
