//! The one thread that runs operations. Another one waits for the disk.

use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Instant;

use crate::ahead::Ahead;
use crate::committer::{Committer, Durable, Sealed};
use crate::disk::{Landed, Load};
use crate::fjall_engine::FjallEngine;
use crate::job::Job;
use crate::memo::Memo;
use crate::metrics::add;
use crate::shared::Shared;
use crate::work::Work;
use crate::{Clock, Notice, StoreError};

/// Operations that are run before the writer looks again at what came: how long the disk may stand idle.
const SLICE: usize = 64;

/// How long the writer waits at most before it looks at the clock again.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// How long an engine that failed is left alone before it is opened again.
const REOPEN_AFTER: Duration = Duration::from_millis(250);

/// An operation over the engine and what is on its way into it.
pub(crate) type WriteJob = Box<dyn Job<Ahead<FjallEngine>>>;

/// What the writer is told.
pub(crate) enum Message {
    /// Run this.
    Job(WriteJob),
    /// The disk is done with the last group.
    Landed(Landed),
    /// Nothing more will come.
    Close,
    /// There is no disk any more.
    Gone,
}

/// Runs operations in groups: the next group is made while the disk takes the one before it.
pub(crate) struct Writer {
    pub(crate) shared: Arc<Shared>,
    /// Where the store is.
    pub(crate) dir: PathBuf,
    pub(crate) committer: Committer<Ahead<FjallEngine>>,
    pub(crate) clock: Clock,
    pub(crate) queue: Receiver<Message>,
    pub(crate) disk: Sender<Load>,
    pub(crate) work: Work,
}

impl Writer {
    /// Works until the store is closed and all operations that were sent are done.
    pub(crate) fn run(mut self) {
        while !self.work.is_done() {
            self.receive();
            match self.engine() {
                Some(engine) => self.go_on(engine),
                None => self.refuse_waiting(),
            }
        }
    }

    /// Takes what came; waits if there is nothing else to do.
    fn receive(&mut self) {
        if self.work.must_wait() {
            match self.queue.recv_timeout(self.patience()) {
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => self.work.is_closing = true,
            }
        }
        while let Ok(message) = self.queue.try_recv() {
            self.take(message);
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Job(job) => self.work.waiting.push_back(job),
            Message::Close => self.work.is_closing = true,
            // Whoever waits hears that the store is closed.
            Message::Gone => self.work = Work { is_closing: true, ..Work::default() },
            Message::Landed(landed) => {
                self.work.under_way = None;
                match landed {
                    Landed::Durable => {}
                    Landed::Failed(error, durable) => {
                        durable.refuse(StoreError::Unavailable);
                        self.fail(&error);
                    }
                }
            }
        }
    }

    fn patience(&self) -> Duration {
        // What time asks for waits for the disk.
        if self.work.is_closing || self.work.under_way.is_some() {
            return WAIT_MAX;
        }
        let wake_in = self
            .committer
            .wake_ms()
            .map_or(WAIT_MAX, |wake_ms| Duration::from_millis(wake_ms.saturating_sub(self.clock.now_ms())));
        let reopen_in =
            self.work.reopen_at.map_or(WAIT_MAX, |at| at.saturating_duration_since(Instant::now()));
        let commit_in =
            self.work.group_until.map_or(WAIT_MAX, |until| until.saturating_duration_since(Instant::now()));
        // A closed engine sweeps nothing: only its opening is waited for.
        if self.work.reopen_at.is_some() { reopen_in } else { wake_in.min(commit_in).min(WAIT_MAX) }
    }

    /// Runs some of what waits, and hands the group on if the disk is free.
    fn go_on(&mut self, engine: FjallEngine) {
        let memo = core::mem::take(&mut self.work.memo).into();
        let ahead = Ahead { engine, under_way: self.work.under_way.clone(), memo };
        let now_ms = self.clock.now_ms();
        let ran = self.run_some(&ahead, now_ms).and_then(|()| match self.work.under_way {
            Some(_) => Ok(()),
            None => self.committer.sweep(&ahead, &mut self.work.group, now_ms),
        });
        if self.work.group.sweep_count > 0 {
            self.work.group_until = None;
        }
        let Ahead { engine, under_way, memo } = ahead;
        self.work.memo = memo.into_inner();
        match ran {
            Ok(()) if self.work.can_commit() => {
                drop(under_way);
                self.hand_on(engine);
            }
            Ok(()) => {}
            Err(error) => {
                drop((engine, under_way));
                self.land();
                self.fail(&error);
            }
        }
    }

