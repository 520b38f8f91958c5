//! A message as a client sends it.

use alloc::vec::Vec;

use pinnace_wire::{Alias, Class, ClientSeq, DeviceId, DurationS, Send};

/// Whether the sender wants to hear what became of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReceiptWish {
    /// It does.
    #[default]
    Wanted,
    /// It does not (DLV-034).
    Unwanted,
}

impl ReceiptWish {
    pub(crate) const fn from_wire(frame: &Send<'_>) -> Self {
        if frame.no_receipt { Self::Unwanted } else { Self::Wanted }
    }
}

/// A message on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its number: the client's next, durable before the message is given to a session (DLV-001).
    pub client_seq: ClientSeq,
    /// For whom.
    pub destination: DeviceId,
    /// Its class; `None` is normal.
    pub class: Option<Class>,
    /// When it is no longer worth delivering.
    pub expires_in_s: Option<DurationS>,
    /// Whether receipts are wanted.
    pub receipt: ReceiptWish,
    /// What, 1 to payload_len_max octets.
    pub payload: Vec<u8>,
}

impl Message {
    pub(crate) fn frame(&self, alias: Alias) -> Send<'_> {
        Send {
            client_seq: self.client_seq,
            alias,
            payload: &self.payload,
            class: self.class,
            expires_in_s: self.expires_in_s,
            no_receipt: self.receipt == ReceiptWish::Unwanted,
        }
    }
}
