//! The list of the own account, and its successors.

use pinnace_session::RealmId;
use pinnace_session::device_list::{ListTerms, sign_list};
use pinnace_wire::{DeviceId, ListVersion, UnixS};

use super::pin::Pin;
use crate::keys::Keys;

/// The devices of a list and one more, rising.
pub(crate) fn with(devices: &[DeviceId], device: DeviceId) -> Vec<DeviceId> {
    let mut devices: Vec<DeviceId> = devices.iter().copied().chain([device]).collect();
    devices.sort_unstable();
    devices.dedup();
    devices
}

/// The devices of a list but one.
pub(crate) fn without(devices: &[DeviceId], device: DeviceId) -> Vec<DeviceId> {
    devices.iter().copied().filter(|listed| *listed != device).collect()
}

/// The first list of an account, of one device.
pub(crate) fn first_list(keys: &Keys, realm: RealmId, now_s: u64) -> Option<Vec<u8>> {
    sign(keys, realm, (ListVersion::FIRST, [0; 32]), &[keys.device_id()], now_s)
}

/// The list after this one, with these devices. `None` where it cannot be written: without devices, with too many, or at
/// the end of the numbers.
pub(crate) fn next_list(
    before: &Pin,
    keys: &Keys,
    realm: RealmId,
    devices: &[DeviceId],
    now_s: u64,
) -> Option<Vec<u8>> {
    let list_version = ListVersion::new(before.list_version.value().checked_add(1)?)?;
    sign(keys, realm, (list_version, before.list_digest), devices, now_s)
}

fn sign(
    keys: &Keys,
    realm: RealmId,
    (list_version, previous): (ListVersion, [u8; 32]),
    devices: &[DeviceId],
    now_s: u64,
) -> Option<Vec<u8>> {
    let terms = ListTerms { list_version, previous, issued_s: UnixS::new(now_s)?, devices };
    sign_list(&keys.identity, realm, &terms).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> DeviceId {
        DeviceId::new([number; 16])
    }

    #[test]
    fn the_devices_of_a_list_rise_each_once() {
        assert_eq!(with(&[id(1), id(3)], id(2)), [id(1), id(2), id(3)]);
        assert_eq!(with(&[id(1), id(3)], id(3)), [id(1), id(3)]);
        assert_eq!(without(&[id(1), id(3)], id(1)), [id(3)]);
        assert_eq!(without(&[id(1)], id(3)), [id(1)]);
    }
}
