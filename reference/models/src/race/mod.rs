//! Races at one row of the home: claims of KeyPackages, and commits of a conversation.
//!
//! Nobody is connected here: what competes are the transactions of the home itself, each committed alone, with a crash between
//! any two of them. The worlds of sessions and mailboxes are those of the rest of this crate.

mod claims;
mod commits;
mod server;

use core::fmt::Debug;
use core::hash::{Hash, Hasher as _};
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::sync::{Mutex, PoisonError};

pub use claims::{ClaimAct, ClaimPlan, ClaimTwin, Claims};
pub use commits::{CommitAct, CommitPlan, CommitTwin, Commits, Want};

/// Steps that a race without faults may take.
const STEPS_MAX: usize = 2_000;

/// A race: one state of it, and the steps that lead from it.
pub trait Race: Clone + Eq + Hash + Debug + Send + Sync {
    /// Who competes for what, and what may go wrong.
    type Plan: Clone + Debug + Send + Sync;
    /// A step.
    type Act: Copy + Eq + Hash + Debug + Send + Sync;

    /// The first state; `None` where the rules refuse to make it.
    fn first(plan: &Self::Plan) -> Option<Self>;

    /// What can happen next.
    fn acts(&self, plan: &Self::Plan) -> Vec<Self::Act>;

    /// Whether this needs no fault.
    fn is_calm(act: Self::Act) -> bool;

    /// The state after this step.
    #[must_use]
    fn after(&self, plan: &Self::Plan, act: Self::Act) -> Self;

    /// The rule that the step to this state broke.
    fn broken(&self) -> Option<RaceRule>;

    /// The same state, from which nothing goes wrong.
    #[must_use]
    fn calmed(self) -> Self;

    /// Whether everything was done that somebody wanted.
    fn is_done(&self, plan: &Self::Plan) -> bool;

    /// Whether nothing is left where nothing more can happen.
    fn rests_well(&self, plan: &Self::Plan) -> bool;
}

/// What must hold in every state of a race.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RaceRule {
    /// A KeyPackage for one use leaves the server once (KEY-005).
    LeavesOnce,
    /// The one of last resort is given when no other is left, and none only when there is none at all (KEY-007, KEY-008).
    LastResortLast,
    /// No answer leaves before its transaction is durable.
    DurableFirst,
    /// One commit of each epoch is accepted (CNV-002, CNV-005).
    OneWins,
    /// A number has one outcome for ever: each answer tells the same (DLV-002).
    OneOutcome,
    /// Each device of the roster gets each entry once, in order, without holes (CNV-006, CNV-026).
    Dense,
    /// A Welcome comes with a commit that was accepted and adds its receiver (CNV-008, CNV-009).
    WelcomeIsTrue,
    /// Nothing comes to a device behind the commit that removed it (CNV-010).
    RemovedHearsNothing,
    /// Rows are what the rules wrote.
    RowsRead,
    /// Without further faults, everything comes to its end, and no work is left.
    CalmFinishes,
}

impl RaceRule {
    /// Every rule.
    pub const ALL: [Self; 10] = [
        Self::LeavesOnce,
        Self::LastResortLast,
        Self::DurableFirst,
        Self::OneWins,
        Self::OneOutcome,
        Self::Dense,
        Self::WelcomeIsTrue,
        Self::RemovedHearsNothing,
        Self::RowsRead,
        Self::CalmFinishes,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LeavesOnce => "a KeyPackage leaves once",
            Self::LastResortLast => "last resort comes last",
            Self::DurableFirst => "durable first",
            Self::OneWins => "one commit of an epoch wins",
            Self::OneOutcome => "one outcome",
            Self::Dense => "each entry once, in order, without holes",
            Self::WelcomeIsTrue => "a Welcome comes with its commit",
            Self::RemovedHearsNothing => "removed devices hear nothing more",
            Self::RowsRead => "rows read",
            Self::CalmFinishes => "calm finishes everything",
        }
    }
}

/// Follows states until they rest, and remembers those that rest well.
#[derive(Debug, Default)]
pub struct RaceCalm {
    good: Mutex<HashSet<u64>>,
}

impl RaceCalm {
    /// Takes the first step that needs no fault, until there is none.
    ///
    /// # Errors
    /// [`RaceRule::CalmFinishes`].
    pub fn judge<R: Race>(&self, race: &R, plan: &R::Plan) -> Result<(), RaceRule> {
        let (mut path, mut race) = (Vec::new(), race.clone().calmed());
        for _ in 0..STEPS_MAX {
            let mut hasher = DefaultHasher::new();
            race.hash(&mut hasher);
            let print = hasher.finish();
            let is_known = self.good.lock().unwrap_or_else(PoisonError::into_inner).contains(&print);
            path.push(print);
            let next = race.acts(plan).into_iter().find(|act| R::is_calm(*act));
            if is_known || next.is_none() && race.rests_well(plan) {
                self.good.lock().unwrap_or_else(PoisonError::into_inner).extend(path);
                return Ok(());
            }
            let Some(next) = next else { return Err(RaceRule::CalmFinishes) };
            race = race.after(plan, next);
            if race.broken().is_some() {
                // The state where that happened says so itself.
                return Ok(());
            }
        }
        Err(RaceRule::CalmFinishes)
    }
}
