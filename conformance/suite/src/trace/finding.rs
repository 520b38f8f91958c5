//! What moved, and what is wrong.

use serde::Serialize;

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What sort.
    pub kind: FindingKind,
    /// The requirement, case or test that it is about.
    pub subject: String,
    /// One line: what is so, and what to do.
    pub what: String,
}

impl Finding {
    pub(crate) fn new(kind: FindingKind, subject: impl Into<String>, what: impl Into<String>) -> Self {
        Self { kind, subject: subject.into(), what: what.into() }
    }
}

/// The sorts of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// A sentence is not the one that was confirmed.
    SentenceEdited,
    /// No sentence was confirmed for an id.
    SentenceUnconfirmed,
    /// An id is neither in the text nor marked as withdrawn.
    IdDropped,
    /// A withdrawn id stands in the text.
    IdReused,
    /// An id of the text is not in its ledger.
    IdUnlisted,
    /// A published case is gone and not marked as withdrawn.
    CaseDropped,
    /// A withdrawn case id is in use.
    CaseReused,
    /// A case is not in the ledger.
    CaseUnpublished,
    /// A case, an exclusion or a test of the reference names an id that the specification has not.
    UnknownId,
    /// A report has a case that the suite has not.
    UnknownCase,
    /// Something is excluded that is tested.
    ExcludedButTested,
    /// An entry is about a side that its requirement does not bind, or names none.
    WrongSide,
    /// An entry does not say enough.
    Unfounded,
    /// A test of the reference is not there.
    TestMissing,
}

impl FindingKind {
    /// Whether something moved, rather than being wrong in itself.
    #[must_use]
    pub const fn is_drift(self) -> bool {
        match self {
            Self::SentenceEdited
            | Self::SentenceUnconfirmed
            | Self::IdDropped
            | Self::IdReused
            | Self::IdUnlisted
            | Self::CaseDropped
            | Self::CaseReused
            | Self::CaseUnpublished => true,
            Self::UnknownId
            | Self::UnknownCase
            | Self::ExcludedButTested
            | Self::WrongSide
            | Self::Unfounded
            | Self::TestMissing => false,
        }
    }
}
