//! Reads a history.

use core::fmt;

use super::line::Line;

/// A history, in the order in which its lines were written.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The lines, blank ones left out.
    pub entries: Vec<Entry>,
}

/// A line and where it stands.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its place in the file, from 1.
    pub number: usize,
    /// As it stands there.
    pub text: String,
    /// What it says.
    pub line: Line,
}

/// A line that is no event.
#[derive(Debug)]
pub struct ParseError {
    /// Its place in the file, from 1.
    pub number: usize,
    /// What is wrong with it.
    pub error: serde_json::Error,
}

impl History {
    /// Reads the text of a history.
    ///
    /// # Errors
    ///
    /// [`ParseError`] for the first line that is no event.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let lines = text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty());
        let entries = lines.map(|(index, text)| {
            let number = index.saturating_add(1);
            let line = serde_json::from_str(text).map_err(|error| ParseError { number, error })?;
            Ok(Entry { number, text: text.to_owned(), line })
        });
        Ok(Self { entries: entries.collect::<Result<_, _>>()? })
    }

    /// The line with this number, as it stands in the file.
    #[must_use]
    pub fn text(&self, number: usize) -> Option<&str> {
        let index = self.entries.binary_search_by_key(&number, |entry| entry.number).ok()?;
        self.entries.get(index).map(|entry| entry.text.as_str())
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.number, self.error)
    }
}

impl core::error::Error for ParseError {}
