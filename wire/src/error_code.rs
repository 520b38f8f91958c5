//! The error codes of the protocol. `spec/data/errors.toml` is the source; a test holds this file against it.

use crate::number::{Code, FrameCode};

/// What an error ends. Read from the range of the code, so that an unknown code has one too (ERR-003).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One frame was not done; the session goes on (ERR-001). Codes 1 to 63.
    Frame,
    /// The session ends (ERR-002). Codes 64 to 127, and 0.
    Session,
    /// One conversation is affected. Codes 128 to 191.
    Conversation,
    /// The account is affected; the session ends (ERR-002). Codes 192 to 255.
    Account,
}

/// What the receiver of an error may do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retry {
    /// Nothing: it will fail again.
    Never,
    /// Send the same number with the same body again.
    Same,
    /// Send again under a new number.
    New,
    /// Reconnect, with backoff.
    Reconnect,
    /// Try again after `retry_after_ms`.
    Later,
}

/// Whether the frame that the error answers had an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Processed {
    /// It had.
    Yes,
    /// It had not.
    No,
    /// Nobody knows.
    Unknown,
}

/// The frame that carries an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// CLOSE: the session ends.
    Close,
    /// REFUSED: the outcome of a SEND.
    Refused,
    /// ERROR: one frame was not done.
    Error,
}

/// A known error code. The octet on the wire is the discriminant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[repr(u8)]
pub enum ErrorCode {
    /// The session ends in good order; reconnect when there is reason to.
    NoError = 0,
    /// No such device is registered; drop the message, tell the application.
    UnknownDevice = 1,
    /// The destination's mailbox holds as much as its quota allows; send again later under a new number.
    MailboxFull = 2,
    /// The payload is longer than the advertised payload_len_max; split or drop it.
    PayloadTooLarge = 3,
    /// The class is not in the server's registry; send again under a known class and a new number.
    UnknownClass = 4,
    /// The client_seq is ahead of the next one; send again from the number in `expected`.
    SeqGap = 6,
    /// The client_seq has an outcome for another body; a fault of the client: give the message a new number.
    IdempotencyConflict = 7,
    /// The client_seq was handled and its outcome is no longer kept; treat as handled, outcome unknown.
    OutcomeForgotten = 8,
    /// The store did not answer; send the same number again after retry_after_ms.
    Unavailable = 9,
    /// Not an E.164 number; ask the person again.
    BadNumber = 12,
    /// The method is not offered; choose an offered one.
    MethodUnavailable = 13,
    /// The method or the code may not be tried yet; wait for retry_after_ms.
    TooSoon = 14,
    /// The code is not the one that was sent; ask the person again; one attempt is used.
    CodeWrong = 15,
    /// The registration expired or its attempts are used up; start again with REGISTER.
    RegistrationOver = 16,
    /// The device certificate does not hold; a fault of the client.
    CertificateInvalid = 18,
    /// The number belongs to another account and `replace` was not asked for; ask the person; REGISTER again with replace.
    NumberTaken = 19,
    /// The account has as many devices as it may; remove a device first.
    DeviceLimit = 21,
    /// The device list does not follow the one in force; ask for the list, make its successor.
    ListStale = 22,
    /// The device list does not hold; a fault of the client.
    ListInvalid = 23,
    /// No such account, or it has no device list; drop what was meant for it, tell the application.
    UnknownAccount = 24,
    /// A KeyPackage does not hold; a fault of the client.
    KeyPackageInvalid = 25,
    /// More KeyPackages than key_packages_max; publish fewer, or wait for KEYS_LOW.
    KeysFull = 26,
    /// The device has not asked to be linked, or its offer is over or used; let the new device ask again.
    LinkOver = 27,
    /// The epoch is not the current one; take in the entries that are there, make it again for the current epoch.
    StaleEpoch = 32,
    /// No such conversation, or the device is not in its roster; join it again, or tell the application.
    NoConversation = 33,
    /// The MLS envelope or its authenticated data does not hold; a fault of the client.
    EnvelopeInvalid = 34,
    /// More devices than roster_devices_max; remove devices first.
    ConversationFull = 35,
    /// The conversation's id does not follow from its origin; a fault of the client.
    OriginInvalid = 36,
    /// A device that may not be in this conversation; ask for the device lists, leave the device out.
    Outsider = 37,
    /// Devices are added and no Welcome comes, or the other way round; a fault of the client.
    WelcomeMisplaced = 38,
    /// A piece does not follow those before it, or there are too many octets; stage again from the first octet.
    StageInvalid = 39,
    /// A frame breaks the grammar; a fault of the peer's encoder.
    Malformed = 64,
    /// A length or a count is over its structural maximum; a fault of the peer's encoder.
    LimitExceeded = 65,
    /// An unknown even frame type; speak only advertised profiles.
    UnknownFrame = 66,
    /// An unknown even extension type; speak only advertised profiles.
    UnknownExtension = 67,
    /// The frame is not allowed in this state or from this side; a fault of the peer.
    OutOfState = 68,
    /// More was sent than credit allows, or credit was lowered; a fault of the peer.
    FlowControl = 69,
    /// An alias was used before BIND; a fault of the peer.
    AliasUnbound = 70,
    /// A number was acknowledged that was never assigned; a fault of the peer.
    AckInvalid = 71,
    /// The hello_counter is not above the stored one; reconnect at once with a counter above the one in the extension.
    StaleHello = 72,
    /// A newer session of this device took its place; do not reconnect on your own.
    TakenOver = 73,
    /// Nothing was heard for idle_ms, or the first transport record did not come within confirm_ms; reconnect.
    Idle = 74,
    /// The preface names a lower version than both sides speak; somebody interferes: tell the person.
    Downgrade = 75,
    /// A frame that may not ride in the first flight, or too many of them; a fault of the client.
    EarlyForbidden = 76,
    /// The server failed; reconnect with backoff.
    Internal = 77,
    /// The drain time of a GOAWAY is over; reconnect within the announced window.
    Shutdown = 78,
    /// The client does not accept the edge's certificate; an operator's or an attacker's doing.
    EdgeUntrusted = 79,
    /// The device was registered in this session: open a new one; reconnect at once.
    Replaced = 80,
    /// The peer does not read; reconnect.
    Stalled = 81,
    /// The device was removed from its account; register again.
    DeviceGone = 192,
}

