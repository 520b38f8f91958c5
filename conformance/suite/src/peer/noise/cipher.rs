//! ChaCha20-Poly1305 for the engine.

use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::aead::{AeadInOut, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce, Tag};
use noise_protocol::Cipher;

use super::{KEY_LEN, TAG_LEN};

/// The AEAD. Its nonce is four zero octets and the counter, little-endian (Noise 12.3).
pub(super) struct ChaChaPoly;

impl Cipher for ChaChaPoly {
    type Key = [u8; KEY_LEN];

    fn name() -> &'static str {
        "ChaChaPoly"
    }

    /// Leaves `out` as it is when it is too short, which the peer then cannot open.
    fn encrypt(key: &Self::Key, nonce: u64, ad: &[u8], plaintext: &[u8], out: &mut [u8]) {
        if let Some(place) = out.get_mut(..plaintext.len()) {
            place.copy_from_slice(plaintext);
            Self::encrypt_in_place(key, nonce, ad, out, plaintext.len());
        }
    }

    fn encrypt_in_place(
        key: &Self::Key,
        nonce: u64,
        ad: &[u8],
        in_out: &mut [u8],
        plaintext_len: usize,
    ) -> usize {
        let Some((body, rest)) = in_out.split_at_mut_checked(plaintext_len) else { return 0 };
        let Some(tag_place) = rest.first_chunk_mut::<TAG_LEN>() else { return 0 };
        let cipher = ChaCha20Poly1305::new(key.into());
        let sealed = cipher.encrypt_inout_detached(&wire_nonce(nonce), ad, InOutBuf::from(body));
        if let Ok(tag) = sealed {
            *tag_place = tag.into();
        }
        plaintext_len.saturating_add(TAG_LEN)
    }

    fn decrypt(key: &Self::Key, nonce: u64, ad: &[u8], ciphertext: &[u8], out: &mut [u8]) -> Result<(), ()> {
        let (body, tag) = ciphertext.split_last_chunk::<TAG_LEN>().ok_or(())?;
        let bodies = InOutBuf::new(body, out).map_err(|_| ())?;
        ChaCha20Poly1305::new(key.into())
            .decrypt_inout_detached(&wire_nonce(nonce), ad, bodies, &Tag::from(*tag))
            .map_err(|_| ())
    }

    fn decrypt_in_place(
        key: &Self::Key,
        nonce: u64,
        ad: &[u8],
        in_out: &mut [u8],
        ciphertext_len: usize,
    ) -> Result<usize, ()> {
        let sealed = in_out.get_mut(..ciphertext_len).ok_or(())?;
        let (body, tag) = sealed.split_last_chunk_mut::<TAG_LEN>().ok_or(())?;
        let len = body.len();
        ChaCha20Poly1305::new(key.into())
            .decrypt_inout_detached(&wire_nonce(nonce), ad, InOutBuf::from(body), &Tag::from(*tag))
            .map_err(|_| ())?;
        Ok(len)
    }
}

fn wire_nonce(counter: u64) -> Nonce {
    let mut nonce = Nonce::default();
    for (place, byte) in nonce.iter_mut().skip(4).zip(counter.to_le_bytes()) {
        *place = byte;
    }
    nonce
}
