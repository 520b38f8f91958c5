//! BLAKE2s for the engine, and for digests of the protocol.

use blake2::{Blake2s256, Digest};
use noise_protocol::Hash;

/// BLAKE2s-256 of some pieces, one after the other.
#[must_use]
pub fn blake2s(pieces: &[&[u8]]) -> [u8; 32] {
    let mut state = Blake2s256::new();
    for piece in pieces {
        state.update(piece);
    }
    state.finalize().into()
}

/// Hash state of the handshake.
#[derive(Default)]
pub(super) struct Blake2s(Blake2s256);

impl Hash for Blake2s {
    type Block = [u8; 64];
    type Output = [u8; 32];

    fn name() -> &'static str {
        "BLAKE2s"
    }

    fn input(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn result(&mut self) -> [u8; 32] {
        core::mem::take(&mut self.0).finalize().into()
    }
}
