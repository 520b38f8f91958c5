//! The registration of a device.

use alloc::vec::Vec;

use super::Row;
use crate::codec::{Corrupt, Reader, Writer};
use crate::{AccountId, DeviceId, HelloCounter, device_id};

/// A registered device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeviceRecord {
    /// Its account.
    pub account: AccountId,
    /// Its Noise static key.
    pub static_key: [u8; 32],
    /// The counter of the HELLO of the session in which it registered.
    pub hello_counter: HelloCounter,
    /// When it was registered, in Unix seconds.
    pub registered_s: u64,
    /// When its certificate ends, in Unix seconds.
    pub not_after_s: u64,
    /// Its certificate, as it was presented.
    pub certificate: Vec<u8>,
}

impl DeviceRecord {
    /// The device's id.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        device_id(&self.static_key)
    }
}

impl Row for DeviceRecord {
    const LEN_HINT: usize = 288;

    fn write(&self, to: &mut Writer) {
        to.plain(self.account.as_bytes());
        to.plain(&self.static_key);
        to.number(self.hello_counter.value());
        to.number(self.registered_s);
        to.number(self.not_after_s);
        to.octets(&self.certificate);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            account: AccountId::new(from.array()?),
            static_key: from.array()?,
            hello_counter: HelloCounter::new(from.number()?).ok_or(Corrupt)?,
            registered_s: from.number()?,
            not_after_s: from.number()?,
            certificate: from.octets()?.to_vec(),
        })
    }
}
