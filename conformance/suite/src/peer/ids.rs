//! Ids that are derived from keys, and what is signed under a label.

use core::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use super::noise::blake2s;

/// A device id: the front of a digest of the device's Noise key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeviceId(pub [u8; 16]);

/// An account id: the front of a digest of the account's identity key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountId(pub [u8; 16]);

/// A conversation id: the front of a digest of the conversation's origin.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConversationId(pub [u8; 16]);

impl ConversationId {
    /// Derived from an origin in a realm.
    #[must_use]
    pub fn of(realm: &[u8; 32], origin: &[u8]) -> Self {
        Self(front(digest("pinnace/1 conversation", &[realm, origin].concat())))
    }
}

impl DeviceId {
    /// Derived from the device's Noise static public key.
    #[must_use]
    pub fn of(noise_key: &[u8; 32]) -> Self {
        Self(front(digest("pinnace/1 device", noise_key)))
    }
}

impl AccountId {
    /// Derived from the account's Ed25519 identity key.
    #[must_use]
    pub fn of(identity_key: &[u8; 32]) -> Self {
        Self(front(digest("pinnace/1 account", identity_key)))
    }
}

/// The id under which an edge certificate names its root: the first 8 octets of a digest of the root key.
#[must_use]
pub fn root_key_id(root_key: &[u8; 32]) -> [u8; 8] {
    front(digest("pinnace/1 root key", root_key))
}

/// BLAKE2s-256 of label, zero octet, octets.
#[must_use]
pub fn digest(label: &str, octets: &[u8]) -> [u8; 32] {
    blake2s(&[label.as_bytes(), &[0], octets])
}

/// Ed25519 over label, zero octet, realm id, octets.
#[must_use]
pub fn sign(key: &SigningKey, label: &str, realm: &[u8; 32], octets: &[u8]) -> [u8; 64] {
    key.sign(&labelled(label, realm, octets)).to_bytes()
}

/// Whether a signature holds, by strict verification.
#[must_use]
pub fn is_signed(key: &[u8; 32], label: &str, realm: &[u8; 32], octets: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(key).is_ok_and(|key| {
        key.verify_strict(&labelled(label, realm, octets), &Signature::from_bytes(signature)).is_ok()
    })
}

fn labelled(label: &str, realm: &[u8; 32], octets: &[u8]) -> Vec<u8> {
    [label.as_bytes(), &[0], realm, octets].concat()
}

fn front<const N: usize>(digest: [u8; 32]) -> [u8; N] {
    digest.first_chunk().copied().unwrap_or([0; N])
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "device {}", crate::hex::encode(self.0.get(..4).unwrap_or_default()))
    }
}

impl fmt::Debug for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "conversation {}", crate::hex::encode(self.0.get(..4).unwrap_or_default()))
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "account {}", crate::hex::encode(self.0.get(..4).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::{is_signed, sign};
    use ed25519_dalek::SigningKey;

    #[test]
    fn signature_holds_for_its_label_realm_and_octets_only() {
        let key = SigningKey::from_bytes(&[3; 32]);
        let public = key.verifying_key().to_bytes();
        let signature = sign(&key, "one", &[1; 32], b"x");
        assert!(is_signed(&public, "one", &[1; 32], b"x", &signature));
        assert!(!is_signed(&public, "two", &[1; 32], b"x", &signature));
        assert!(!is_signed(&public, "one", &[2; 32], b"x", &signature));
        assert!(!is_signed(&public, "one", &[1; 32], b"y", &signature));
    }
}
