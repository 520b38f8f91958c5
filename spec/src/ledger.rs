//! `data/ids.toml`: every requirement id that was ever given out. An id stays for ever.

use serde::Deserialize;

use crate::error::SpecError;
use crate::requirement::{Level, Role};
use crate::toml_text;

/// All ids, sorted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    #[serde(rename = "schema")]
    schema: toml_text::Schema1,
    /// The entries.
    #[serde(rename = "id")]
    pub entries: Vec<LedgerEntry>,
}

/// One id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerEntry {
    /// The requirement's id.
    pub id: String,
    /// Its level.
    pub level: Level,
    /// Who it binds.
    pub role: Role,
    /// First version of the specification that has it.
    pub since: String,
    /// Version that withdrew it.
    pub withdrawn: Option<String>,
}

impl Ledger {
    /// Reads the embedded file.
    ///
    /// # Errors
    /// The first place at which the file does not hold.
    pub fn load() -> Result<Self, SpecError> {
        toml_text::parse("data/ids.toml", include_str!("../data/ids.toml"))
    }
}
