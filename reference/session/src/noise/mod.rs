//! The secure channel: Noise (revision 34) patterns XX and IK over the suite 25519_ChaChaPoly_BLAKE2s.
//!
//! Nothing here reads a clock, a socket or a generator: bytes and randomness come in as arguments.
//!
//! ```
//! use pinnace_session::noise::{EphemeralSeed, Handshake, StaticSecret};
//!
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! // Real secrets and seeds come from a cryptographic generator.
//! let (device, edge) = (StaticSecret::from_bytes([1; 32]), StaticSecret::from_bytes([2; 32]));
//! let mut client = Handshake::initiate_ik(b"prologue", &device, edge.public(), EphemeralSeed::new([3; 32]))?;
//! let mut server = Handshake::respond_ik(b"prologue", &edge, EphemeralSeed::new([4; 32]))?;
//!
//! let (mut wire, mut heard) = (Vec::new(), Vec::new());
//! client.write_message(b"hello", &mut wire)?;
//! server.read_message(&wire, &mut heard)?;
//! assert_eq!((heard.as_slice(), server.remote_static()), (b"hello".as_slice(), Some(*device.public())));
//!
//! wire.clear();
//! server.write_message(b"welcome", &mut wire)?;
//! client.read_message(&wire, &mut heard)?;
//! assert_eq!(heard, b"hellowelcome");
//!
//! let (mut client, mut server) = (client.into_established()?, server.into_established()?);
//! assert_eq!(client.handshake_hash, server.handshake_hash);
//!
//! let (mut record, mut plaintext) = ([0; 64], [0; 64]);
//! let record = client.transport.seal(b"frames", &mut record)?;
//! assert_eq!(server.transport.open(record, &mut plaintext)?, b"frames");
//! # Ok(())
//! # }
//! ```

mod cipher;
mod dh;
mod handshake;
mod handshake_error;
mod hash;
#[cfg(feature = "keylog")]
mod keylog;
mod keys;
mod pattern;
mod record_error;
mod resolver;
mod transport;
#[cfg(test)]
mod vectors;

pub use handshake::{Established, Handshake, Turn};
pub use handshake_error::HandshakeError;
#[cfg(feature = "keylog")]
pub use keylog::TransportKeys;
pub use keys::{EphemeralSeed, KEY_LEN, PublicKey, StaticSecret};
pub use pattern::Pattern;
pub use record_error::{OpenError, SealError};
pub use transport::{RECORDS_MAX, Transport};

/// Longest Noise message of any kind, in bytes: what two bytes of length can say. Noise 3.
pub const MESSAGE_LEN_MAX: usize = 65_535;

/// Length of the tag that every sealed record carries, in bytes. Noise 5.1.
pub const TAG_LEN: usize = 16;

/// Longest plaintext of one record, in bytes.
pub const PLAINTEXT_LEN_MAX: usize = MESSAGE_LEN_MAX - TAG_LEN;

/// Length of the handshake hash, in bytes.
pub const HANDSHAKE_HASH_LEN: usize = 32;
