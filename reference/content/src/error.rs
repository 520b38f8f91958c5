//! What can be wrong with a content.

use core::fmt;

/// Why octets are no content (CNT-001). They come from a member of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentError {
    /// No padded content has this length.
    Length {
        /// What was found, in octets.
        len: usize,
    },
    /// The padding does not end in its mark.
    Padding,
    /// The octets are no message of protocol buffers, or not of these types.
    Malformed,
    /// Another version of the structure.
    Version {
        /// What was found.
        version: u32,
    },
    /// There is no kind, or more than one.
    Kinds {
        /// How many were found.
        count: usize,
    },
    /// A field is longer, or shorter, than it may be.
    OutOfRange {
        /// Its name in the definition.
        field: &'static str,
    },
}

/// The content is longer than one can be, or out of its bounds: it is to be made shorter by whoever wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooLong {
    /// All of it.
    Content {
        /// How long it may be with its padding, in octets.
        len_max: usize,
    },
    /// One field is out of its bounds.
    Field {
        /// Its name in the definition.
        field: &'static str,
    },
}

impl ContentError {
    /// The name in the vectors.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Length { .. } => "length",
            Self::Padding => "padding",
            Self::Malformed => "malformed",
            Self::Version { .. } => "version",
            Self::Kinds { .. } => "kinds",
            Self::OutOfRange { .. } => "out_of_range",
        }
    }
}

impl fmt::Display for ContentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { len } => write!(f, "no content is {len} octets long"),
            Self::Padding => f.write_str("padding of a content without its mark"),
            Self::Malformed => f.write_str("not a content"),
            Self::Version { version } => write!(f, "content of version {version}"),
            Self::Kinds { count } => write!(f, "content of {count} kinds instead of one"),
            Self::OutOfRange { field } => write!(f, "{field} out of its bounds"),
        }
    }
}

impl core::error::Error for ContentError {}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Content { len_max } => write!(f, "the message is longer than {len_max} octets"),
            Self::Field { field } => write!(f, "{field} is out of its bounds"),
        }
    }
}

impl core::error::Error for TooLong {}
