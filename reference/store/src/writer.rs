//! The one thread that writes.

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::Instant;

use pinnace_home::{Fault, Rules, due, next_due, pending};

use crate::fjall_engine::FjallEngine;
use crate::group::Group;
use crate::job::{Job, Scene};
use crate::metrics::add;
use crate::shared::Shared;
use crate::{Clock, NotifySink, OpenError, StoreError};

/// Operations in one group: enough to spread an fsync thin, few enough that the first of them does not wait long.
const GROUP_COUNT_MAX: usize = 1_024;

/// Octets of changes in one group, above which it is committed.
const GROUP_BYTES_MAX: usize = 4 * 1_024 * 1_024;

/// Owners that one group sweeps: operations wait meanwhile.
const SWEEP_COUNT_MAX: usize = 8;

/// Effects that a recovery applies in one group.
const REPLAY_COUNT_MAX: usize = 1_024;

/// How long the writer waits at most before it looks at the clock again.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// How long an engine that failed is left alone before it is opened again.
const REOPEN_AFTER: Duration = Duration::from_millis(250);

/// Runs operations in groups, and commits each group.
pub(crate) struct Writer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) engine_path: PathBuf,
    pub(crate) rules: Rules,
    pub(crate) clock: Clock,
    pub(crate) notify: NotifySink,
    pub(crate) queue: Receiver<Box<dyn Job>>,
    /// Operations that want another transaction.
    pub(crate) again: Vec<Box<dyn Job>>,
    /// The earliest time at which somebody wants to be swept, in Unix milliseconds.
    pub(crate) wake_ms: Option<u64>,
    /// When an engine that failed may be opened again.
    pub(crate) reopen_at: Option<Instant>,
}

impl Writer {
    /// Works until nobody can send operations any more and all that were sent are done.
    pub(crate) fn run(mut self) {
        while let Some(jobs) = self.wait() {
            match self.engine() {
                Some(engine) => self.run_group(&engine, jobs),
                None => {
                    for job in jobs {
                        job.finish(Err(StoreError::Unavailable));
                    }
                }
            }
        }
    }