impl ErrorCode {
    /// All known codes, rising.
    pub const ALL: [Self; 50] = [
        Self::NoError,
        Self::UnknownDevice,
        Self::MailboxFull,
        Self::PayloadTooLarge,
        Self::UnknownClass,
        Self::SeqGap,
        Self::IdempotencyConflict,
        Self::OutcomeForgotten,
        Self::Unavailable,
        Self::BadNumber,
        Self::MethodUnavailable,
        Self::TooSoon,
        Self::CodeWrong,
        Self::RegistrationOver,
        Self::CertificateInvalid,
        Self::NumberTaken,
        Self::DeviceLimit,
        Self::ListStale,
        Self::ListInvalid,
        Self::UnknownAccount,
        Self::KeyPackageInvalid,
        Self::KeysFull,
        Self::LinkOver,
        Self::StaleEpoch,
        Self::NoConversation,
        Self::EnvelopeInvalid,
        Self::ConversationFull,
        Self::OriginInvalid,
        Self::Outsider,
        Self::WelcomeMisplaced,
        Self::StageInvalid,
        Self::Malformed,
        Self::LimitExceeded,
        Self::UnknownFrame,
        Self::UnknownExtension,
        Self::OutOfState,
        Self::FlowControl,
        Self::AliasUnbound,
        Self::AckInvalid,
        Self::StaleHello,
        Self::TakenOver,
        Self::Idle,
        Self::Downgrade,
        Self::EarlyForbidden,
        Self::Internal,
        Self::Shutdown,
        Self::EdgeUntrusted,
        Self::Replaced,
        Self::Stalled,
        Self::DeviceGone,
    ];

