//! Faults in the TOML files that people write for the suite: the line is named, a typo gets a guess.

use core::fmt;
use core::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// A fault in a TOML file. Exit code 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TomlFault {
    /// The file.
    pub path: PathBuf,
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for TomlFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.message)
    }
}

impl TomlFault {
    /// A fault at a byte range of the text.
    pub(crate) fn at(path: &Path, text: &str, span: Range<usize>, message: &str) -> Self {
        Self { path: path.to_owned(), line: line_at(text, span.start), message: message.to_owned() }
    }
}

/// The line of a byte of the text, counted from 1.
pub(crate) fn line_at(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.iter().filter(|byte| **byte == b'\n').count().saturating_add(1)
}

/// Reads a file whose type denies unknown keys; `keys` are those it has, for the guess.
pub(crate) fn parse<T: DeserializeOwned>(path: &Path, text: &str, keys: &[&str]) -> Result<T, TomlFault> {
    toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let message = unknown_key(error.message(), keys).unwrap_or_else(|| error.message().to_owned());
        TomlFault::at(path, text, span, &message)
    })
}

/// Rewrites "unknown field `x`, expected one of ..." into a guess.
fn unknown_key(message: &str, keys: &[&str]) -> Option<String> {
    let key = message.strip_prefix("unknown field `")?.split('`').next()?;
    Some(unknown("key", key, keys))
}

/// Says that a word is not known, with a guess where one is near.
pub(crate) fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    nearest(word, known).map_or_else(
        || format!("unknown {what} `{word}`"),
        |guess| format!("unknown {what} `{word}`; did you mean `{guess}`?"),
    )
}

/// The known word that is likest to this one, if any is like it at all.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let scored = known.iter().map(|candidate| (strsim::jaro_winkler(word, candidate), *candidate));
    scored.filter(|(score, _)| *score > 0.8).max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, guess)| guess)
}
