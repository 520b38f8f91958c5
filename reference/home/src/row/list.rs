//! The device list of an account.

use alloc::vec::Vec;

use super::Row;
use crate::codec::{Corrupt, Reader, Writer};
use crate::{DeviceId, ListVersion};

/// The device list in force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ListRow {
    pub version: ListVersion,
    /// The devices that it names, rising.
    pub devices: Vec<DeviceId>,
    /// The list, as it was published.
    pub octets: Vec<u8>,
}

impl Row for ListRow {
    const LEN_HINT: usize = 512;

    fn write(&self, to: &mut Writer) {
        to.number(self.version.value());
        to.count(self.devices.len());
        for device in &self.devices {
            to.plain(device.as_bytes());
        }
        to.plain(&self.octets);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let version = ListVersion::new(from.number()?).ok_or(Corrupt)?;
        let count = from.count()?;
        let mut devices = Vec::with_capacity(count);
        for _ in 0..count {
            devices.push(DeviceId::new(from.array()?));
        }
        Ok(Self { version, devices, octets: from.rest().to_vec() })
    }
}
