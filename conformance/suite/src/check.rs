//! What a case emits: control checks and requirement checks.

use core::fmt::Debug;

use serde::{Deserialize, Serialize};

/// One statement about the target, held or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The requirement that is judged; absent on a control check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requirement: Option<String>,
    /// What a failing check means.
    pub kind: Kind,
    /// A sentence: what should be so.
    pub what: String,
    /// Present when it was not so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mismatch: Option<Mismatch>,
}

impl Check {
    /// Whether the statement held.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.mismatch.is_none()
    }
}

/// The two sorts of check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The exchange without its fault. Failing, it makes the case inconclusive.
    Control,
    /// The requirement itself. Failing, it makes the case fail, or warn below MUST.
    Requirement,
}

/// What was allowed and what came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mismatch {
    /// Every answer the specification allows.
    pub expected: String,
    /// The answer that came.
    pub seen: String,
}

impl Mismatch {
    /// Says what was expected and what was seen, in the words of a report.
    pub fn new(expected: impl Into<String>, seen: impl Into<String>) -> Self {
        Self { expected: expected.into(), seen: seen.into() }
    }
}

/// A comparison, ready to be emitted with [`crate::ctx::Ctx::control`] or [`crate::ctx::Ctx::require`].
pub type Judged = Result<(), Mismatch>;

/// Compares by equality.
///
/// # Errors
/// The two values, in their debug form.
pub fn expect_eq<T: PartialEq + Debug>(expected: &T, seen: &T) -> Judged {
    if expected == seen {
        return Ok(());
    }
    Err(Mismatch::new(format!("{expected:?}"), format!("{seen:?}")))
}

/// Compares with every answer that the specification allows.
///
/// # Errors
/// The allowed values and the one that came, in their debug form.
pub fn expect_one_of<T: PartialEq + Debug>(allowed: &[T], seen: &T) -> Judged {
    if allowed.contains(seen) {
        return Ok(());
    }
    Err(Mismatch::new(format!("one of {allowed:?}"), format!("{seen:?}")))
}
