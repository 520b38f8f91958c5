//! The specification's text behind a requirement id.

use crate::case::Level;

/// A normative sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Its keyword.
    pub level: Level,
    /// The sentence.
    pub text: &'static str,
    /// File and line of its heading, below `spec/`.
    pub place: (&'static str, usize),
}

/// Looks a requirement up; `None` when the specification has no such id.
pub type Clauses = fn(&str) -> Option<Clause>;

/// Looks a requirement up in the specification that this suite was built with.
#[must_use]
pub fn in_spec(id: &str) -> Option<Clause> {
    let requirement = pinnace_spec::requirement(id)?;
    let level = match requirement.level {
        pinnace_spec::Level::Must | pinnace_spec::Level::MustNot => Level::Must,
        pinnace_spec::Level::Should => Level::Should,
        pinnace_spec::Level::May => Level::May,
    };
    Some(Clause { level, text: &requirement.text, place: (requirement.chapter, requirement.line) })
}
