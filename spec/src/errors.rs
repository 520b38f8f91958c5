//! `data/errors.toml`: every error with scope, carrier, retry rule and the action of who receives it.

use serde::Deserialize;

use crate::error::SpecError;
use crate::requirement::Carrier;
use crate::toml_text;

/// All errors, in the order of their codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors {
    /// The entries.
    pub entries: Vec<ErrorEntry>,
}

/// One error.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorEntry {
    /// Code on the wire, 0 to 255.
    pub code: u8,
    /// Name, in capitals.
    pub name: String,
    /// What ends with it.
    pub scope: Scope,
    /// The frame that carries it.
    pub carrier: Carrier,
    /// Whether trying again makes sense.
    pub retry: Retry,
    /// Whether the frame that it answers took effect.
    pub processed: Processed,
    /// What it says.
    pub meaning: String,
    /// What its receiver does.
    pub action: String,
}

/// What an error ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// One frame; the session goes on. Codes 1 to 63.
    Frame,
    /// The session. Codes 0 and 64 to 127.
    Session,
    /// A conversation. Codes 128 to 191; none in version 1.
    Conversation,
    /// The session, and the standing of device or account. Codes 192 to 255.
    Account,
}

/// Whether trying again makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Retry {
    /// Not at all.
    Never,
    /// The same number with the same body.
    Same,
    /// Under a new number.
    New,
    /// On a new connection, after backoff.
    Reconnect,
    /// After the time in `retry_after_ms`.
    Later,
}

/// Whether the frame that an error answers took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Processed {
    /// It did.
    Yes,
    /// It did not.
    No,
    /// The sender cannot know.
    Unknown,
}

impl Scope {
    /// The scope of a code by its range, also of a code that is not assigned.
    #[must_use]
    pub const fn of_code(code: u8) -> Self {
        match code {
            1..=63 => Self::Frame,
            0 | 64..=127 => Self::Session,
            128..=191 => Self::Conversation,
            192..=255 => Self::Account,
        }
    }
}

impl Errors {
    /// The error of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&ErrorEntry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The error of that code.
    #[must_use]
    pub fn of_code(&self, code: u8) -> Option<&ErrorEntry> {
        self.entries.iter().find(|entry| entry.code == code)
    }

    /// Reads the embedded file.
    ///
    /// # Errors
    /// The first place at which the file does not hold.
    pub fn load() -> Result<Self, SpecError> {
        let raw: RawErrors = toml_text::parse("data/errors.toml", include_str!("../data/errors.toml"))?;
        Ok(Self { entries: raw.error })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawErrors {
    #[serde(rename = "schema")]
    _schema: toml_text::Schema1,
    error: Vec<ErrorEntry>,
}
