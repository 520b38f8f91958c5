//! `data/transcripts.toml`: handshakes with fixed keys, octet by octet.

use serde::Deserialize;

use crate::error::SpecError;
use crate::toml_text;

/// A worked example of the secure channel.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transcript {
    /// Name, such as `xx`.
    pub name: String,
    /// What happens in it.
    pub title: String,
    /// Keys, payloads and records, in order.
    #[serde(rename = "part")]
    pub parts: Vec<TranscriptPart>,
}

/// One value of a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TranscriptPart {
    /// Name, in `snake_case`.
    pub name: String,
    /// The octets, in hexadecimal.
    pub hex: String,
    /// What it is.
    pub meaning: String,
}

impl Transcript {
    /// The octets of the part of that name, in hexadecimal.
    #[must_use]
    pub fn hex(&self, name: &str) -> Option<&str> {
        self.parts.iter().find(|part| part.name == name).map(|part| part.hex.as_str())
    }

    /// Reads the embedded file.
    ///
    /// # Errors
    /// The first place at which the file does not hold.
    pub fn load_all() -> Result<Vec<Self>, SpecError> {
        let raw: RawTranscripts =
            toml_text::parse("data/transcripts.toml", include_str!("../data/transcripts.toml"))?;
        Ok(raw.transcript)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTranscripts {
    #[serde(rename = "schema")]
    _schema: toml_text::Schema1,
    #[serde(default)]
    transcript: Vec<Transcript>,
}
