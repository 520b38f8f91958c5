//! Runs operations in groups, whatever the engine, and without threads or a clock of its own.

use core::fmt;

use pinnace_home::{Fault, Rules, due, next_due, pending};

use crate::engine::Engine;
use crate::group::Group;
use crate::job::{Job, Scene};
use crate::overlay::Batch;
use crate::{Notice, StoreError};

/// Octets of changes in one group, above which it is committed.
const GROUP_BYTES_MAX: usize = 4 * 1_024 * 1_024;

/// Owners that one group sweeps: operations wait meanwhile.
const SWEEP_COUNT_MAX: usize = 8;

/// Effects that a recovery applies in one group.
const REPLAY_COUNT_MAX: usize = 1_024;

/// Runs operations in groups, each with one commit, and what time asks for between them.
pub struct Committer<E: Engine> {
    rules: Rules,
    /// Operations that want another transaction.
    again: Vec<Box<dyn Job<E>>>,
    /// The earliest time at which somebody wants to be swept, in Unix milliseconds.
    wake_ms: Option<u64>,
}

/// A group that is durable. Its notices are handed on before its answers.
#[must_use]
pub struct Durable<E: Engine> {
    /// What sessions want to hear of.
    pub notices: Vec<Notice>,
    /// Owners that were swept.
    pub sweep_count: usize,
    /// Effects that were applied.
    pub effect_count: usize,
    done: Vec<Box<dyn Job<E>>>,
}

/// A group whose fate is unknown: the engine may hold part of its journal, and only opening it again tells which.
#[must_use]
pub struct Failed<E: Engine> {
    /// Why.
    pub error: E::Error,
    untold: Vec<Box<dyn Job<E>>>,
}

impl<E: Engine> Durable<E> {
    /// Gives the operations of the group their answers.
    pub fn answer(self) {
        for job in self.done {
            job.finish(Ok(()));
        }
    }
}

impl<E: Engine> Failed<E> {
    /// Tells the operations of the group that nobody knows.
    pub fn answer(self) {
        for job in self.untold {
            job.finish(Err(StoreError::Unavailable));
        }
    }
}

impl<E: Engine> Committer<E> {
    /// A committer for an engine that was just opened: applies the effects that a crash left behind.
    ///
    /// # Errors
    /// The engine's, or a corrupt row.
    pub fn recover(engine: &E, rules: Rules, now_ms: u64) -> Result<Self, Fault<E::Error>> {
        let mut committer = Self { rules, again: Vec::new(), wake_ms: None };
        committer.recover_again(engine, now_ms)?;
        Ok(committer)
    }

    /// The same after the engine had failed and was opened again.
    ///
    /// # Errors
    /// The engine's, or a corrupt row.
    pub fn recover_again(&mut self, engine: &E, now_ms: u64) -> Result<(), Fault<E::Error>> {
        let scene = Scene { rules: &self.rules, now_ms };
        loop {
            let effects = pending(&engine.committed(), REPLAY_COUNT_MAX)?;
            let mut group = Group::default();
            for effect in effects {
                group.replay(engine, &scene, effect)?;
            }
            // Nothing changed: no effects are left, or damage keeps the ones that are from being applied.
            if group.batch.is_empty() {
                self.wake_ms = next_due(&engine.committed(), 0)?;
                return Ok(());
            }
            engine.commit(group.batch)?;
        }
    }

    /// When [`Self::run`] has something to do by itself, in Unix milliseconds.
    #[must_use]
    pub const fn wake_ms(&self) -> Option<u64> {
        self.wake_ms
    }

    /// Operations that want another transaction: they go before those that wait.
    pub fn take_again(&mut self) -> Vec<Box<dyn Job<E>>> {
        core::mem::take(&mut self.again)
    }

    /// Runs operations, then what time asks for, and commits all of it at once.
    ///
    /// # Errors
    /// [`Failed`].
    pub fn run(
        &mut self,
        engine: &E,
        jobs: Vec<Box<dyn Job<E>>>,
        now_ms: u64,
        commit: impl FnOnce(Batch) -> Result<(), E::Error>,
    ) -> Result<Durable<E>, Failed<E>> {
        let mut group = Group::default();
        let outcome = self.fill(engine, &mut group, jobs, now_ms).and_then(|sweep_count| {
            let batch = core::mem::take(&mut group.batch);
            if !batch.is_empty() {
                commit(batch)?;
            }
            Ok(sweep_count)
        });
        match outcome {
            Ok(sweep_count) => Ok(self.durable(group, sweep_count)),
            Err(error) => {
                let untold = group.done.into_iter().chain(group.again).collect();
                Err(Failed { error, untold })
            }
        }
    }

    fn durable(&mut self, group: Group<E>, sweep_count: usize) -> Durable<E> {
        self.wake_ms = match (self.wake_ms, group.wake_ms) {
            (Some(known), Some(new)) => Some(known.min(new)),
            (known, new) => known.or(new),
        };
        self.again.extend(group.again);
        Durable { notices: group.notices, sweep_count, effect_count: group.effect_count, done: group.done }
    }

    /// Runs the operations of a group, then what time asks for. Gives how many owners were swept.
    fn fill(
        &mut self,
        engine: &E,
        group: &mut Group<E>,
        jobs: Vec<Box<dyn Job<E>>>,
        now_ms: u64,
    ) -> Result<usize, E::Error> {
        let rules = self.rules.clone();
        let scene = Scene { rules: &rules, now_ms };
        let mut jobs = jobs.into_iter();
        let mut outcome = Ok(());
        for job in jobs.by_ref() {
            outcome = group.run(engine, &scene, job);
            if outcome.is_err() || GROUP_BYTES_MAX < group.batch.bytes() {
                break;
            }
        }
        // What did not fit, or was not tried, is told or tried with the rest.
        match outcome {
            Ok(()) => self.again.extend(jobs),
            Err(_) => group.done.extend(jobs),
        }
        outcome?;
        self.sweep(engine, group, &scene)
    }

    fn sweep(&mut self, engine: &E, group: &mut Group<E>, scene: &Scene<'_>) -> Result<usize, E::Error> {
        let Some(from_ms) = self.wake_ms.filter(|wake_ms| *wake_ms <= scene.now_ms) else {
            return Ok(0);
        };
        let committed = engine.committed();
        let owners = match due(&committed, from_ms, scene.now_ms, SWEEP_COUNT_MAX) {
            Ok(owners) => owners,
            Err(Fault::View(error)) => return Err(error),
            Err(Fault::Corrupt(_)) => Vec::new(),
        };
        for owner in &owners {
            group.sweep(engine, scene, *owner)?;
        }
        // Timers before this time are gone once the group is committed; the next look finds the next one.
        if owners.len() < SWEEP_COUNT_MAX {
            self.wake_ms = match next_due(&committed, scene.now_ms.saturating_add(1)) {
                Ok(wake_ms) => wake_ms,
                Err(Fault::View(error)) => return Err(error),
                Err(Fault::Corrupt(_)) => None,
            };
        }
        Ok(owners.len())
    }
}

impl<E: Engine> fmt::Debug for Committer<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Committer")
            .field("again", &self.again.len())
            .field("wake_ms", &self.wake_ms)
            .finish_non_exhaustive()
    }
}

impl<E: Engine> fmt::Debug for Durable<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Durable")
            .field("notices", &self.notices)
            .field("done", &self.done.len())
            .finish_non_exhaustive()
    }
}

impl<E: Engine> fmt::Debug for Failed<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failed").field("error", &self.error).field("untold", &self.untold.len()).finish()
    }
}