    fn run_some(&mut self, ahead: &Ahead<FjallEngine>, now_ms: u64) -> Result<(), fjall::Error> {
        if self.work.group.is_full() {
            return Ok(());
        }
        let count = self.work.waiting.len().min(SLICE);
        let jobs: Vec<WriteJob> = self.work.waiting.drain(..count).collect();
        self.work.hurry(&jobs);
        let ran = self.committer.fill(ahead, &mut self.work.group, jobs, now_ms);
        let left = self.take_again();
        let count = count.saturating_sub(left);
        add(&self.shared.counters.operations, count);
        self.shared.counters.leave(count);
        ran
    }

    /// Puts operations that did not fit, or want another transaction, before those that wait.
    fn take_again(&mut self) -> usize {
        let again = self.committer.take_again();
        let count = again.len();
        for job in again.into_iter().rev() {
            self.work.waiting.push_front(job);
        }
        count
    }

    fn hand_on(&mut self, engine: FjallEngine) {
        self.work.group_until = None;
        let Sealed { batch, durable } = self.committer.seal(core::mem::take(&mut self.work.group));
        let again_count = self.take_again();
        self.shared.counters.come_back(again_count);
        // While it is under way it stands over them; afterwards the engine holds others.
        self.work.memo.forget(batch.changes().map(|(key, _)| key));
        let batch = Arc::new(batch);
        self.work.under_way = Some(Arc::clone(&batch));
        // The other thread lives as long as this one: it ends when this end is dropped.
        drop(self.disk.send(Load { engine, batch, durable }));
    }

    /// Waits until the disk is done.
    fn land(&mut self) {
        while self.work.under_way.is_some() {
            match self.queue.recv() {
                Ok(message) => self.take(message),
                Err(_) => self.work.under_way = None,
            }
        }
    }

    /// A group failed. What was run since was run over its changes: nobody knows of it either. Only opening the engine again
    /// tells what it holds.
    fn fail(&mut self, error: &fjall::Error) {
        tracing::error!(%error, "a commit failed: the engine is opened again");
        add(&self.shared.counters.commit_faults, 1);
        for job in core::mem::take(&mut self.work.group).into_jobs() {
            job.finish(Err(StoreError::Unavailable));
        }
        self.work.memo = Memo::default();
        self.shared.replace_engine(None);
        self.work.reopen_at = Some(Instant::now() + REOPEN_AFTER);
    }

    fn refuse_waiting(&mut self) {
        let waiting = core::mem::take(&mut self.work.waiting);
        self.shared.counters.leave(waiting.len());
        for job in waiting {
            job.finish(Err(StoreError::Unavailable));
        }
    }

    /// The engine, opened again if it had failed.
    fn engine(&mut self) -> Option<FjallEngine> {
        if let Some(engine) = self.shared.engine() {
            return Some(engine);
        }
        if self.work.reopen_at.is_some_and(|at| Instant::now() < at) {
            return None;
        }
        match FjallEngine::open(&self.dir) {
            Ok(engine) => self.recover(&engine).map(|()| self.reopened(engine)),
            Err(error) => {
                tracing::warn!(%error, "the engine cannot be opened yet");
                None
            }
        }
        .or_else(|| {
            self.work.reopen_at = Some(Instant::now() + REOPEN_AFTER);
            None
        })
    }

    fn reopened(&mut self, engine: FjallEngine) -> FjallEngine {
        tracing::info!("the engine is open again");
        self.work.reopen_at = None;
        add(&self.shared.counters.reopened, 1);
        self.shared.replace_engine(Some(engine.clone()));
        // Whoever reads because of this finds the engine open.
        let durable = Durable::of(Notice::Reopened);
        drop(self.disk.send(Load { engine: engine.clone(), batch: Arc::default(), durable }));
        self.work.under_way = Some(Arc::default());
        engine
    }

    /// Applies the effects that a crash left behind, and finds out who wants to be swept.
    fn recover(&mut self, engine: &FjallEngine) -> Option<()> {
        let alone = Ahead::alone(engine.clone());
        let outcome = self.committer.recover_again(&alone, self.clock.now_ms());
        outcome.inspect_err(|fault| tracing::warn!(?fault, "the engine cannot recover yet")).ok()
    }
}
