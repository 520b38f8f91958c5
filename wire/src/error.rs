//! What can be wrong with a record, and with a value that is to be written.

use core::fmt;

use crate::error_code::ErrorCode;
use crate::number::FrameType;

/// What is wrong with an octet of a record: the peer's doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DecodeErrorKind {
    /// The octets end within a field, an extension or a frame (FRM-003, FRM-004).
    Truncated,
    /// Octets remain within a field or an extension of known form, or after a whole record (FRM-005).
    Trailing,
    /// A varint is longer than its value needs (FRM-002).
    NonMinimal,
    /// A closed enumeration does not have this value.
    OutOfRange,
    /// A length, count or number is over its maximum (FRM-011).
    OverLimit,
    /// A length, count or number is under its minimum (FRM-012).
    UnderLimit,
    /// Text is not UTF-8 (FRM-013).
    BadUtf8,
    /// An extension's type is below that of the one before it (FRM-006).
    ExtensionOrder,
    /// An extension's type is that of the one before it (FRM-006).
    ExtensionDuplicate,
    /// An unknown even frame type (FRM-007).
    UnknownFrame,
    /// An unknown even extension type (FRM-009).
    UnknownExtension,
    /// Frame type 0 (FRM-014).
    ReservedType,
}

impl DecodeErrorKind {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::Truncated,
        Self::Trailing,
        Self::NonMinimal,
        Self::OutOfRange,
        Self::OverLimit,
        Self::UnderLimit,
        Self::BadUtf8,
        Self::ExtensionOrder,
        Self::ExtensionDuplicate,
        Self::UnknownFrame,
        Self::UnknownExtension,
        Self::ReservedType,
    ];

    /// The name in `spec/vectors`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::Trailing => "trailing",
            Self::NonMinimal => "non_minimal",
            Self::OutOfRange => "out_of_range",
            Self::OverLimit => "over_limit",
            Self::UnderLimit => "under_limit",
            Self::BadUtf8 => "bad_utf8",
            Self::ExtensionOrder => "extension_order",
            Self::ExtensionDuplicate => "extension_duplicate",
            Self::UnknownFrame => "unknown_frame",
            Self::UnknownExtension => "unknown_extension",
            Self::ReservedType => "reserved_type",
        }
    }

    /// The code with which CLOSE answers.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::Truncated
            | Self::Trailing
            | Self::NonMinimal
            | Self::OutOfRange
            | Self::UnderLimit
            | Self::BadUtf8
            | Self::ExtensionOrder
            | Self::ExtensionDuplicate
            | Self::ReservedType => ErrorCode::Malformed,
            Self::OverLimit => ErrorCode::LimitExceeded,
            Self::UnknownFrame => ErrorCode::UnknownFrame,
            Self::UnknownExtension => ErrorCode::UnknownExtension,
        }
    }
}

/// The first thing that is wrong with a record, in reading order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DecodeError {
    /// What is wrong.
    pub kind: DecodeErrorKind,
    /// Where, in octets from the start of the record; see the crate's documentation.
    pub offset: usize,
    /// The type of the frame in which it is wrong, once that is known.
    pub frame_type: Option<FrameType>,
    /// The field, extension or structure in which it is wrong, by its name in `spec/data/frames.toml`, or `type`, `length`,
    /// `body`, `extension`.
    pub field: &'static str,
}

impl DecodeError {
    /// The code with which CLOSE answers (FRM-018).
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.kind.code()
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {} at octet {}", self.kind.name(), self.field, self.offset)?;
        match self.frame_type {
            Some(frame_type) => write!(f, ", frame type {frame_type}"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for DecodeError {}

/// Why a value was not written: our caller's doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EncodeError {
    /// The buffer is shorter than the encoding.
    BufferTooSmall {
        /// The length of the encoding in octets.
        needed: usize,
    },
    /// A field's length or count is out of its range: a decoder would refuse it.
    Invalid {
        /// The field's name in `spec/data/frames.toml`.
        field: &'static str,
    },
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BufferTooSmall { needed } => write!(f, "buffer too small, {needed} octets needed"),
            Self::Invalid { field } => write!(f, "{field} is out of its range"),
        }
    }
}

impl core::error::Error for EncodeError {}
