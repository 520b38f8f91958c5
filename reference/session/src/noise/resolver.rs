//! Gives the engine its primitives: one suite, 25519_ChaChaPoly_BLAKE2s, and one handshake's randomness.

use alloc::boxed::Box;

use snow::params::{CipherChoice, DHChoice, HashChoice};
use snow::resolvers::CryptoResolver;
use snow::types::{Cipher, Dh, Hash, Random};
use zeroize::Zeroizing;

use super::cipher::ChaChaPoly;
use super::dh::X25519;
use super::hash::Blake2s;
use super::keys::{EphemeralSeed, KEY_LEN};

/// The primitives of one handshake.
pub(super) struct Resolver(pub(super) EphemeralSeed);

impl CryptoResolver for Resolver {
    fn resolve_rng(&self) -> Option<Box<dyn Random>> {
        Some(Box::new(SeedOnce(Some(Zeroizing::new(*self.0.as_bytes())))))
    }

    fn resolve_dh(&self, choice: &DHChoice) -> Option<Box<dyn Dh>> {
        match choice {
            DHChoice::Curve25519 => Some(Box::<X25519>::default()),
            DHChoice::Curve448 => None,
        }
    }

    fn resolve_hash(&self, choice: &HashChoice) -> Option<Box<dyn Hash>> {
        match choice {
            HashChoice::Blake2s => Some(Box::<Blake2s>::default()),
            HashChoice::SHA256 | HashChoice::SHA512 | HashChoice::Blake2b => None,
        }
    }

    fn resolve_cipher(&self, choice: &CipherChoice) -> Option<Box<dyn Cipher>> {
        match choice {
            CipherChoice::ChaChaPoly => Some(Box::<ChaChaPoly>::default()),
            CipherChoice::AESGCM => None,
        }
    }
}

/// Yields the seed once. A handshake makes one ephemeral key; a second one from the same seed would repeat
/// it.
struct SeedOnce(Option<Zeroizing<[u8; KEY_LEN]>>);

impl Random for SeedOnce {
    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), snow::Error> {
        let place: &mut [u8; KEY_LEN] = dest.try_into().map_err(|_| snow::Error::Rng)?;
        *place = *self.0.take().ok_or(snow::Error::Rng)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seed_serves_once() {
        let mut random = Resolver(EphemeralSeed::new([3; 32])).resolve_rng().unwrap();
        let mut bytes = [0; 32];
        assert_eq!(random.try_fill_bytes(&mut bytes), Ok(()));
        assert_eq!(bytes, [3; 32]);
        assert_eq!(random.try_fill_bytes(&mut bytes), Err(snow::Error::Rng));
    }

    #[test]
    fn seed_serves_whole_keys_only() {
        let mut random = Resolver(EphemeralSeed::new([3; 32])).resolve_rng().unwrap();
        assert_eq!(random.try_fill_bytes(&mut [0; 31]), Err(snow::Error::Rng));
    }
}
