//! ChaCha20-Poly1305 (RFC 8439) for the engine, from buffer to buffer without a copy between.

use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce, Tag};
use snow::types::Cipher;

use super::TAG_LEN;
use super::keys::KEY_LEN;

/// One direction's key. Wiped on drop.
pub(super) struct ChaChaPoly(ChaCha20Poly1305);

impl Default for ChaChaPoly {
    /// The engine asks for the cipher before it has a key, and does not use it until it has set one.
    fn default() -> Self {
        Self(ChaCha20Poly1305::new(&[0; KEY_LEN].into()))
    }
}

impl Cipher for ChaChaPoly {
    fn name(&self) -> &'static str {
        "ChaChaPoly"
    }

    fn set(&mut self, key: &[u8; KEY_LEN]) {
        self.0 = ChaCha20Poly1305::new(key.into());
    }

    /// Returns 0, and writes nothing, where `out` is too short.
    fn encrypt(&self, nonce: u64, authtext: &[u8], plaintext: &[u8], out: &mut [u8]) -> usize {
        self.encrypt_whole(nonce, authtext, plaintext, out).unwrap_or(0)
    }

    fn decrypt(
        &self,
        nonce: u64,
        authtext: &[u8],
        ciphertext: &[u8],
        out: &mut [u8],
    ) -> Result<usize, snow::Error> {
        let (body, tag) = ciphertext.split_last_chunk::<TAG_LEN>().ok_or(snow::Error::Decrypt)?;
        let out = out.get_mut(..body.len()).ok_or(snow::Error::Decrypt)?;
        let bodies = InOutBuf::new(body, out).map_err(|_| snow::Error::Decrypt)?;
        // The tag is checked before anything is written.
        self.0
            .decrypt_inout_detached(&wire_nonce(nonce), authtext, bodies, &Tag::from(*tag))
            .map_err(|_| snow::Error::Decrypt)?;
        Ok(body.len())
    }
}

impl ChaChaPoly {
    fn encrypt_whole(&self, nonce: u64, authtext: &[u8], plaintext: &[u8], out: &mut [u8]) -> Option<usize> {
        let (body, rest) = out.split_at_mut_checked(plaintext.len())?;
        let tag_place = rest.first_chunk_mut::<TAG_LEN>()?;
        let bodies = InOutBuf::new(plaintext, body).ok()?;
        let tag = self.0.encrypt_inout_detached(&wire_nonce(nonce), authtext, bodies).ok()?;
        *tag_place = tag.into();
        plaintext.len().checked_add(TAG_LEN)
    }
}

/// 32 zero bits, then the counter, little-endian. Noise 12.3.
fn wire_nonce(counter: u64) -> Nonce {
    let mut nonce = Nonce::default();
    for (place, byte) in nonce.iter_mut().skip(4).zip(counter.to_le_bytes()) {
        *place = byte;
    }
    nonce
}
