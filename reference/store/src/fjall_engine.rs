//! The engine: fjall, one keyspace.
//!
//! A commit is written to the journal and brought to the disk before it becomes visible, so that whatever a reader
//! sees is durable. Each commit carries its count, and once it is durable the mark says so.

use core::sync::atomic::{AtomicU64, Ordering};
use std::panic;
use std::path::Path;
use std::sync::Arc;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable, Snapshot};
use pinnace_home::{KeyRow, Rows};

use crate::OpenError;
use crate::dir::engine_path;
use crate::engine::Engine;
use crate::error::open_error;
use crate::journal::{COUNT_KEY, Count, Held};
use crate::manifest;
use crate::mark::Mark;
use crate::overlay::Batch;

/// Journals above this are flushed: opening reads them all.
const JOURNALS_BYTES_MAX: u64 = 128 * 1_024 * 1_024;

/// Threads that flush and compact.
const WORKER_COUNT: usize = 4;

/// Blocks of tables in memory.
const CACHE_BYTES: u64 = 64 * 1_024 * 1_024;

/// An open engine. Clones are handles on the same files, which are free again once the last one is dropped.
#[derive(Clone)]
pub(crate) struct FjallEngine {
    database: Database,
    rows: Keyspace,
    commits: Arc<Commits>,
}

/// The commits that are durable.
struct Commits {
    count: AtomicU64,
    /// The count of the last one that the journals hold.
    journaled: AtomicU64,
    mark: Mark,
}

impl FjallEngine {
    /// Opens the engine of the store in this directory, and reads its journals.
    ///
    /// # Errors
    /// [`OpenError::Damaged`] and [`OpenError::Missing`] where a file is not what was written, or a commit that was durable is
    /// gone; [`OpenError::Engine`], also where damage makes the engine panic: what lies on a disk must not end a process;
    /// [`OpenError::Locked`], [`OpenError::Io`].
    pub(crate) fn open(dir: &Path) -> Result<Self, OpenError> {
        let path = engine_path(dir);
        let marked = Mark::read(dir)?;
        let is_counted = marked.is_some_and(|count| count > 0);
        let held = Held::read(&path)?;
        let is_used = is_counted || held.has_commits() || manifest::has_tables(&path)?;
        manifest::check(&path, if is_used { manifest::Engine::Used } else { manifest::Engine::Unknown })?;
        // Without a journal the engine forgets its sequence numbers, and hides what its tables hold.
        if is_used && held.is_without_journal() {
            return Err(OpenError::Damaged { path });
        }
        // While the engine has changed nothing.
        if let Some(path) = held.unreadable.clone().filter(|_| is_counted) {
            return Err(OpenError::Damaged { path });
        }
        held.whole().map_or(Ok(()), |count| check_count(dir, count, marked))?;
        held.cut_tail()?;
        let (database, rows, count) = panic::catch_unwind(|| Self::open_files(&path))
            .unwrap_or(Err(fjall::Error::Unrecoverable))
            .map_err(|error| open_error(dir, error))?;
        check_count(dir, count, marked.max(held.whole()))?;
        let mark = Mark::open(dir, count).map_err(|error| OpenError::Io { path: Mark::path(dir), error })?;
        let journaled = AtomicU64::new(held.count.unwrap_or(count));
        let commits = Arc::new(Commits { count: AtomicU64::new(count), journaled, mark });
        Ok(Self { database, rows, commits })
    }

    /// The files, and how many commits they hold.
    fn open_files(path: &Path) -> Result<(Database, Keyspace, u64), fjall::Error> {
        let database = Database::builder(path)
            .max_journaling_size(JOURNALS_BYTES_MAX)
            .worker_threads(WORKER_COUNT)
            .cache_size(CACHE_BYTES)
            .open()?;
        let rows = database.keyspace("rows", KeyspaceCreateOptions::default)?;
        let row = rows.get(COUNT_KEY)?;
        // An older program counted nothing.
        let count = row.and_then(|row| Count::from_row(&row)).map_or(0, |count| count.count);
        Ok((database, rows, count))
    }

    /// Every row, in order.
    pub(crate) fn all(&self) -> impl Iterator<Item = Result<KeyRow, fjall::Error>> {
        let rows = self.rows.iter().map(fjall::Guard::into_inner);
        let rows = rows.filter(|row| row.as_ref().map_or(true, |(key, _)| **key != COUNT_KEY));
        rows.map(|row| row.map(|(key, row)| (key.to_vec(), row.to_vec())))
    }
}

impl Engine for FjallEngine {
    type Error = fjall::Error;
    type Committed = Committed;

    fn commit(&self, batch: &Batch) -> Result<(), fjall::Error> {
        let count = self.commits.count.load(Ordering::Relaxed).saturating_add(1);
        let after = self.commits.journaled.load(Ordering::Relaxed);
        let mut write = self.database.batch().durability(Some(PersistMode::SyncData));
        // It goes first, so that a torn commit tells its number.
        let row = Count { count, after, seqno_min: self.database.seqno() }.to_row();
        write.insert(&self.rows, COUNT_KEY.as_slice(), row.as_slice());
        for (key, change) in batch.changes() {
            match change.row() {
                Some(row) => write.insert(&self.rows, key.as_slice(), row.as_slice()),
                None => write.remove(&self.rows, key.as_slice()),
            }
        }
        write.commit()?;
        self.commits.count.store(count, Ordering::Relaxed);
        self.commits.journaled.store(count, Ordering::Relaxed);
        self.commits.mark.note(count);
        Ok(())
    }

    fn committed(&self) -> Committed {
        Committed { snapshot: self.database.snapshot(), rows: self.rows.clone() }
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, fjall::Error> {
        Ok(self.rows.get(key)?.map(|row| row.to_vec()))
    }

    fn range(&self, first: &[u8], end: &[u8]) -> impl Iterator<Item = Result<KeyRow, fjall::Error>> {
        self.rows
            .range(first.to_vec()..end.to_vec())
            .map(|guard| guard.into_inner().map(|(key, row)| (key.to_vec(), row.to_vec())))
    }
}

/// Holds how many commits there are against how many were durable.
fn check_count(dir: &Path, count: u64, durable: Option<u64>) -> Result<(), OpenError> {
    match durable.unwrap_or(0).checked_sub(count) {
        None | Some(0) => Ok(()),
        Some(missing) => {
            Err(OpenError::Missing { dir: dir.to_path_buf(), count: missing, mark: Mark::path(dir) })
        }
    }
}

/// A committed state.
pub(crate) struct Committed {
    snapshot: Snapshot,
    rows: Keyspace,
}

impl Rows for Committed {
    type Error = fjall::Error;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, fjall::Error> {
        Ok(self.snapshot.get(&self.rows, key)?.map(|row| row.to_vec()))
    }

    fn peek(&self, key: &[u8]) -> Result<Option<Vec<u8>>, fjall::Error> {
        self.get(key)
    }

    fn scan(&self, first: &[u8], end: &[u8], count_max: usize) -> Result<Vec<KeyRow>, fjall::Error> {
        if end <= first {
            return Ok(Vec::new());
        }
        let rows = self.snapshot.range(&self.rows, first.to_vec()..end.to_vec());
        rows.take(count_max)
            .map(|guard| guard.into_inner().map(|(key, row)| (key.to_vec(), row.to_vec())))
            .collect()
    }
}
