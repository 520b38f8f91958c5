//! What was promised so far, for the rules that look back.

use std::collections::BTreeSet;

/// What a device was promised.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct History {
    /// ACCEPTED left for every number up to here.
    pub(crate) told: u64,
    /// The newest epoch that a record confirmed.
    pub(crate) confirmed: u64,
    /// Counters of HELLOs that opened a session.
    pub(crate) opened: BTreeSet<u64>,
}
