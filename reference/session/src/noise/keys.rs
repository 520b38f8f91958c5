//! The keys that go into a handshake.

use core::fmt;

use zeroize::{Zeroize, Zeroizing};

/// Length of an X25519 key of either kind, in bytes.
pub const KEY_LEN: usize = 32;

/// A peer's X25519 public key (RFC 7748), 32 bytes.
///
/// Any 32 bytes are accepted here; a key of small order is refused where it is used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(pub [u8; KEY_LEN]);

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicKey(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// The long-lived X25519 key pair of a device or an edge. Wiped on drop; its debug form shows the public
/// half only.
///
/// The public half is kept, so that a handshake does not derive it again.
#[derive(Clone)]
pub struct StaticSecret {
    secret: x25519_dalek::StaticSecret,
    public: PublicKey,
}

impl StaticSecret {
    /// The pair that grows from 32 secret random bytes.
    #[must_use]
    pub fn from_bytes(secret: [u8; KEY_LEN]) -> Self {
        let secret = x25519_dalek::StaticSecret::from(secret);
        let public = PublicKey(x25519_dalek::PublicKey::from(&secret).to_bytes());
        Self { secret, public }
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The secret bytes, for the one who stores them.
    #[must_use]
    pub fn expose_bytes(&self) -> &[u8; KEY_LEN] {
        self.secret.as_bytes()
    }

    /// What X25519 makes of this secret and the other's public key, or `None` for a key of small order, with
    /// which the result would be known to everybody (RFC 7748, 6.1).
    pub(super) fn shared_with(&self, other: [u8; KEY_LEN]) -> Option<x25519_dalek::SharedSecret> {
        let shared = self.secret.diffie_hellman(&x25519_dalek::PublicKey::from(other));
        shared.was_contributory().then_some(shared)
    }

    /// Secret ‖ public, the form in which the pair passes through the engine.
    pub(super) fn to_pair_bytes(&self) -> Zeroizing<[u8; 2 * KEY_LEN]> {
        let mut pair = Zeroizing::new([0; 2 * KEY_LEN]);
        for (place, byte) in pair.iter_mut().zip(self.expose_bytes().iter().chain(&self.public.0)) {
            *place = *byte;
        }
        pair
    }

    /// Undoes [`Self::to_pair_bytes`], and derives the public half where it is left out.
    pub(super) fn from_engine_bytes(bytes: &[u8]) -> Option<Self> {
        let (secret, public) = bytes.split_first_chunk::<KEY_LEN>()?;
        if public.is_empty() {
            return Some(Self::from_bytes(*secret));
        }
        let public = PublicKey(public.try_into().ok()?);
        Some(Self { secret: x25519_dalek::StaticSecret::from(*secret), public })
    }
}

impl fmt::Debug for StaticSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticSecret").field("public", &self.public).finish_non_exhaustive()
    }
}

/// The 32 random bytes of which a handshake makes its ephemeral key. Wiped on drop.
///
/// They must come from a cryptographic generator and serve one handshake only: with a seed used twice, two
/// handshakes may share keys and nonces. Hence neither `Clone` nor a way to read them back.
pub struct EphemeralSeed([u8; KEY_LEN]);

impl EphemeralSeed {
    /// Takes the random bytes.
    #[must_use]
    pub const fn new(random: [u8; KEY_LEN]) -> Self {
        Self(random)
    }

    pub(super) const fn as_bytes(&self) -> &[u8; KEY_LEN] {
        &self.0
    }
}

impl Drop for EphemeralSeed {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for EphemeralSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EphemeralSeed(..)")
    }
}
