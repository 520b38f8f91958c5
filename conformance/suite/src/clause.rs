//! The specification's text behind a requirement id.

use crate::case::Level;

/// A normative sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Its keyword.
    pub level: Level,
    /// The sentence.
    pub text: &'static str,
    /// The chapter it stands in.
    pub chapter: &'static str,
}

/// Looks a requirement up; `None` when the specification has no such id.
pub type Clauses = fn(&str) -> Option<Clause>;
