//! Device lists: made, chained, signed; every field at hand, so that a case can bend one.

use ed25519_dalek::SigningKey;

use super::device::Device;
use super::ids::{DeviceId, digest, sign};
use super::octets::varint;

/// The label of the signature and of the digest.
pub const LABEL: &str = "pinnace/1 device list";

/// A device list before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields stand in spec/data/frames.toml under signed_device_list")]
pub struct DeviceList {
    pub version: u8,
    pub identity_key: [u8; 32],
    pub list_version: u64,
    pub previous: [u8; 32],
    pub issued_s: u64,
    pub devices: Vec<DeviceId>,
}

impl DeviceList {
    /// The first list of an account, true in every field. The devices stand in their order.
    #[must_use]
    pub fn first(of: &Device, devices: &[&Device]) -> Self {
        Self {
            version: 1,
            identity_key: of.identity.verifying_key().to_bytes(),
            list_version: 1,
            previous: [0; 32],
            issued_s: 1_700_000_000,
            devices: in_order(devices),
        }
    }

    /// The list that follows this one, whose octets are given.
    #[must_use]
    pub fn next(&self, octets: &[u8], devices: &[&Device]) -> Self {
        Self {
            list_version: self.list_version.saturating_add(1),
            previous: digest(LABEL, octets),
            devices: in_order(devices),
            ..self.clone()
        }
    }

    /// Signed as octets.
    #[must_use]
    pub fn signed(&self, key: &SigningKey, realm: &[u8; 32]) -> Vec<u8> {
        self.signed_as(LABEL, key, realm)
    }

    /// The same under a label of the case's choice.
    #[must_use]
    pub fn signed_as(&self, label: &str, key: &SigningKey, realm: &[u8; 32]) -> Vec<u8> {
        let devices: Vec<u8> = self.devices.iter().flat_map(|device| device.0).collect();
        let count = u64::try_from(self.devices.len()).unwrap_or(u64::MAX);
        let body = [
            &[self.version][..],
            &self.identity_key,
            &varint(self.list_version),
            &self.previous,
            &varint(self.issued_s),
            &varint(count),
            &devices,
        ]
        .concat();
        let signature = sign(key, label, realm, &body);
        [&body[..], &signature].concat()
    }
}

fn in_order(devices: &[&Device]) -> Vec<DeviceId> {
    let mut ids: Vec<DeviceId> = devices.iter().map(|device| device.id).collect();
    ids.sort_unstable();
    ids
}
