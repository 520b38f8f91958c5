//! How many commits are durable, noted beside the engine.
//!
//! The engine takes what it cannot read in its journal for the end of the journal, so that damage there looks like a
//! crash. This file tells one from the other: a commit that it counts was on the disk.
//!
//! ```text
//! MARK     slot (16) at 0, slot (16) at 512
//! slot     count (8) | XXH3 of the count (8)
//! ```

use core::sync::atomic::{AtomicBool, Ordering};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::OpenError;
use crate::dir::write_whole;

/// Octets of a slot.
const SLOT_LEN: usize = 16;

/// From one slot to the other: each lies in a sector of its own, so that a write which is torn leaves the other.
const SLOT_STEP: usize = 512;

/// Octets of the file.
const LEN: usize = SLOT_STEP + SLOT_LEN;

/// The count of durable commits, in its file.
///
/// It is written after the commit's fsync, and itself without one: after a crash it may lag behind, it never leads.
#[derive(Debug)]
pub(crate) struct Mark {
    file: File,
    path: PathBuf,
    /// Whether the last count could not be noted.
    is_behind: AtomicBool,
}

impl Mark {
    /// Where the mark of the store in this directory is.
    pub(crate) fn path(dir: &Path) -> PathBuf {
        dir.join("MARK")
    }

    /// What the mark of the store in this directory says, or `None` where there is none: of an older store, or because
    /// somebody wants to go on without what is missing.
    ///
    /// # Errors
    /// [`OpenError::Damaged`] when neither slot is whole, [`OpenError::Io`].
    pub(crate) fn read(dir: &Path) -> Result<Option<u64>, OpenError> {
        let path = Self::path(dir);
        let mut octets = Vec::with_capacity(LEN);
        let read = File::open(&path).and_then(|file| file.take(LEN as u64).read_to_end(&mut octets));
        match read {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(OpenError::Io { path, error }),
        }
        let slots = [octets.get(..SLOT_LEN), octets.get(SLOT_STEP..LEN)];
        let count = slots.into_iter().flatten().filter_map(parse).max();
        count.map(Some).ok_or(OpenError::Damaged { path })
    }

    /// Makes the mark if there is none, and notes this count.
    ///
    /// # Errors
    /// Whatever keeps the file from being made or opened.
    pub(crate) fn open(dir: &Path, count: u64) -> io::Result<Self> {
        let path = Self::path(dir);
        if !path.try_exists()? {
            let mut octets = slot(count).to_vec();
            octets.resize(SLOT_STEP, 0);
            octets.extend(slot(count));
            write_whole(&path, &octets)?;
        }
        let file = OpenOptions::new().write(true).open(&path)?;
        let mark = Self { file, path, is_behind: AtomicBool::new(false) };
        mark.note(count);
        Ok(mark)
    }

    /// Notes a count of commits that are durable. A mark that cannot be written lags behind: no commit fails for that.
    pub(crate) fn note(&self, count: u64) {
        match self.write(count) {
            Ok(()) => self.is_behind.store(false, Ordering::Relaxed),
            Err(error) => {
                if !self.is_behind.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%error, path = %self.path.display(), "the count of durable commits is not noted");
                }
            }
        }
    }

    fn write(&self, count: u64) -> io::Result<()> {
        let at = if count.is_multiple_of(2) { 0 } else { SLOT_STEP };
        let mut file = &self.file;
        file.seek(SeekFrom::Start(at as u64))?;
        file.write_all(&slot(count))
    }
}

fn slot(count: u64) -> [u8; SLOT_LEN] {
    let mut octets = [0; SLOT_LEN];
    let (number, checksum) = octets.split_at_mut(SLOT_LEN / 2);
    number.copy_from_slice(&count.to_be_bytes());
    checksum.copy_from_slice(&xxhash_rust::xxh3::xxh3_64(number).to_be_bytes());
    octets
}

fn parse(octets: &[u8]) -> Option<u64> {
    let (number, checksum) = octets.split_first_chunk()?;
    (xxhash_rust::xxh3::xxh3_64(number).to_be_bytes() == checksum).then(|| u64::from_be_bytes(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_write_leaves_the_count_before() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Mark::read(folder.path()).unwrap(), None);
        let mark = Mark::open(folder.path(), 7).unwrap();
        assert_eq!(Mark::read(folder.path()).unwrap(), Some(7));
        for count in [8, 9, 10] {
            mark.note(count);
            assert_eq!(Mark::read(folder.path()).unwrap(), Some(count));
        }
        let path = Mark::path(folder.path());
        let mut octets = std::fs::read(&path).unwrap();
        octets[7] ^= 1;
        std::fs::write(&path, &octets).unwrap();
        assert_eq!(Mark::read(folder.path()).unwrap(), Some(9));
        octets[SLOT_STEP] ^= 1;
        std::fs::write(&path, &octets).unwrap();
        assert!(matches!(Mark::read(folder.path()), Err(OpenError::Damaged { .. })));
    }

    #[test]
    fn a_mark_that_cannot_be_written_lags() {
        let folder = tempfile::tempdir().unwrap();
        let mut mark = Mark::open(folder.path(), 1).unwrap();
        mark.file = File::open(Mark::path(folder.path())).unwrap();
        mark.note(2);
        assert!(mark.is_behind.load(Ordering::Relaxed));
        assert_eq!(Mark::read(folder.path()).unwrap(), Some(1));
    }
}
