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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(rename = "schema")]
        _schema: Schema1,
        #[serde(rename = "count")]
        _count: u8,
    }

    #[track_caller]
    fn check(text: &str, line: usize, message: &str) {
        let error = parse::<File>("data/t.toml", text).unwrap_err();
        assert_eq!((error.file, error.line), ("data/t.toml", line));
        assert!(error.to_string().contains(message), "{error}");
    }

    #[test]
    fn a_fault_is_told_with_its_line() {
        check("schema = 1\n\ncount = \"x\"\n", 3, "invalid type");
        check("schema = 1\ncount = 1\nmore = 1\n", 3, "unknown field");
        check("schema = 2\ncount = 1\n", 1, "schema is not 1");
        check("schema = 1\ncount =\n", 2, "");
    }

    #[test]
    fn a_name_is_found_by_its_line() {
        assert_eq!(line_of_name("a = \"x\"\nb = \"y\"\n", "y"), 2);
        assert_eq!(line_of_name("a = \"x\"\n", "z"), 1);
    }
}
