//! The engine: fjall, one keyspace.
//!
//! A commit is written to the journal and brought to the disk before it becomes visible, so that whatever a reader
//! sees is durable.

use std::panic;
use std::path::Path;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable, Snapshot};
use pinnace_home::{KeyRow, Rows};

use crate::engine::Engine;
use crate::manifest;
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
}

impl FjallEngine {
    /// Opens the engine's files, and reads its journals.
    ///
    /// # Errors
    /// The engine's; [`fjall::Error::Unrecoverable`] also where damage makes it panic: what lies on a disk must not end
    /// a process.
    pub(crate) fn open(path: &Path) -> Result<Self, fjall::Error> {
        panic::catch_unwind(|| Self::try_open(path)).unwrap_or(Err(fjall::Error::Unrecoverable))
    }

    fn try_open(path: &Path) -> Result<Self, fjall::Error> {
        manifest::check(path)?;
        let database = Database::builder(path)
            .max_journaling_size(JOURNALS_BYTES_MAX)
            .worker_threads(WORKER_COUNT)
            .cache_size(CACHE_BYTES)
            .open()?;
        let rows = database.keyspace("rows", KeyspaceCreateOptions::default)?;
        Ok(Self { database, rows })
    }

    /// Every row, in order.
    pub(crate) fn all(&self) -> impl Iterator<Item = Result<KeyRow, fjall::Error>> {
        self.rows.iter().map(|guard| guard.into_inner().map(|(key, row)| (key.to_vec(), row.to_vec())))
    }
}

impl Engine for FjallEngine {
    type Error = fjall::Error;
    type Committed = Committed;

    fn commit(&self, batch: &Batch) -> Result<(), fjall::Error> {
        let mut write = self.database.batch().durability(Some(PersistMode::SyncData));
        for (key, change) in batch.changes() {
            match change.row() {
                Some(row) => write.insert(&self.rows, key.as_slice(), row.as_slice()),
                None => write.remove(&self.rows, key.as_slice()),
            }
        }
        write.commit()
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