    /// The error of this code, or `None` for a code that this version does not know (ERR-003).
    #[must_use]
    pub const fn from_wire(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::NoError),
            1 => Some(Self::UnknownDevice),
            2 => Some(Self::MailboxFull),
            3 => Some(Self::PayloadTooLarge),
            4 => Some(Self::UnknownClass),
            6 => Some(Self::SeqGap),
            7 => Some(Self::IdempotencyConflict),
            8 => Some(Self::OutcomeForgotten),
            9 => Some(Self::Unavailable),
            12 => Some(Self::BadNumber),
            13 => Some(Self::MethodUnavailable),
            14 => Some(Self::TooSoon),
            15 => Some(Self::CodeWrong),
            16 => Some(Self::RegistrationOver),
            18 => Some(Self::CertificateInvalid),
            19 => Some(Self::NumberTaken),
            21 => Some(Self::DeviceLimit),
            22 => Some(Self::ListStale),
            23 => Some(Self::ListInvalid),
            24 => Some(Self::UnknownAccount),
            25 => Some(Self::KeyPackageInvalid),
            26 => Some(Self::KeysFull),
            27 => Some(Self::LinkOver),
            32 => Some(Self::StaleEpoch),
            33 => Some(Self::NoConversation),
            34 => Some(Self::EnvelopeInvalid),
            35 => Some(Self::ConversationFull),
            36 => Some(Self::OriginInvalid),
            37 => Some(Self::Outsider),
            38 => Some(Self::WelcomeMisplaced),
            39 => Some(Self::StageInvalid),
            64 => Some(Self::Malformed),
            65 => Some(Self::LimitExceeded),
            66 => Some(Self::UnknownFrame),
            67 => Some(Self::UnknownExtension),
            68 => Some(Self::OutOfState),
            69 => Some(Self::FlowControl),
            70 => Some(Self::AliasUnbound),
            71 => Some(Self::AckInvalid),
            72 => Some(Self::StaleHello),
            73 => Some(Self::TakenOver),
            74 => Some(Self::Idle),
            75 => Some(Self::Downgrade),
            76 => Some(Self::EarlyForbidden),
            77 => Some(Self::Internal),
            78 => Some(Self::Shutdown),
            79 => Some(Self::EdgeUntrusted),
            80 => Some(Self::Replaced),
            81 => Some(Self::Stalled),
            192 => Some(Self::DeviceGone),
            _ => None,
        }
    }

    /// The octet on the wire.
    #[must_use]
    pub const fn value(self) -> u8 {
        self as u8
    }

    /// The code as CLOSE carries it.
    #[must_use]
    pub const fn code(self) -> Code {
        Code::from_octet(self.value())
    }

    /// The code as REFUSED and ERROR carry it, or `None` when its scope is wider than a frame.
    #[must_use]
    pub const fn frame_code(self) -> Option<FrameCode> {
        FrameCode::new(self as u64)
    }

    /// The name in `spec/data/errors.toml`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoError => "NO_ERROR",
            Self::UnknownDevice => "UNKNOWN_DEVICE",
            Self::MailboxFull => "MAILBOX_FULL",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::UnknownClass => "UNKNOWN_CLASS",
            Self::SeqGap => "SEQ_GAP",
            Self::IdempotencyConflict => "IDEMPOTENCY_CONFLICT",
            Self::OutcomeForgotten => "OUTCOME_FORGOTTEN",
            Self::Unavailable => "UNAVAILABLE",
            Self::BadNumber => "BAD_NUMBER",
            Self::MethodUnavailable => "METHOD_UNAVAILABLE",
            Self::TooSoon => "TOO_SOON",
            Self::CodeWrong => "CODE_WRONG",
            Self::RegistrationOver => "REGISTRATION_OVER",
            Self::CertificateInvalid => "CERTIFICATE_INVALID",
            Self::NumberTaken => "NUMBER_TAKEN",
            Self::DeviceLimit => "DEVICE_LIMIT",
            Self::ListStale => "LIST_STALE",
            Self::ListInvalid => "LIST_INVALID",
            Self::UnknownAccount => "UNKNOWN_ACCOUNT",
            Self::KeyPackageInvalid => "KEY_PACKAGE_INVALID",
            Self::KeysFull => "KEYS_FULL",
            Self::LinkOver => "LINK_OVER",
            Self::StaleEpoch => "STALE_EPOCH",
            Self::NoConversation => "NO_CONVERSATION",
            Self::EnvelopeInvalid => "ENVELOPE_INVALID",
            Self::ConversationFull => "CONVERSATION_FULL",
            Self::OriginInvalid => "ORIGIN_INVALID",
            Self::Outsider => "OUTSIDER",
            Self::WelcomeMisplaced => "WELCOME_MISPLACED",
            Self::StageInvalid => "STAGE_INVALID",
            Self::Malformed => "MALFORMED",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::UnknownFrame => "UNKNOWN_FRAME",
            Self::UnknownExtension => "UNKNOWN_EXTENSION",
            Self::OutOfState => "OUT_OF_STATE",
            Self::FlowControl => "FLOW_CONTROL",
            Self::AliasUnbound => "ALIAS_UNBOUND",
            Self::AckInvalid => "ACK_INVALID",
            Self::StaleHello => "STALE_HELLO",
            Self::TakenOver => "TAKEN_OVER",
            Self::Idle => "IDLE",
            Self::Downgrade => "DOWNGRADE",
            Self::EarlyForbidden => "EARLY_FORBIDDEN",
            Self::Internal => "INTERNAL",
            Self::Shutdown => "SHUTDOWN",
            Self::EdgeUntrusted => "EDGE_UNTRUSTED",
            Self::Replaced => "REPLACED",
            Self::Stalled => "STALLED",
            Self::DeviceGone => "DEVICE_GONE",
        }
    }

    /// What the error ends.
    #[must_use]
    pub const fn scope(self) -> Scope {
        Scope::of(self.value())
    }

    /// What the receiver may do about it.
    #[must_use]
    pub const fn retry(self) -> Retry {
        match self {
            Self::NoError
            | Self::Malformed
            | Self::LimitExceeded
            | Self::UnknownFrame
            | Self::UnknownExtension
            | Self::OutOfState
            | Self::FlowControl
            | Self::AliasUnbound
            | Self::AckInvalid
            | Self::StaleHello
            | Self::Idle
            | Self::EarlyForbidden
            | Self::Internal
            | Self::Shutdown
            | Self::Replaced
            | Self::Stalled => Retry::Reconnect,
            Self::UnknownDevice
            | Self::PayloadTooLarge
            | Self::UnknownClass
            | Self::IdempotencyConflict
            | Self::OutcomeForgotten
            | Self::BadNumber
            | Self::MethodUnavailable
            | Self::CodeWrong
            | Self::CertificateInvalid
            | Self::NumberTaken
            | Self::DeviceLimit
            | Self::ListStale
            | Self::ListInvalid
            | Self::UnknownAccount
            | Self::KeyPackageInvalid
            | Self::KeysFull
            | Self::LinkOver
            | Self::NoConversation
            | Self::EnvelopeInvalid
            | Self::ConversationFull
            | Self::OriginInvalid
            | Self::Outsider
            | Self::WelcomeMisplaced
            | Self::StageInvalid
            | Self::TakenOver
            | Self::Downgrade
            | Self::EdgeUntrusted
            | Self::DeviceGone => Retry::Never,
            Self::MailboxFull | Self::StaleEpoch => Retry::New,
            Self::SeqGap | Self::Unavailable => Retry::Same,
            Self::TooSoon | Self::RegistrationOver => Retry::Later,
        }
    }

    /// Whether the frame that it answers had an effect.
    #[must_use]
    pub const fn processed(self) -> Processed {
        match self {
            Self::NoError
            | Self::OutcomeForgotten
            | Self::CodeWrong
            | Self::Idle
            | Self::Shutdown
            | Self::Replaced => Processed::Yes,
            Self::UnknownDevice
            | Self::MailboxFull
            | Self::PayloadTooLarge
            | Self::UnknownClass
            | Self::SeqGap
            | Self::IdempotencyConflict
            | Self::BadNumber
            | Self::MethodUnavailable
            | Self::TooSoon
            | Self::RegistrationOver
            | Self::CertificateInvalid
            | Self::NumberTaken
            | Self::DeviceLimit
            | Self::ListStale
            | Self::ListInvalid
            | Self::UnknownAccount
            | Self::KeyPackageInvalid
            | Self::KeysFull
            | Self::LinkOver
            | Self::StaleEpoch
            | Self::NoConversation
            | Self::EnvelopeInvalid
            | Self::ConversationFull
            | Self::OriginInvalid
            | Self::Outsider
            | Self::WelcomeMisplaced
            | Self::StageInvalid
            | Self::Malformed
            | Self::LimitExceeded
            | Self::UnknownFrame
            | Self::UnknownExtension
            | Self::OutOfState
            | Self::FlowControl
            | Self::AliasUnbound
            | Self::AckInvalid
            | Self::StaleHello
            | Self::Downgrade
            | Self::EarlyForbidden
            | Self::EdgeUntrusted
            | Self::DeviceGone => Processed::No,
            Self::Unavailable | Self::TakenOver | Self::Internal | Self::Stalled => Processed::Unknown,
        }
    }

    /// The frame that carries it.
    #[must_use]
    pub const fn carrier(self) -> Carrier {
        match self {
            Self::NoError
            | Self::Malformed
            | Self::LimitExceeded
            | Self::UnknownFrame
            | Self::UnknownExtension
            | Self::OutOfState
            | Self::FlowControl
            | Self::AliasUnbound
            | Self::AckInvalid
            | Self::StaleHello
            | Self::TakenOver
            | Self::Idle
            | Self::Downgrade
            | Self::EarlyForbidden
            | Self::Internal
            | Self::Shutdown
            | Self::EdgeUntrusted
            | Self::Replaced
            | Self::Stalled
            | Self::DeviceGone => Carrier::Close,
            Self::UnknownDevice
            | Self::MailboxFull
            | Self::PayloadTooLarge
            | Self::UnknownClass
            | Self::StaleEpoch
            | Self::NoConversation
            | Self::EnvelopeInvalid
            | Self::ConversationFull
            | Self::OriginInvalid
            | Self::Outsider
            | Self::WelcomeMisplaced => Carrier::Refused,
            Self::SeqGap
            | Self::IdempotencyConflict
            | Self::OutcomeForgotten
            | Self::Unavailable
            | Self::BadNumber
            | Self::MethodUnavailable
            | Self::TooSoon
            | Self::CodeWrong
            | Self::RegistrationOver
            | Self::CertificateInvalid
            | Self::NumberTaken
            | Self::DeviceLimit
            | Self::ListStale
            | Self::ListInvalid
            | Self::UnknownAccount
            | Self::KeyPackageInvalid
            | Self::KeysFull
            | Self::LinkOver
            | Self::StageInvalid => Carrier::Error,
        }
    }
}

impl Scope {
    /// The scope of any code, known or not (ERR-003).
    #[must_use]
    pub const fn of(code: u8) -> Self {
        match code {
            1..=63 => Self::Frame,
            0 | 64..=127 => Self::Session,
            128..=191 => Self::Conversation,
            192..=255 => Self::Account,
        }
    }
}
