//! TOML files of the specification: parsed strictly, each fault with its line.

use serde::de::DeserializeOwned;

use crate::error::{SpecError, SpecErrorKind, line_at};

/// Parses one embedded file.
///
/// # Errors
/// [`SpecErrorKind::Toml`] with the line at which the text departs from the expected form.
pub(crate) fn parse<T: DeserializeOwned>(file: &'static str, text: &str) -> Result<T, SpecError> {
    toml::from_str(text).map_err(|error| SpecError {
        file,
        line: error.span().map_or(1, |span| line_at(text, span.start)),
        kind: SpecErrorKind::Toml { message: error.message().to_owned() },
    })
}

/// Line at which `name = "…"` of an entry stands; 1 when it stands nowhere.
pub(crate) fn line_of_name(text: &str, name: &str) -> usize {
    text.find(&format!("\"{name}\"")).map_or(1, |offset| line_at(text, offset))
}

/// The number of the schema that this crate reads: 1, or the file is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "u64")]
pub(crate) struct Schema1;

impl TryFrom<u64> for Schema1 {
    type Error = &'static str;

    fn try_from(schema: u64) -> Result<Self, Self::Error> {
        if schema == 1 { Ok(Self) } else { Err("schema is not 1") }
    }
}
