//! The devices in a conversation.

use alloc::vec::Vec;

use super::Row;
use crate::codec::{Corrupt, Reader, Writer};
use crate::{AccountId, DeviceId};

/// A device in a conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct RosterEntry {
    pub device: DeviceId,
    pub account: AccountId,
    /// The first epoch that it is in.
    pub joined_epoch: u64,
}

/// The devices in a conversation: one row, since each POST needs all of them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct RosterRow {
    /// Rising.
    pub devices: Vec<RosterEntry>,
    /// Those that left their accounts, and are in the MLS group until a commit removes them. Rising.
    pub left: Vec<DeviceId>,
}

impl RosterRow {
    fn place(&self, device: DeviceId) -> Result<usize, usize> {
        self.devices.binary_search_by_key(&device, |entry| entry.device)
    }

    pub(crate) fn find(&self, device: DeviceId) -> Option<&RosterEntry> {
        self.place(device).ok().and_then(|index| self.devices.get(index))
    }

    pub(crate) fn has(&self, device: DeviceId) -> bool {
        self.place(device).is_ok()
    }

    pub(crate) fn has_left(&self, device: DeviceId) -> bool {
        self.left.binary_search(&device).is_ok()
    }

    pub(crate) fn has_account(&self, account: AccountId) -> bool {
        self.devices.iter().any(|entry| entry.account == account)
    }

    /// Takes a device in; one that is in it comes in anew. If it left its account before, a later removal means this device.
    pub(crate) fn add(&mut self, entry: RosterEntry) {
        self.left.retain(|device| *device != entry.device);
        self.devices.retain(|known| known.device != entry.device);
        let (Ok(index) | Err(index)) = self.place(entry.device);
        self.devices.insert(index, entry);
    }

    /// Takes out what a commit removes.
    pub(crate) fn remove(&mut self, removed: &[DeviceId]) {
        self.devices.retain(|entry| removed.binary_search(&entry.device).is_err());
        self.left.retain(|device| removed.binary_search(device).is_err());
    }

    /// Takes out devices that left this account. Gives whether there was any.
    pub(crate) fn dismiss(&mut self, account: AccountId, gone: &[DeviceId]) -> bool {
        let is_gone = |entry: &RosterEntry| entry.account == account && gone.contains(&entry.device);
        let dismissed: Vec<DeviceId> =
            self.devices.iter().filter(|entry| is_gone(entry)).map(|entry| entry.device).collect();
        self.devices.retain(|entry| !is_gone(entry));
        self.left.extend(&dismissed);
        self.left.sort_unstable();
        !dismissed.is_empty()
    }
}

impl Row for RosterRow {
    const LEN_HINT: usize = 4_096;

    fn write(&self, to: &mut Writer) {
        to.count(self.devices.len());
        for entry in &self.devices {
            to.plain(entry.device.as_bytes());
            to.plain(entry.account.as_bytes());
            to.number(entry.joined_epoch);
        }
        write_devices(&self.left, to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let count = from.count()?;
        let mut devices = Vec::with_capacity(count);
        for _ in 0..count {
            devices.push(RosterEntry {
                device: DeviceId::new(from.array()?),
                account: AccountId::new(from.array()?),
                joined_epoch: from.number()?,
            });
        }
        Ok(Self { devices, left: read_devices(from)? })
    }
}

pub(super) fn write_devices(devices: &[DeviceId], to: &mut Writer) {
    to.count(devices.len());
    for device in devices {
        to.plain(device.as_bytes());
    }
}

pub(super) fn read_devices(from: &mut Reader<'_>) -> Result<Vec<DeviceId>, Corrupt> {
    let count = from.count()?;
    let mut devices = Vec::with_capacity(count);
    for _ in 0..count {
        devices.push(DeviceId::new(from.array()?));
    }
    Ok(devices)
}
