//! BLAKE2s for the engine.

use blake2::{Blake2s256, Digest};
use snow::types::Hash;

/// Hash state of the handshake. Noise 12.8.
#[derive(Default)]
pub(super) struct Blake2s(Blake2s256);

impl Hash for Blake2s {
    fn name(&self) -> &'static str {
        "BLAKE2s"
    }

    fn block_len(&self) -> usize {
        64
    }

    fn hash_len(&self) -> usize {
        32
    }

    fn reset(&mut self) {
        self.0 = Blake2s256::new();
    }

    fn input(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn result(&mut self, out: &mut [u8]) {
        let digest = core::mem::take(&mut self.0).finalize();
        // The engine's buffers are sized for the longest hash; the digest goes to the front.
        for (place, byte) in out.iter_mut().zip(digest) {
            *place = byte;
        }
    }
}
