//! Ed25519 signatures (RFC 8032) over labelled bytes: certificates, device lists and announcements.

use alloc::vec::Vec;
use core::fmt;

use ed25519_dalek::Signer;

use crate::label::Label;

/// Length of a signature, in bytes.
pub const SIGNATURE_LEN: usize = 64;

/// A signature: R and S of RFC 8032, 64 bytes.
pub type Signature = [u8; SIGNATURE_LEN];

/// A private key. Wiped on drop; its debug form shows the public key only.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// The key that grows from 32 secret random bytes (the "private key" of RFC 8032, 5.1.5).
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The seed, for the one who stores it.
    #[must_use]
    pub fn expose_seed(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The public half.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.verifying_key())
    }

    /// Signs label ‖ 0x00 ‖ bytes.
    #[must_use]
    pub fn sign(&self, label: Label, bytes: &[u8]) -> Signature {
        self.0.sign(&labelled(label, bytes)).to_bytes()
    }

    /// Signs octets that bring their own label, as those of MLS do.
    #[must_use]
    pub fn sign_octets(&self, octets: &[u8]) -> Signature {
        self.0.sign(octets).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.verifying_key()).finish_non_exhaustive()
    }
}

/// A public key: a point on the curve that is not of small order.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl VerifyingKey {
    /// The key that these 32 bytes encode.
    ///
    /// # Errors
    ///
    /// [`KeyError::NotAPoint`] and [`KeyError::SmallOrder`]; under a key of small order one signature fits
    /// many messages.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::NotAPoint)?;
        if key.is_weak() { Err(KeyError::SmallOrder) } else { Ok(Self(key)) }
    }

    /// The 32 bytes that encode the key.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Whether the signature is this key's over label ‖ 0x00 ‖ bytes.
    ///
    /// Strict: a non-canonical S, or an R of small order, is refused, so that nobody but the signer can
    /// make a second valid signature of the same bytes.
    ///
    /// # Errors
    ///
    /// [`BadSignature`], whatever the reason.
    pub fn verify(&self, label: Label, bytes: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        self.verify_octets(&labelled(label, bytes), signature)
    }

    /// Whether the signature is this key's over octets that bring their own label, as those of MLS do. As strict as
    /// [`Self::verify`].
    ///
    /// # Errors
    ///
    /// [`BadSignature`], whatever the reason.
    pub fn verify_octets(&self, octets: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.0.verify_strict(octets, &signature).map_err(|_| BadSignature)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifyingKey(")?;
        self.to_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// Why 32 bytes are not a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// The bytes encode no point of the curve.
    NotAPoint,
    /// The point has small order.
    SmallOrder,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAPoint => "ed25519 key is not a point of the curve",
            Self::SmallOrder => "ed25519 key has small order",
        })
    }
}

impl core::error::Error for KeyError {}

/// The signature is not this key's over these bytes under this label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSignature;

impl fmt::Display for BadSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ed25519 signature does not fit")
    }
}

impl core::error::Error for BadSignature {}

/// The signed bytes. Copied, since strict verification takes them in one piece only.
fn labelled(label: Label, bytes: &[u8]) -> Vec<u8> {
    [label.as_str().as_bytes(), &[0], bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    const ONE: Label = Label::new("pinnace one");
    const TWO: Label = Label::new("pinnace two");

    /// Order of the base point, little-endian: S + L is the same scalar written otherwise.
    const GROUP_ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];

    fn key() -> SigningKey {
        SigningKey::from_seed(&[7; 32])
    }

    #[test]
    fn signature_covers_label_and_bytes() {
        let signature = key().sign(ONE, b"bytes");
        let public = VerifyingKey::from_bytes(&key().verifying_key().to_bytes()).unwrap();
        assert_eq!(public.verify(ONE, b"bytes", &signature), Ok(()));
        assert_eq!(public.verify(TWO, b"bytes", &signature), Err(BadSignature));
        assert_eq!(public.verify(ONE, b"bytez", &signature), Err(BadSignature));
        let other = SigningKey::from_seed(&[8; 32]).verifying_key();
        assert_eq!(other.verify(ONE, b"bytes", &signature), Err(BadSignature));
    }

    #[test]
    fn signed_bytes_are_label_zero_bytes() {
        let plain = key().0.sign(b"pinnace one\0bytes").to_bytes();
        assert_eq!(key().sign(ONE, b"bytes"), plain);
    }

    #[test]
    fn second_form_of_s_is_refused() {
        let mut signature = key().sign(ONE, b"bytes");
        let mut carry = 0;
        for (byte, order) in signature[32..].iter_mut().zip(GROUP_ORDER) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            [*byte, _] = sum.to_le_bytes();
            carry = sum >> 8;
        }
        assert_eq!(key().verifying_key().verify(ONE, b"bytes", &signature), Err(BadSignature));
    }

    #[test]
    fn bad_public_keys_are_refused() {
        let identity = core::array::from_fn(|index| u8::from(index == 0));
        assert_eq!(VerifyingKey::from_bytes(&identity), Err(KeyError::SmallOrder));
        let no_point = core::array::from_fn(|index| if index == 0 { 2 } else { 0 });
        assert_eq!(VerifyingKey::from_bytes(&no_point), Err(KeyError::NotAPoint));
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", SigningKey::from_seed(&[0x5a; 32]));
        assert!(!shown.contains("5a5a") && !shown.contains("90, 90"), "{shown}");
    }
}
