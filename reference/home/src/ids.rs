//! Identities that are derived from keys.

use blake2::{Blake2s256, Digest};

use crate::{AccountId, DeviceId};

/// The first half of the digest of a key under a label: BLAKE2s-256 of label, one zero octet, key.
fn derived(label: &str, key: &[u8; 32]) -> [u8; 16] {
    let digest: [u8; 32] =
        Blake2s256::new().chain_update(label).chain_update([0]).chain_update(key).finalize().into();
    digest.first_chunk().copied().unwrap_or_default()
}

/// The id of the device with this Noise static key: nobody assigns it, nobody can take another's.
#[must_use]
pub fn device_id(static_key: &[u8; 32]) -> DeviceId {
    DeviceId::new(derived("pinnace/1 device", static_key))
}

/// The id of the account with this Ed25519 identity key.
#[must_use]
pub fn account_id(identity_key: &[u8; 32]) -> AccountId {
    AccountId::new(derived("pinnace/1 account", identity_key))
}

#[cfg(test)]
mod tests {
    use super::*;

    // From an independent implementation: hashlib.blake2s(b"pinnace/1 device\0" + bytes(range(32))).digest()[:16].
    #[test]
    fn ids_are_the_first_half_of_a_labelled_digest() {
        let key: [u8; 32] = core::array::from_fn(|index| u8::try_from(index).unwrap());
        assert_eq!(device_id(&key).as_bytes(), &DEVICE);
        assert_eq!(account_id(&key).as_bytes(), &ACCOUNT);
    }

    const DEVICE: [u8; 16] =
        [0xbc, 0x02, 0xae, 0x39, 0xb0, 0xc8, 0x2c, 0xf4, 0xc5, 0x4b, 0xd8, 0xea, 0x02, 0x5a, 0x4e, 0x42];
    const ACCOUNT: [u8; 16] =
        [0xa4, 0x5e, 0xd6, 0x2d, 0x21, 0xc7, 0x15, 0xcd, 0xea, 0x3f, 0x43, 0x90, 0x95, 0x36, 0x56, 0x0b];
}
