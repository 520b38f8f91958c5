//! The realm, and the identifiers that are derived from keys.

use core::fmt;

use pinnace_wire::{AccountId, DeviceId, RootKeyId};

use crate::digest::labelled_digest;
use crate::label::Label;
use crate::noise::PublicKey;

/// A realm: the genesis root key, 32 octets. The root can be succeeded, the id never changes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RealmId(pub [u8; 32]);

impl fmt::Debug for RealmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RealmId(")?;
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))?;
        f.write_str(")")
    }
}

/// The device that has this static key.
#[must_use]
pub fn device_id(key: &PublicKey) -> DeviceId {
    DeviceId::new(front(labelled_digest(Label::new("pinnace/1 device"), &key.0)))
}

/// The account that has this Ed25519 identity key.
#[must_use]
pub fn account_id(identity_key: &[u8; 32]) -> AccountId {
    AccountId::new(front(labelled_digest(Label::new("pinnace/1 account"), identity_key)))
}

/// The name by which an edge certificate names the root that signed it.
#[must_use]
pub fn root_key_id(root_key: &[u8; 32]) -> RootKeyId {
    RootKeyId::new(front(labelled_digest(Label::new("pinnace/1 root key"), root_key)))
}

fn front<const LEN: usize>(digest: [u8; 32]) -> [u8; LEN] {
    digest.first_chunk().copied().unwrap_or([0; LEN])
}
