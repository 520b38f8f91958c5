//! What the command line is given: cases, and the few functions that know the protocol.

use crate::case::Case;
use crate::clause::Clauses;
use crate::run::site::Probe;
use crate::trace::books::Books;

/// A suite: the cases and what they need around them. Tests pass one of their own.
#[derive(Debug)]
pub struct Suite {
    /// The registry, in the order of the specification.
    pub cases: Vec<Case>,
    /// Is there a server of ours?
    pub probe: Probe,
    /// Reads bytes for `pinnace-conform decode`.
    pub decode: fn(&[u8]) -> Decoded,
    /// The text of requirements.
    pub clauses: Clauses,
    /// What `trace` holds the cases against.
    pub books: fn() -> Result<Books, String>,
}

/// The reading of some bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// One line a frame or field, indented below what it is part of.
    pub lines: Vec<String>,
    /// Why the rest cannot be read, with its offset.
    pub fault: Option<String>,
}
