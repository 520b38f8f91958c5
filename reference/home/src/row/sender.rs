//! What a device sends, and the fence of its sessions.

use super::Row;
use crate::ClientMark;
use crate::codec::{Corrupt, Reader, Writer};

/// Counters of a device as a sender. They outlive its removal, so that no number is ever used twice.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct SenderRow {
    /// Whether the device is registered now.
    pub is_registered: bool,
    /// The highest hello_counter that was taken.
    pub hello_counter: u64,
    /// The epoch of the newest session: operations of an older one are dropped (SES-016).
    pub epoch: u64,
    /// The highest client_seq that has an outcome.
    pub handled: u64,
    /// When the whole burst of SENDs is free again, in Unix nanoseconds.
    pub rate_full_ns: u64,
    /// Number of the next effect on another owner.
    pub outbox_next: u64,
}

impl SenderRow {
    /// Every number up to here has an outcome.
    pub(crate) fn handled_mark(&self) -> ClientMark {
        ClientMark::new(self.handled).unwrap_or(ClientMark::NOTHING)
    }
}

impl Row for SenderRow {
    fn write(&self, to: &mut Writer) {
        to.octet(u8::from(self.is_registered));
        for value in [self.hello_counter, self.epoch, self.handled, self.rate_full_ns, self.outbox_next] {
            to.number(value);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            is_registered: from.octet()? == 1,
            hello_counter: from.number()?,
            epoch: from.number()?,
            handled: from.number()?,
            rate_full_ns: from.number()?,
            outbox_next: from.number()?,
        })
    }
}
