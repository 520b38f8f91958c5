//! The registry of cases, one module a chapter of the specification.

use crate::case::Case;

/// Every case, in the order of the specification.
#[must_use]
pub fn all() -> Vec<Case> {
    Vec::new()
}
