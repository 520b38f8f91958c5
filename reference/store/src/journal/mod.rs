//! The engine's journals, read before the engine opens them.
//!
//! The engine takes what it cannot read for the end of a journal and cuts it off, whether a crash left it or damage. It
//! leaves a commit's sequence number out of the commit's checksum, too. Each commit carries its count and the least
//! sequence number that it can have, which tells damage from a crash while everything is still there.

mod count;
mod file;

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

pub(crate) use count::{COUNT_KEY, Count};
use file::{Commit, Journal, is_blank};

use crate::OpenError;

/// Sequence numbers from here on are not a commit's.
const SEQNO_END: u64 = 1 << 63;

/// What the journals hold.
#[derive(Debug, Default)]
pub(crate) struct Held {
    last: Option<Commit>,
    journal_count: usize,
    /// The count of the last commit that has one.
    pub(crate) count: Option<u64>,
    /// What stands behind the last commit of the last journal.
    tail: Option<Tail>,
    /// The last journal, if there is no commit, and it begins with something else.
    pub(crate) unreadable: Option<PathBuf>,
}

/// What is not a whole commit.
#[derive(Debug)]
struct Tail {
    journal: PathBuf,
    at: u64,
    /// The count that it begins with, if it has one.
    count: Option<u64>,
}

impl Held {
    /// Reads the journals of the engine in this directory.
    ///
    /// # Errors
    /// [`OpenError::Damaged`] where a commit is missing between two others, or stands at a place that is not its own;
    /// [`OpenError::Io`].
    pub(crate) fn read(engine: &Path) -> Result<Self, OpenError> {
        let mut held = Self::default();
        for path in journals(engine)? {
            held.tail = None;
            held.journal_count = held.journal_count.saturating_add(1);
            let io = |error| OpenError::Io { path: path.clone(), error };
            let mut journal = Journal::open(&path).map_err(io)?;
            while let Some(commit) = journal.commit().map_err(io)? {
                held.take(commit).ok_or_else(|| OpenError::Damaged { path: path.clone() })?;
            }
            held.tail = journal.tail().map(|(at, count)| Tail { journal: path.clone(), at, count });
            let is_readable = held.last.is_some() || held.whole().is_some() || is_blank(&path).map_err(io)?;
            held.unreadable = (!is_readable).then_some(path);
        }
        Ok(held)
    }

    /// Whether there is a commit.
    pub(crate) const fn has_commits(&self) -> bool {
        self.last.is_some()
    }

    /// Whether there is no journal at all, which an engine that was ever used always has.
    pub(crate) const fn is_without_journal(&self) -> bool {
        self.journal_count == 0
    }

    /// Takes the next commit; `None`: it cannot follow the one before it.
    fn take(&mut self, commit: Commit) -> Option<()> {
        let seqno_min = self.last.map_or(0, |last| last.seqno.saturating_add(1));
        let mut is_next = (seqno_min..SEQNO_END).contains(&commit.seqno);
        if let Some(Count { count, after, seqno_min: noted }) = commit.count {
            is_next &= (seqno_min..=commit.seqno).contains(&noted);
            is_next &= after < count && self.count.is_none_or(|last| last == after);
            self.count = Some(count);
        }
        self.last = Some(commit);
        is_next.then_some(())
    }

    /// The count of the last commit, as far as the journals tell: none, if they hold no commit.
    pub(crate) fn whole(&self) -> Option<u64> {
        let torn = self.tail.as_ref().and_then(|tail| tail.count);
        self.count.or_else(|| torn.map(|count| count.saturating_sub(1)))
    }

    /// Cuts off what a crash left of a commit: the engine refuses some of what it can leave.
    ///
    /// # Errors
    /// The file cannot be cut.
    pub(crate) fn cut_tail(&self) -> Result<(), OpenError> {
        // What an older program left is the engine's.
        let Some(tail) = self.tail.as_ref().filter(|_| self.whole().is_some()) else { return Ok(()) };
        tracing::warn!(journal = %tail.journal.display(), at = tail.at, "a commit that was not finished is cut off");
        let cut = OpenOptions::new().write(true).open(&tail.journal).and_then(|file| {
            file.set_len(tail.at)?;
            file.sync_all()
        });
        cut.map_err(|error| OpenError::Io { path: tail.journal.clone(), error })
    }
}

/// The journals, oldest first. What is not there is the engine's to make.
fn journals(engine: &Path) -> Result<Vec<PathBuf>, OpenError> {
    let io = |error| OpenError::Io { path: engine.to_path_buf(), error };
    let entries = match fs::read_dir(engine) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(io(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(io)?.path();
        let name = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".jnl"));
        if let Some(number) = name.and_then(|name| name.parse::<u64>().ok()) {
            found.push((number, path));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}
