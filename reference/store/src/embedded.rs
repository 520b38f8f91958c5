//! A store in one directory of one process.

use core::fmt;
use core::future::Future;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use futures_channel::oneshot::Receiver;
use pinnace_home::{Fault, Step};

use crate::ahead::Ahead;
use crate::committer::Committer;
use crate::dir::DataDir;
use crate::disk::Disk;
use crate::error::recovery_error;
use crate::fjall_engine::{Committed, FjallEngine};
use crate::job::{Job, JobFault, Scene, Task};
use crate::overlay::Overlay;
use crate::reader::{ReadJob, read_job, serve};
use crate::shared::Shared;
use crate::watchdog::watch;
use crate::work::Work;
use crate::writer::{Message, Writer};
use crate::{Clock, Metrics, OpenError, Options, StoreError};

/// Operations that may wait: beyond them the answer is [`StoreError::Busy`], at once.
const QUEUE_LEN_MAX: u64 = 65_536;

/// Threads that read.
const READER_COUNT: usize = 2;

/// A store in one directory of one process: one thread runs operations, in groups, and another brings each group to the disk
/// with one fsync.
///
/// Clones are handles on the same store. When the last one is dropped, what waits is done and the directory is free.
#[derive(Clone)]
pub struct Embedded {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    /// Always there until the store is dropped.
    ends: Option<Ends>,
    clock: Clock,
    /// Held until everything else is gone.
    _dir: DataDir,
}

/// What keeps the threads alive.
struct Ends {
    writes: Sender<Message>,
    reads: Sender<ReadJob>,
    _watchdog: Sender<()>,
    threads: Vec<JoinHandle<()>>,
}

impl Embedded {
    /// Opens the store in this directory, or makes one there: applies what a crash left behind first.
    ///
    /// # Errors
    /// [`OpenError`]: the directory is in use, of another format, not a store's, not readable, not writable or
    /// damaged, or the limits contradict the protocol.
    pub fn open(dir: &Path, options: Options) -> Result<Self, OpenError> {
        options.rules.validate().map_err(OpenError::Rules)?;
        let data_dir = DataDir::open(dir)?;
        let engine = FjallEngine::open(data_dir.path())?;
        let Options { rules, clock, notify, stall } = options;
        let alone = Ahead::alone(engine.clone());
        let committer =
            Committer::recover(&alone, rules, clock.now_ms()).map_err(|fault| recovery_error(dir, fault))?;
        drop(alone);
        let shared = Arc::new(Shared::new(engine));
        let (writes, queue) = channel();
        let (loads_in, loads) = channel();
        let disk = Disk { shared: Arc::clone(&shared), notify, loads, writer: writes.clone() };
        let writer = Writer {
            shared: Arc::clone(&shared),
            dir: data_dir.path().to_path_buf(),
            committer,
            clock: clock.clone(),
            queue,
            disk: loads_in,
            work: Work::default(),
        };
        let (reads, read_queue) = channel();
        let (watchdog, closed) = channel();
        let mut threads = Vec::with_capacity(3 + READER_COUNT);
        let watched = Arc::clone(&shared);
        let io = |error| OpenError::Io { path: dir.to_path_buf(), error };
        threads.push(spawn("store-writer", move || writer.run()).map_err(io)?);
        threads.push(spawn("store-disk", move || disk.run()).map_err(io)?);
        threads.push(
            spawn("store-watchdog", move || watch(|| watched.commit_ms(), &stall, &closed)).map_err(io)?,
        );
        let read_queue = Arc::new(Mutex::new(read_queue));
        for _ in 0..READER_COUNT {
            let (shared, queue) = (Arc::clone(&shared), Arc::clone(&read_queue));
            threads.push(spawn("store-reader", move || serve(&shared, &queue)).map_err(io)?);
        }
        let ends = Some(Ends { writes, reads, _watchdog: watchdog, threads });
        Ok(Self { inner: Arc::new(Inner { shared, ends, clock, _dir: data_dir }) })
    }

    /// Tallies since the store was opened.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        self.inner.shared.counters.snapshot()
    }

    /// Gives up this handle. If it is the last one: does what waits, ends the threads, frees the directory.
    pub fn close(self) {
        drop(self);
    }

    /// The time, by the store's clock.
    pub(crate) fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Hands an operation to the writer, at once.
    pub(crate) fn write<T, F>(
        &self,
        operation: F,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnMut(&mut Overlay<'_, Ahead<FjallEngine>>, &Scene<'_>) -> Result<Step<T>, JobFault<FjallEngine>>
            + Send
            + 'static,
    {
        let (task, answer) = Task::new(operation);
        self.hand_over(Box::new(task), answer)
    }

    /// The same for an operation that may wait a little: no person and no peer waits for its answer.
    pub(crate) fn write_later<T, F>(
        &self,
        operation: F,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnMut(&mut Overlay<'_, Ahead<FjallEngine>>, &Scene<'_>) -> Result<Step<T>, JobFault<FjallEngine>>
            + Send
            + 'static,
    {
        let (task, answer) = Task::new(operation);
        self.hand_over(Box::new(task.later()), answer)
    }

    fn hand_over<T: Send + 'static>(
        &self,
        job: Box<dyn Job<Ahead<FjallEngine>>>,
        answer: Receiver<Result<T, StoreError>>,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + use<T> {
        let sent = self.inner.shared.counters.enter(QUEUE_LEN_MAX).and_then(|()| {
            let ends = self.inner.ends.as_ref().ok_or(StoreError::Closed)?;
            ends.writes.send(Message::Job(job)).map_err(|_| StoreError::Closed)
        });
        async move {
            sent?;
            answer.await.unwrap_or(Err(StoreError::Closed))
        }
    }

    /// Hands a read to the readers, at once.
    pub(crate) fn look<T, F>(&self, read: F) -> impl Future<Output = Result<T, StoreError>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&Committed) -> Result<T, Fault<fjall::Error>> + Send + 'static,
    {
        let (job, answer) = read_job(read);
        let sent = match &self.inner.ends {
            Some(ends) => ends.reads.send(job).map_err(|_| StoreError::Closed),
            None => Err(StoreError::Closed),
        };
        async move {
            sent?;
            answer.await.unwrap_or(Err(StoreError::Closed))
        }
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded").field("metrics", &self.metrics()).finish_non_exhaustive()
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(run)
}

impl Drop for Inner {
    fn drop(&mut self) {
        let Some(Ends { writes, reads, _watchdog: watchdog, threads }) = self.ends.take() else {
            return;
        };
        // The writer may be gone: then there is nobody to tell.
        let _ = writes.send(Message::Close);
        drop((reads, watchdog));
        // A sink that holds the last handle drops it on a thread of the store, which the others may wait for.
        if threads.iter().all(|thread| thread.thread().id() != thread::current().id()) {
            for thread in threads {
                if thread.join().is_err() {
                    tracing::error!("a thread of the store ended early");
                }
            }
        }
        self.shared.replace_engine(None);
    }
}
