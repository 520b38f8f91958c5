//! What can be wrong with a record: the same kinds, by the same names, as in `spec/vectors`.

use core::fmt;

/// What is wrong with an octet of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OracleErrorKind {
    /// The octets end within a field, an extension or a frame (FRM-003, FRM-004).
    Truncated,
    /// Octets remain within an extension or structure of known form (FRM-005).
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
    /// The data files of the specification do not hold: no fault of the record.
    Specification,
}

impl OracleErrorKind {
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
            Self::Specification => "specification",
        }
    }
}

/// The first thing that is wrong with a record, in reading order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OracleError {
    /// What is wrong.
    pub kind: OracleErrorKind,
    /// Where: octets from the start of the record.
    pub offset: usize,
    /// The field, by its name in `spec/data/frames.toml`, or `type`, `length`, `body`, `extension`; of a structure that stands
    /// in no frame, its name when octets remain after it.
    pub field: String,
}

impl fmt::Display for OracleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {} at octet {}", self.kind.name(), self.field, self.offset)
    }
}

impl core::error::Error for OracleError {}
