//! Look-ups of devices.

use alloc::vec::Vec;

use crate::row::{self, AccountRow, DeviceEntry, DeviceRecord};
use crate::{DeviceId, Fault, Owner, Rows, Table, device_id, key};

/// The devices of the account of this device; none if it is not registered (REG-026).
///
/// # Errors
/// The view's, or a corrupt row.
pub fn devices<V: Rows>(view: &V, device: DeviceId) -> Result<Vec<DeviceEntry>, Fault<V::Error>> {
    let record: Option<DeviceRecord> =
        row::get(view, Table::Device, &key::row(Owner::Device(device), Table::Device))?;
    let Some(record) = record else {
        return Ok(Vec::new());
    };
    let account: Option<AccountRow> =
        row::peek(view, Table::Account, &key::row(Owner::Account(record.account), Table::Account))?;
    Ok(account.unwrap_or_default().devices)
}

/// The registered device with this Noise static key.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn device<V: Rows>(view: &V, static_key: &[u8; 32]) -> Result<Option<DeviceRecord>, Fault<V::Error>> {
    let key = key::row(Owner::Device(device_id(static_key)), Table::Device);
    let record: Option<DeviceRecord> = row::get(view, Table::Device, &key)?;
    Ok(record.filter(|record| record.static_key == *static_key))
}
