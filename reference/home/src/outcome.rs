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
    /// The epoch is not the current one; for a message: outside the window.
    StaleEpoch,
    /// No such conversation, or the device is not in its roster.
    NoConversation,
    /// The MLS envelope or its authenticated data does not hold.
    EnvelopeInvalid,
    /// The roster would hold more than `roster_devices_max` devices.
    ConversationFull,
    /// The conversation's id does not follow from its origin.
    OriginInvalid,
    /// A device that may not be in this conversation.
    Outsider,
    /// Devices are added and no Welcome comes, or the other way round.
    WelcomeMisplaced,
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
            Self::StaleEpoch => 32,
            Self::NoConversation => 33,
            Self::EnvelopeInvalid => 34,
            Self::ConversationFull => 35,
            Self::OriginInvalid => 36,
            Self::Outsider => 37,
            Self::WelcomeMisplaced => 38,
        }
    }

    pub(crate) const fn from_code(code: u64) -> Option<Self> {
        match code {
            1 => Some(Self::UnknownDevice),
            2 => Some(Self::MailboxFull),
            3 => Some(Self::PayloadTooLarge),
            4 => Some(Self::UnknownClass),
            32 => Some(Self::StaleEpoch),
            33 => Some(Self::NoConversation),
            34 => Some(Self::EnvelopeInvalid),
            35 => Some(Self::ConversationFull),
            36 => Some(Self::OriginInvalid),
            37 => Some(Self::Outsider),
            38 => Some(Self::WelcomeMisplaced),
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
