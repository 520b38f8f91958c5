//! A journal, read commit by commit.
//!
//! ```text
//! commit   01 | item count (4) | sequence number (8) | items | 03 | XXH3 of the items (8) | "FJL" 03
//! item     02 | kind (1) | compression (1) | keyspace (8) | key length (2) | row length (4) | stored length (4) | key | row
//! clear    04 | keyspace (8)
//! ```

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::Path;

use xxhash_rust::xxh3::Xxh3;

use super::count::{COUNT_KEY, Count, ROW_LEN};

/// What closes a commit.
const MAGIC: [u8; 4] = *b"FJL\x03";

/// Octets of a commit's beginning, with its count.
const HEAD_LEN: u64 = 13 + 22 + 1 + 32;

/// A commit of a journal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Commit {
    pub(crate) seqno: u64,
    /// `None`: an older program made it.
    pub(crate) count: Option<Count>,
}

/// Whether a journal begins with zeros, as one does that was made and not written. A crash leaves the beginning of its first
/// commit, which lies in one sector, whole or not there.
pub(crate) fn is_blank(journal: &Path) -> io::Result<bool> {
    let mut octets = Vec::new();
    File::open(journal)?.take(HEAD_LEN).read_to_end(&mut octets)?;
    Ok(octets.iter().all(|octet| *octet == 0))
}

/// A journal while it is read.
pub(crate) struct Journal {
    file: BufReader<File>,
    /// Octets of whole commits.
    at: u64,
    /// Octets that were taken.
    taken: u64,
    items: Xxh3,
    /// The count of the commit that is being read.
    count: Option<Count>,
}

impl Journal {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = BufReader::with_capacity(64 * 1_024, File::open(path)?);
        Ok(Self { file, at: 0, taken: 0, items: Xxh3::new(), count: None })
    }

    /// The next commit, or `None` where none is, or none that is whole.
    pub(crate) fn commit(&mut self) -> io::Result<Option<Commit>> {
        self.count = None;
        self.items.reset();
        match self.try_commit() {
            Ok(commit) => {
                self.at = self.taken;
                Ok(Some(commit))
            }
            Err(error) if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Where the last whole commit ends, and the count of what follows, if that has one; `None`: nothing was written there.
    pub(crate) fn tail(self) -> Option<(u64, Option<u64>)> {
        // Where not even the first octet is that of a commit, the engine finds the end by itself.
        (self.taken > self.at.saturating_add(1)).then(|| (self.at, self.count.map(|count| count.count)))
    }

    fn try_commit(&mut self) -> io::Result<Commit> {
        same(&self.number::<1>()?, &1)?;
        let item_count = self.number::<4>()?;
        let seqno = self.number::<8>()?;
        self.items.reset();
        for _ in 0..item_count {
            self.item()?;
        }
        let found = self.items.digest();
        same(&self.number::<1>()?, &3)?;
        same(&self.number::<8>()?, &found)?;
        same(&self.array()?, &MAGIC)?;
        Ok(Commit { seqno, count: self.count })
    }

    fn item(&mut self) -> io::Result<()> {
        match self.number::<1>()? {
            2 => {}
            4 => return self.number::<8>().map(|_| ()),
            _ => return Err(ErrorKind::InvalidData.into()),
        }
        let _kind_and_compression = self.array::<2>()?;
        let _keyspace = self.number::<8>()?;
        let key_len = self.number::<2>()?;
        let _row_len = self.number::<4>()?;
        let stored_len = self.number::<4>()?;
        if key_len != COUNT_KEY.len() as u64 {
            return self.skip(key_len.saturating_add(stored_len));
        }
        let is_count = self.array()? == COUNT_KEY;
        if !is_count || stored_len != ROW_LEN as u64 {
            return self.skip(stored_len);
        }
        self.count = Count::from_row(&self.array::<ROW_LEN>()?);
        Ok(())
    }

    /// A number with the lowest octet first.
    fn number<const LEN: usize>(&mut self) -> io::Result<u64> {
        let octets: [u8; LEN] = self.array()?;
        Ok(octets.iter().rev().fold(0, |number, octet| number << 8 | u64::from(*octet)))
    }

    fn array<const LEN: usize>(&mut self) -> io::Result<[u8; LEN]> {
        let mut octets = [0; LEN];
        self.file.read_exact(&mut octets)?;
        self.took(&octets);
        Ok(octets)
    }

    fn skip(&mut self, len: u64) -> io::Result<()> {
        let mut left = len;
        while left > 0 {
            let octets = self.file.fill_buf()?;
            let some = octets.get(..usize::try_from(left).unwrap_or(usize::MAX)).unwrap_or(octets);
            let count = some.len();
            if count == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.items.update(some);
            self.file.consume(count);
            self.taken = self.taken.saturating_add(count as u64);
            left = left.saturating_sub(count as u64);
        }
        Ok(())
    }

    fn took(&mut self, octets: &[u8]) {
        self.items.update(octets);
        self.taken = self.taken.saturating_add(octets.len() as u64);
    }
}

fn same<T: PartialEq>(found: &T, expected: &T) -> io::Result<()> {
    if found == expected { Ok(()) } else { Err(ErrorKind::InvalidData.into()) }
}
