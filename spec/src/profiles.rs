//! `data/profiles.toml`: the conformance classes, and the code points kept for those to come.

use serde::Deserialize;

use crate::error::SpecError;
use crate::toml_text;

/// All profiles and reserved ranges.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profiles {
    #[serde(rename = "schema")]
    schema: toml_text::Schema1,
    /// The profiles, in the order of their ids.
    #[serde(rename = "profile")]
    pub entries: Vec<Profile>,
    /// Frame types that are kept for profiles to come.
    pub reserved_frame_types: Vec<CodeRange>,
}

/// One profile.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What HELLO and WELCOME name it by.
    pub id: u64,
    /// Name.
    pub name: String,
    /// Whether version 1 defines it.
    pub status: ProfileStatus,
    /// The id prefixes of its requirements.
    pub prefixes: Vec<String>,
    /// What it is for.
    pub purpose: String,
}

/// Whether a profile can be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProfileStatus {
    /// Its requirements stand in this specification.
    Defined,
    /// Its id is kept; nobody advertises it.
    Reserved,
}

/// A run of frame types.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRange {
    /// First type of the run.
    pub first: u64,
    /// Last type of the run.
    pub last: u64,
    /// Who it is kept for.
    pub profile: String,
}

impl Profiles {
    /// The profile of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Profile> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// Reads the embedded file.
    ///
    /// # Errors
    /// The first place at which the file does not hold.
    pub fn load() -> Result<Self, SpecError> {
        toml_text::parse("data/profiles.toml", include_str!("../data/profiles.toml"))
    }
}
