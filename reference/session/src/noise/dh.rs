//! X25519 for the engine.

use pinnace_fault as fault;
use snow::types::{Dh, Random};
use zeroize::Zeroizing;

use super::keys::{KEY_LEN, StaticSecret};

/// A key pair, once one is set or generated. Without one, every exchange is refused.
#[derive(Default)]
pub(super) struct X25519(Option<StaticSecret>);

impl Dh for X25519 {
    fn name(&self) -> &'static str {
        "25519"
    }

    fn pub_len(&self) -> usize {
        KEY_LEN
    }

    fn priv_len(&self) -> usize {
        KEY_LEN
    }

    /// Takes the secret, or secret ‖ public.
    fn set(&mut self, privkey: &[u8]) {
        self.0 = StaticSecret::from_engine_bytes(privkey);
    }

    fn generate(&mut self, rng: &mut dyn Random) -> Result<(), snow::Error> {
        let mut secret = Zeroizing::new([0; KEY_LEN]);
        rng.try_fill_bytes(secret.as_mut_slice())?;
        self.0 = Some(StaticSecret::from_bytes(*secret));
        Ok(())
    }

    fn pubkey(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], |pair| &pair.public().0)
    }

    fn privkey(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], |pair| pair.expose_bytes())
    }

    /// Noise 12.1 allows an all-zero result to be refused; here it must be, because a static key of small
    /// order would let anybody speak as its owner.
    fn dh(&self, pubkey: &[u8], out: &mut [u8]) -> Result<(), snow::Error> {
        // The engine's buffers are sized for the longest curve; the key is at the front.
        let other = pubkey.first_chunk().ok_or(snow::Error::Dh)?;
        let place = out.first_chunk_mut().ok_or(snow::Error::Dh)?;
        let shared =
            self.0.as_ref().and_then(|pair| pair.shared_with(*other)).map(|shared| shared.to_bytes());
        let zeros = [0; KEY_LEN];
        *place = shared
            .or_else(|| fault::channel::ZERO_SECRET_TAKEN.is_on().then_some(zeros))
            .ok_or(snow::Error::Dh)?;
        Ok(())
    }
}
