//! What can be wrong with the files of the specification.

use core::fmt;

/// A file of the specification does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecError {
    /// Path below `spec/`, such as `data/frames.toml`.
    pub file: &'static str,
    /// Line in that file, from 1.
    pub line: usize,
    /// What is wrong there.
    pub kind: SpecErrorKind,
}

/// What is wrong at a line of the specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpecErrorKind {
    /// The file is not the TOML that its reader expects.
    Toml {
        /// The TOML reader's message.
        message: String,
    },
    /// A field lacks a bound or an inner part that its kind needs, or has one that its kind cannot have.
    Field {
        /// Name of the field.
        name: String,
        /// What its kind needs.
        needs: &'static str,
    },
    /// A requirement lacks one of its lines.
    MissingLine {
        /// Id of the requirement.
        id: String,
        /// The key of the line that is missing.
        key: &'static str,
    },
    /// A requirement has a line with a key or a value that is not known.
    UnknownLine {
        /// Id of the requirement.
        id: String,
        /// The line as it stands.
        text: String,
    },
    /// A requirement's heading is not `XXX-nnn`.
    BadId {
        /// The heading as it stands.
        text: String,
    },
    /// A marker of a generated part is not closed, or names no generator.
    Marker {
        /// Name in the marker.
        name: String,
    },
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.kind)
    }
}

impl fmt::Display for SpecErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Toml { message } => f.write_str(message),
            Self::Field { name, needs } => write!(f, "field `{name}` needs {needs}"),
            Self::MissingLine { id, key } => write!(f, "{id} has no line `{key}`"),
            Self::UnknownLine { id, text } => write!(f, "{id} has a line that is not known: {text}"),
            Self::BadId { text } => write!(f, "`{text}` is no requirement id"),
            Self::Marker { name } => write!(f, "the generated part `{name}` is not closed or not known"),
        }
    }
}

impl core::error::Error for SpecError {}

/// Line of a byte offset, from 1.
pub(crate) fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|&b| b == b'\n').count().saturating_add(1)
}
