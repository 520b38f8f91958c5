//! What became of a number.

/// The one outcome of a client_seq (DLV-002).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Outcome {
    /// The message is durable at the server.
    Accepted,
    /// The message will never be delivered; its number is used.
    Refused(Refusal),
    /// The number carries no message.
    Voided,
}

impl Outcome {
    /// The code that WELCOME's exceptions tell: 0 unless the number was refused.
    #[must_use]
    pub const fn code(self) -> u64 {
        match self {
            Self::Accepted | Self::Voided => 0,
            Self::Refused(refusal) => refusal.code(),
        }
    }
}

/// Why a message was refused: the codes of `errors.toml` that REFUSED carries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Refusal {
    /// No such device is registered (DLV-010).
    UnknownDevice,
    /// The destination's mailbox is full (DLV-011).
    MailboxFull,
    /// The payload is longer than `payload_len_max` (DLV-012).
    PayloadTooLarge,
    /// The class is not in the registry (DLV-013).
    UnknownClass,
}

impl Refusal {
    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> u64 {
        match self {
            Self::UnknownDevice => 1,
            Self::MailboxFull => 2,
            Self::PayloadTooLarge => 3,
            Self::UnknownClass => 4,
        }
    }

    pub(crate) const fn from_code(code: u64) -> Option<Self> {
        match code {
            1 => Some(Self::UnknownDevice),
            2 => Some(Self::MailboxFull),
            3 => Some(Self::PayloadTooLarge),
            4 => Some(Self::UnknownClass),
            _ => None,
        }
    }
}

/// Whether the sender of a message wants to hear what becomes of it (DLV-034).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Receipts {
    /// File a RECEIPT for it.
    Wanted,
    /// The extension no_receipt was set.
    Unwanted,
}
