//! Runs operations in groups, whatever the engine, and without threads or a clock of its own.

use core::fmt;

use pinnace_home::{Fault, Rules, due, fan_outs, next_due, pending};

use crate::engine::Engine;
use crate::group::Group;
use crate::job::{Job, Scene};
use crate::overlay::Batch;
use crate::{Notice, StoreError};

/// Owners that one group sweeps: operations wait meanwhile.
const SWEEP_COUNT_MAX: usize = 8;

/// Effects that a recovery applies in one group.
const REPLAY_COUNT_MAX: usize = 1_024;

/// Entries of conversations that a recovery brings to their mailboxes in one group: each may have a thousand.
const REPLAY_FAN_OUT_COUNT_MAX: usize = 16;

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

/// A group that takes no further operation.
pub(crate) struct Sealed<E: Engine> {
    /// What is to be committed; perhaps nothing.
    pub(crate) batch: Batch,
    /// What is true after that.
    pub(crate) durable: Durable<E>,
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

    /// Nothing but this notice.
    pub(crate) fn of(notice: Notice) -> Self {
        Self { notices: vec![notice], sweep_count: 0, effect_count: 0, done: Vec::new() }
    }

    /// It did not become durable: the operations of the group are told this.
    pub(crate) fn refuse(self, error: StoreError) {
        for job in self.done {
            job.finish(Err(error));
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
            let committed = engine.committed();
            let mut group = Group::default();
            for fan_out in fan_outs(&committed, REPLAY_FAN_OUT_COUNT_MAX)? {
                group.replay_fan_out(engine, &scene, fan_out)?;
            }
            let effects = pending(&committed, REPLAY_COUNT_MAX)?;
            for effect in effects {
                group.replay(engine, &scene, effect)?;
            }
            // Nothing changed: no effects are left, or damage keeps the ones that are from being applied.
            if group.batch.is_empty() {
                self.wake_ms = next_due(&engine.committed(), 0)?;
                return Ok(());
            }
            engine.commit(&group.batch)?;
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
        let filled = self.fill(engine, &mut group, jobs, now_ms);
        match filled.and_then(|()| self.sweep(engine, &mut group, now_ms)) {
            Ok(()) => {
                let Sealed { batch, durable } = self.seal(group);
                let outcome = if batch.is_empty() { Ok(()) } else { commit(batch) };
                match outcome {
                    Ok(()) => Ok(durable),
                    Err(error) => Err(self.failed(error, durable)),
                }
            }
            Err(error) => Err(Failed { error, untold: group.into_jobs() }),
        }
    }

    /// Ends a group: what is to be committed, and what is true then.
    pub(crate) fn seal(&mut self, group: Group<E>) -> Sealed<E> {
        self.wake_ms = match (self.wake_ms, group.wake_ms) {
            (Some(known), Some(new)) => Some(known.min(new)),
            (known, new) => known.or(new),
        };
        self.again.extend(group.again);
        let Group { batch, done, notices, effect_count, sweep_count, .. } = group;
        Sealed { batch, durable: Durable { notices, sweep_count, effect_count, done } }
    }

    /// What was sealed did not become durable: nobody knows, and nothing that builds on it may go on.
    pub(crate) fn failed(&mut self, error: E::Error, durable: Durable<E>) -> Failed<E> {
        let untold = durable.done.into_iter().chain(self.take_again()).collect();
        Failed { error, untold }
    }

    /// Runs operations within a group.
    pub(crate) fn fill(
        &mut self,
        engine: &E,
        group: &mut Group<E>,
        jobs: Vec<Box<dyn Job<E>>>,
        now_ms: u64,
    ) -> Result<(), E::Error> {
        let scene = Scene { rules: &self.rules, now_ms };
        let mut jobs = jobs.into_iter();
        let mut outcome = Ok(());
        for job in jobs.by_ref() {
            outcome = group.run(engine, &scene, job);
            if outcome.is_err() || group.is_full() {
                break;
            }
        }
        // What did not fit, or was not tried, is told or tried with the rest.
        match outcome {
            Ok(()) => self.again.extend(jobs),
            Err(_) => group.done.extend(jobs),
        }
        outcome
    }

    /// Sweeps those whose time has come, as far as committed rows tell: nothing may be under way.
    pub(crate) fn sweep(&mut self, engine: &E, group: &mut Group<E>, now_ms: u64) -> Result<(), E::Error> {
        let scene = Scene { rules: &self.rules, now_ms };
        let Some(from_ms) = self.wake_ms.filter(|wake_ms| *wake_ms <= now_ms) else {
            return Ok(());
        };
        let committed = engine.committed();
        let owners = match due(&committed, from_ms, now_ms, SWEEP_COUNT_MAX) {
            Ok(owners) => owners,
            Err(Fault::View(error)) => return Err(error),
            Err(Fault::Corrupt(_)) => Vec::new(),
        };
        for owner in &owners {
            group.sweep(engine, &scene, *owner)?;
        }
        // Timers before this time are gone once the group is committed; the next look finds the next one.
        if owners.len() < SWEEP_COUNT_MAX {
            self.wake_ms = match next_due(&committed, now_ms.saturating_add(1)) {
                Ok(wake_ms) => wake_ms,
                Err(Fault::View(error)) => return Err(error),
                Err(Fault::Corrupt(_)) => None,
            };
        }
        group.sweep_count = group.sweep_count.saturating_add(owners.len());
        Ok(())
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
