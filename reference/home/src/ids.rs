//! Identities that are derived from keys.

use alloc::vec::Vec;

use blake2::{Blake2s256, Digest};
use pinnace_fault as fault;

use pinnace_wire::ConversationOrigin;

use crate::{AccountId, ConversationId, DeviceId};

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
    if !fault::keys::SET_DIGEST_UNSORTED.is_on() {
        refs.sort_unstable();
    }
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

/// The id of the conversation of this realm that has this origin, and of its MLS group.
#[must_use]
pub fn conversation_id(realm_id: &[u8], origin: &[u8]) -> ConversationId {
    ConversationId::new(derived(ConversationOrigin::LABEL, &[realm_id, origin].concat()))
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

    // From the same implementation; the names of a set are its own, in whatever order they came.
    #[test]
    fn digests_are_labelled() {
        let octets: [u8; 32] = core::array::from_fn(|index| u8::try_from(index).unwrap());
        assert_eq!(list_digest(&octets), LIST);
        assert_eq!(key_package_ref(&octets), KEY_PACKAGE);
        assert_eq!(key_set_digest(Vec::from([[2; 16], [1; 16]])), SET);
    }

    const LIST: [u8; 32] = [
        0x52, 0x63, 0x6a, 0xa2, 0x85, 0x64, 0xc4, 0x71, 0xbd, 0xf8, 0x8d, 0xf3, 0xf0, 0x18, 0x7c, 0x19, 0xe0,
        0xf8, 0xf8, 0xea, 0x5c, 0x21, 0xc5, 0x4e, 0x5d, 0x55, 0x72, 0x9c, 0xc9, 0x11, 0xfd, 0x8a,
    ];
    const KEY_PACKAGE: [u8; 16] =
        [0x35, 0x82, 0xae, 0x69, 0x64, 0x70, 0xcd, 0xc8, 0x9f, 0x2b, 0x0d, 0x87, 0x36, 0x20, 0xc7, 0x7b];
    const SET: [u8; 32] = [
        0x76, 0x07, 0xc6, 0xc6, 0x68, 0x82, 0x2d, 0x07, 0xb4, 0xa4, 0xec, 0xfb, 0x9b, 0x95, 0x81, 0xd3, 0xcd,
        0x69, 0x01, 0x30, 0x8c, 0x2f, 0xa2, 0x1d, 0xfc, 0x93, 0x3b, 0x40, 0x62, 0xb5, 0x22, 0x62,
    ];
    const DEVICE: [u8; 16] =
        [0xbc, 0x02, 0xae, 0x39, 0xb0, 0xc8, 0x2c, 0xf4, 0xc5, 0x4b, 0xd8, 0xea, 0x02, 0x5a, 0x4e, 0x42];
    const ACCOUNT: [u8; 16] =
        [0xa4, 0x5e, 0xd6, 0x2d, 0x21, 0xc7, 0x15, 0xcd, 0xea, 0x3f, 0x43, 0x90, 0x95, 0x36, 0x56, 0x0b];
}