    /// Waits for operations, or for the time of a sweep. `None`: all is done.
    fn wait(&mut self) -> Option<Vec<Box<dyn Job>>> {
        let mut jobs = core::mem::take(&mut self.again);
        let again_count = jobs.len();
        if jobs.is_empty() {
            match self.queue.recv_timeout(self.patience()) {
                Ok(job) => jobs.push(job),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        while jobs.len() < GROUP_COUNT_MAX {
            match self.queue.try_recv() {
                Ok(job) => jobs.push(job),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        self.shared.counters.leave(jobs.len().saturating_sub(again_count));
        Some(jobs)
    }

    fn patience(&self) -> Duration {
        let wake_in = self
            .wake_ms
            .map_or(WAIT_MAX, |wake_ms| Duration::from_millis(wake_ms.saturating_sub(self.clock.now_ms())));
        let reopen_in = self.reopen_at.map_or(WAIT_MAX, |at| at.saturating_duration_since(Instant::now()));
        // A closed engine sweeps nothing: only its opening is waited for.
        if self.reopen_at.is_some() { reopen_in } else { wake_in.min(WAIT_MAX) }
    }

    /// The engine, opened again if it had failed.
    fn engine(&mut self) -> Option<FjallEngine> {
        if let Some(engine) = self.shared.engine() {
            return Some(engine);
        }
        if self.reopen_at.is_some_and(|at| Instant::now() < at) {
            return None;
        }
        match FjallEngine::open(&self.engine_path) {
            Ok(engine) => self.recover(&engine).map(|()| self.reopened(engine)),
            Err(error) => {
                tracing::warn!(%error, "the engine cannot be opened yet");
                None
            }
        }
        .or_else(|| {
            self.reopen_at = Some(Instant::now() + REOPEN_AFTER);
            None
        })
    }

    fn reopened(&mut self, engine: FjallEngine) -> FjallEngine {
        tracing::info!("the engine is open again");
        self.reopen_at = None;
        add(&self.shared.counters.reopened, 1);
        self.shared.replace_engine(Some(engine.clone()));
        engine
    }

    /// Applies the effects that a crash left behind, and finds out who wants to be swept.
    fn recover(&mut self, engine: &FjallEngine) -> Option<()> {
        match recover(engine, &self.rules, self.clock.now_ms()) {
            Ok(wake_ms) => {
                self.wake_ms = wake_ms;
                Some(())
            }
            Err(fault) => {
                tracing::warn!(?fault, "the engine cannot recover yet");
                None
            }
        }
    }

    fn run_group(&mut self, engine: &FjallEngine, jobs: Vec<Box<dyn Job>>) {
        let mut group = Group::default();
        let job_count = jobs.len();
        let outcome = self.fill(engine, &mut group, jobs);
        add(&self.shared.counters.operations, job_count);
        let outcome = outcome.and_then(|()| self.commit(engine, &mut group));
        match outcome {
            Ok(()) => self.publish(group),
            Err(error) => {
                tracing::error!(%error, "a commit failed: the engine is opened again");
                self.fail(group);
            }
        }
    }

    /// Runs the operations of a group, then what time asks for.
    fn fill(
        &mut self,
        engine: &FjallEngine,
        group: &mut Group,
        jobs: Vec<Box<dyn Job>>,
    ) -> Result<(), fjall::Error> {
        let rules = self.rules.clone();
        let scene = Scene { rules: &rules, now_ms: self.clock.now_ms() };
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

    fn sweep(
        &mut self,
        engine: &FjallEngine,
        group: &mut Group,
        scene: &Scene<'_>,
    ) -> Result<(), fjall::Error> {
        let Some(from_ms) = self.wake_ms.filter(|wake_ms| *wake_ms <= scene.now_ms) else {
            return Ok(());
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
        add(&self.shared.counters.sweeps, owners.len());
        // Timers before this time are gone once the group is committed; the next look finds the next one.
        if owners.len() < SWEEP_COUNT_MAX {
            self.wake_ms = match next_due(&committed, scene.now_ms.saturating_add(1)) {
                Ok(wake_ms) => wake_ms,
                Err(Fault::View(error)) => return Err(error),
                Err(Fault::Corrupt(_)) => None,
            };
        }
        Ok(())
    }

    fn commit(&self, engine: &FjallEngine, group: &mut Group) -> Result<(), fjall::Error> {
        let batch = core::mem::take(&mut group.batch);
        if batch.is_empty() {
            return Ok(());
        }
        let counters = &self.shared.counters;
        add(&counters.rows, batch.len());
        let started = Instant::now();
        let outcome = self.shared.watched(|| engine.commit(batch));
        counters
            .commit_us
            .store(u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        add(&counters.commits, 1);
        outcome
    }

    /// The group is durable: whoever waits is told.
    fn publish(&mut self, group: Group) {
        add(&self.shared.counters.items_filed, group.notices.len());
        add(&self.shared.counters.effects, group.effect_count);
        self.wake_ms = match (self.wake_ms, group.wake_ms) {
            (Some(known), Some(new)) => Some(known.min(new)),
            (known, new) => known.or(new),
        };
        if !group.notices.is_empty() {
            (self.notify)(group.notices);
        }
        for job in group.done {
            job.finish(Ok(()));
        }
        self.again.extend(group.again);
    }

    /// The fate of the group is unknown. The engine may hold part of its journal: only opening it again tells which.
    fn fail(&mut self, group: Group) {
        add(&self.shared.counters.commit_faults, 1);
        self.shared.replace_engine(None);
        self.reopen_at = Some(Instant::now() + REOPEN_AFTER);
        for job in group.done.into_iter().chain(group.again) {
            job.finish(Err(StoreError::Unavailable));
        }
    }
}

/// Applies the effects that a crash left behind. Gives when the first owner wants to be swept.
pub(crate) fn recover(
    engine: &FjallEngine,
    rules: &Rules,
    now_ms: u64,
) -> Result<Option<u64>, Fault<fjall::Error>> {
    let scene = Scene { rules, now_ms };
    loop {
        let effects = pending(&engine.committed(), REPLAY_COUNT_MAX)?;
        let mut group = Group::default();
        for effect in effects {
            group.replay(engine, &scene, effect)?;
        }
        // Nothing changed: no effects are left, or damage keeps the ones that are from being applied.
        if group.batch.is_empty() {
            return next_due(&engine.committed(), 0);
        }
        engine.commit(group.batch)?;
    }
}

/// How the start of a store tells a fault of recovery.
pub(crate) fn open_error(dir: &std::path::Path, fault: Fault<fjall::Error>) -> OpenError {
    match fault {
        Fault::Corrupt(table) => OpenError::Corrupt(table),
        Fault::View(fjall::Error::Io(error)) => OpenError::Io { path: dir.to_path_buf(), error },
        Fault::View(fjall::Error::Locked) => OpenError::Locked { dir: dir.to_path_buf() },
        Fault::View(error) => OpenError::Engine { dir: dir.to_path_buf(), error: Box::new(error) },
    }
}
