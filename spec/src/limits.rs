//! `data/limits.toml`: every limit, timer, window and cache.

use serde::Deserialize;

use crate::error::SpecError;
use crate::toml_text;

/// All limits, in the order of their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The entries.
    pub entries: Vec<Limit>,
}

/// One limit. Its unit is the end of its name: `_ms`, `_s`, `_per_s`, `_per_h`, else octets or a count.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// What HELLO and WELCOME name it by.
    pub id: u64,
    /// Name, in `snake_case`.
    pub name: String,
    /// The value of a peer that does not advertise it.
    pub default: u64,
    /// Least value that may be advertised or configured.
    pub min: u64,
    /// Greatest value that may be advertised or configured.
    pub max: u64,
    /// Who tells its value to the peer; nobody, where the list is empty.
    pub advertised: Vec<Advertiser>,
    /// Why it is there, or why it is that number.
    pub reason: String,
}

/// A role that advertises limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Advertiser {
    /// In HELLO.
    Client,
    /// In WELCOME.
    Server,
}

impl Limits {
    /// The limit of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Limit> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// Reads the embedded file.
    ///
    /// # Errors
    /// The first place at which the file does not hold.
    pub fn load() -> Result<Self, SpecError> {
        let raw: RawLimits = toml_text::parse("data/limits.toml", include_str!("../data/limits.toml"))?;
        Ok(Self { entries: raw.limit })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLimits {
    #[serde(rename = "schema")]
    _schema: toml_text::Schema1,
    limit: Vec<Limit>,
}
