//! Identities that are derived from keys.

use alloc::vec::Vec;

use blake2::{Blake2s256, Digest};

use crate::{AccountId, DeviceId};

/// The digest of octets under a label: BLAKE2s-256 of label, one zero octet, octets.
fn digest(label: &str, octets: &[u8]) -> [u8; 32] {
    Blake2s256::new().chain_update(label).chain_update([0]).chain_update(octets).finalize().into()
}

/// The first half of a digest.
fn derived(label: &str, octets: &[u8]) -> [u8; 16] {
    digest(label, octets).first_chunk().copied().unwrap_or_default()
}

/// The digest of a device list, by which its successor names it.
#[must_use]
pub fn list_digest(list: &[u8]) -> [u8; 32] {
    digest("pinnace/1 device list", list)
}

/// The name of a KeyPackage: what tells two of them apart, and what is kept of one that was handed out.
#[must_use]
pub fn key_package_ref(key_package: &[u8]) -> [u8; 16] {
    derived("pinnace/1 key package", key_package)
}

/// The digest of a stock of KeyPackages, by their names in whatever order.
#[must_use]
pub fn key_set_digest(mut refs: Vec<[u8; 16]>) -> [u8; 32] {
    refs.sort_unstable();
    digest("pinnace/1 key set", refs.as_flattened())
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
