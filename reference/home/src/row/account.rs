//! The devices of an account.

use alloc::vec::Vec;

use super::Row;
use crate::DeviceId;
use crate::codec::{Corrupt, Reader, Writer};

/// A device of an account, as DEVICES lists it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeviceEntry {
    /// The device.
    pub device: DeviceId,
    /// When it was registered, in Unix seconds.
    pub registered_s: u64,
    /// When its certificate ends, in Unix seconds.
    pub not_after_s: u64,
}

/// An account: its devices, in the order of their registration, at most `devices_per_account_max`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct AccountRow {
    pub devices: Vec<DeviceEntry>,
    /// Number of the next effect on another owner.
    pub outbox_next: u64,
}

impl AccountRow {
    /// Whether the device is one of the account's.
    pub(crate) fn has(&self, device: DeviceId) -> bool {
        self.devices.iter().any(|entry| entry.device == device)
    }
}

impl Row for AccountRow {
    fn write(&self, to: &mut Writer) {
        to.number(self.outbox_next);
        to.count(self.devices.len());
        for entry in &self.devices {
            to.plain(entry.device.as_bytes());
            to.number(entry.registered_s);
            to.number(entry.not_after_s);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let outbox_next = from.number()?;
        let count = from.count()?;
        let mut devices = Vec::with_capacity(count);
        for _ in 0..count {
            let device = DeviceId::new(from.array()?);
            devices.push(DeviceEntry { device, registered_s: from.number()?, not_after_s: from.number()? });
        }
        Ok(Self { devices, outbox_next })
    }
}
