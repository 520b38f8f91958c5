//! X25519 for the engine.

use noise_protocol::DH;
use x25519_dalek::x25519;

use super::KEY_LEN;

/// A private key. The suite's keys come from its seed, so nothing about them is secret.
pub type Secret = [u8; KEY_LEN];

/// Stands for a forged key: its public key is 32 zero octets, and its exchange with any key gives zeros.
///
/// That is what a peer that skips the check of CHN-022 would compute on its side too.
pub const FORGED_SECRET: Secret = [0; KEY_LEN];

const BASE_POINT: [u8; KEY_LEN] = {
    let mut point = [0; KEY_LEN];
    point[0] = 9;
    point
};

/// The public key of a private key; zeros for [`FORGED_SECRET`].
#[must_use]
pub fn public_key(secret: &Secret) -> [u8; KEY_LEN] {
    if *secret == FORGED_SECRET {
        return [0; KEY_LEN];
    }
    x25519(*secret, BASE_POINT)
}

/// The curve. Refuses nothing: what a case sends is the case's affair, and what comes back is judged there.
pub(super) struct X25519;

impl DH for X25519 {
    type Key = Secret;
    type Pubkey = [u8; KEY_LEN];
    type Output = [u8; KEY_LEN];

    fn name() -> &'static str {
        "25519"
    }

    /// Never asked for: every handshake is given its ephemeral key from the seed.
    fn genkey() -> Secret {
        FORGED_SECRET
    }

    fn pubkey(secret: &Secret) -> [u8; KEY_LEN] {
        public_key(secret)
    }

    fn dh(secret: &Secret, public: &[u8; KEY_LEN]) -> Result<[u8; KEY_LEN], ()> {
        if *secret == FORGED_SECRET {
            return Ok([0; KEY_LEN]);
        }
        Ok(x25519(*secret, *public))
    }
}

#[cfg(test)]
mod tests {
    use super::{FORGED_SECRET, X25519, public_key};
    use noise_protocol::DH;

    #[test]
    fn forged_key_is_zero_on_both_sides() {
        let honest = [7; 32];
        assert_eq!(public_key(&FORGED_SECRET), [0; 32]);
        assert_eq!(X25519::dh(&FORGED_SECRET, &public_key(&honest)), Ok([0; 32]));
        assert_eq!(X25519::dh(&honest, &public_key(&FORGED_SECRET)), Ok([0; 32]));
    }

    #[test]
    fn two_honest_sides_agree() {
        let (a, b) = ([1; 32], [2; 32]);
        assert_eq!(X25519::dh(&a, &public_key(&b)), X25519::dh(&b, &public_key(&a)));
        assert_ne!(X25519::dh(&a, &public_key(&b)), Ok([0; 32]));
    }
}
