//! Traceability: every requirement is tested by a case that cites it and was seen to judge it, held by a named
//! test of the reference, or excluded for a reason of a closed set; and neither a sentence nor an id moves
//! unseen.

mod account;
pub mod books;
pub mod confirm;
mod drift;
pub mod evidence;
mod faults;
pub mod finding;
pub mod model;
pub mod sets;
pub(crate) mod table;
pub mod tree;

use crate::case::Case;

use books::Books;
use evidence::Evidence;
use model::Trace;
use tree::Tree;

/// Computes the traceability of these cases over these books, from what was seen.
///
/// Without a tree, tests of the reference are believed and not looked for; the result says so.
#[must_use]
pub fn trace(cases: &[Case], books: &Books, evidence: &Evidence, tree: Option<&Tree>) -> Trace {
    let mut findings = drift::find(cases, books);
    findings.extend(faults::find(cases, books, evidence));
    findings.extend(tree.map(|tree| tree.missing(books)).unwrap_or_default());
    let accounts = account::take(cases, books, evidence);
    Trace::new(accounts, findings, (cases, books, evidence), tree)
}
