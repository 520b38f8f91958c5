//! The one thread that writes.

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::Instant;

use pinnace_home::Fault;

use crate::committer::{Committer, Durable, Failed};
use crate::engine::Engine;
use crate::fjall_engine::FjallEngine;
use crate::job::Job;
use crate::metrics::add;
use crate::overlay::Batch;
use crate::shared::Shared;
use crate::{Clock, NotifySink, OpenError, StoreError};

/// Operations in one group: enough to spread an fsync thin, few enough that the first of them does not wait long.
const GROUP_COUNT_MAX: usize = 1_024;

/// How long the writer waits at most before it looks at the clock again.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// How long an engine that failed is left alone before it is opened again.
const REOPEN_AFTER: Duration = Duration::from_millis(250);

/// Runs operations in groups, and commits each group.
pub(crate) struct Writer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) engine_path: PathBuf,
    pub(crate) committer: Committer<FjallEngine>,
    pub(crate) clock: Clock,
    pub(crate) notify: NotifySink,
    pub(crate) queue: Receiver<Box<dyn Job<FjallEngine>>>,
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
    fn wait(&mut self) -> Option<Vec<Box<dyn Job<FjallEngine>>>> {
        let mut jobs = self.committer.take_again();
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
            .committer
            .wake_ms()
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
        let outcome = self.committer.recover_again(engine, self.clock.now_ms());
        outcome.inspect_err(|fault| tracing::warn!(?fault, "the engine cannot recover yet")).ok()
    }

    fn run_group(&mut self, engine: &FjallEngine, jobs: Vec<Box<dyn Job<FjallEngine>>>) {
        let counters = &self.shared.counters;
        add(&counters.operations, jobs.len());
        let shared = Arc::clone(&self.shared);
        let commit = |batch| commit(&shared, engine, batch);
        match self.committer.run(engine, jobs, self.clock.now_ms(), commit) {
            Ok(durable) => self.publish(durable),
            Err(failed) => {
                tracing::error!(error = %failed.error, "a commit failed: the engine is opened again");
                self.fail(failed);
            }
        }
    }

    /// The group is durable: whoever waits is told.
    fn publish(&self, mut durable: Durable<FjallEngine>) {
        add(&self.shared.counters.items_filed, durable.notices.len());
        add(&self.shared.counters.effects, durable.effect_count);
        add(&self.shared.counters.sweeps, durable.sweep_count);
        if !durable.notices.is_empty() {
            (self.notify)(core::mem::take(&mut durable.notices));
        }
        durable.answer();
    }

    /// Only opening the engine again tells what it holds.
    fn fail(&mut self, failed: Failed<FjallEngine>) {
        add(&self.shared.counters.commit_faults, 1);
        self.shared.replace_engine(None);
        self.reopen_at = Some(Instant::now() + REOPEN_AFTER);
        failed.answer();
    }
}

/// Commits under the eyes of the watchdog.
fn commit(shared: &Shared, engine: &FjallEngine, batch: Batch) -> Result<(), fjall::Error> {
    let counters = &shared.counters;
    add(&counters.rows, batch.len());
    let started = Instant::now();
    let outcome = shared.watched(|| engine.commit(batch));
    let commit_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    counters.commit_us.store(commit_us, Ordering::Relaxed);
    add(&counters.commits, 1);
    outcome
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
