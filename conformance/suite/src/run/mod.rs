//! A run: selected cases against one target, in parallel, in a fixed order of results.

use core::time::Duration;

use crate::check::Check;
use crate::record::Transcript;
use crate::target::Endpoint;
use crate::verdict::{Judgement, Verdict};

pub(crate) mod execute;
pub mod pool;
pub mod select;
pub mod site;

/// Whether cases that wait are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// No wait above a second.
    Brief,
    /// Cases may wait as long as the target's timers take.
    Slow,
}

/// What decides how a run goes, besides its cases and its target.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Cases at once. At least 1.
    pub jobs: usize,
    /// Seed of every byte that cases make.
    pub seed: u64,
    /// Whether cases that wait are run.
    pub patience: Patience,
}

/// How one case went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its place in the list of selected cases.
    pub index: usize,
    /// The verdict and its reason.
    pub judgement: Judgement,
    /// Every check that it emitted.
    pub checks: Vec<Check>,
    /// Where its target was when it began; an instance of its own is not where the shared one is.
    pub endpoint: Option<Endpoint>,
    /// What passed on its connections. Empty for cases that passed.
    pub transcript: Transcript,
    /// How long it took.
    pub took: Duration,
}

impl Outcome {
    /// A case that was not run.
    pub(crate) fn skipped(index: usize, verdict: Verdict, reason: impl Into<String>) -> Self {
        Self {
            index,
            judgement: Judgement::new(verdict, reason),
            checks: Vec::new(),
            endpoint: None,
            transcript: Transcript::default(),
            took: Duration::ZERO,
        }
    }
}

/// How a run went.
#[derive(Clone, Debug)]
pub struct Ran {
    /// One a selected case, in their order.
    pub outcomes: Vec<Outcome>,
    /// From the first case to the last.
    pub wall: Duration,
    /// Why the run was broken off, when the target was lost.
    pub lost: Option<String>,
}
