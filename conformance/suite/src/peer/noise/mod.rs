//! The suite's own Noise: `Noise_{XX,IK}_25519_ChaChaPoly_BLAKE2s` on the crate `noise-protocol`.
//!
//! A server under test that shared this code with the suite would share its mistakes too; so the suite has a
//! different engine, and primitives that do what a case asks, also what an honest peer never does.

mod cipher;
mod dh;
mod handshake;
mod hash;

pub use dh::{FORGED_SECRET, Secret, public_key};
pub use handshake::{Handshake, NoiseFailure, Role, Transport};
pub use hash::blake2s;

/// Octets of a key, private or public.
pub const KEY_LEN: usize = 32;

/// Octets that sealing adds to a payload.
pub const TAG_LEN: usize = 16;
