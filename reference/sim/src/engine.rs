//! The server's engine: rows in memory, a journal and snapshots on a disk that can lose and tear. It stands in for the
//! embedded engine, whose threads cannot be replayed; everything above it is the store's own code.
//!
//! ```text
//! snapshot-N   all rows at its time, one record
//! journal-N    the commits since, one record each
//! record       length (4) | digest (8) | changes
//! ```

use core::cell::{Cell, RefCell};
use core::ops::Bound;
use std::collections::BTreeMap;
use std::rc::Rc;

use pinnace_home::{KeyRow, OWNER_LEN, Rows, Table};
use pinnace_store::{Batch, Change, Engine};

use crate::bug::Bug;
use crate::files::{FileFault, Files};
use crate::trace::{FNV_START, fnv};

pub(crate) type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// An open engine.
pub(crate) struct SimEngine {
    files: Rc<RefCell<Files>>,
    rows: RefCell<Rc<Map>>,
    /// The number of the journal, and how many commits it has.
    journal: Cell<(u64, u64)>,
    /// Commits in a journal before the next one.
    journal_commits_max: u64,
    bug: Option<Bug>,
}

/// A committed state.
pub(crate) struct Snapshot(Rc<Map>);

impl SimEngine {
    /// Opens what the files hold.
    pub(crate) fn open(
        files: &Rc<RefCell<Files>>,
        journal_commits_max: u64,
        bug: Option<Bug>,
    ) -> Result<Self, FileFault> {
        let engine = Self {
            files: Rc::clone(files),
            rows: RefCell::default(),
            journal: Cell::new((0, 0)),
            journal_commits_max,
            bug,
        };
        engine.load()?;
        Ok(engine)
    }

    fn load(&self) -> Result<(), FileFault> {
        let number = self.latest_snapshot();
        let mut files = self.files.borrow_mut();
        let mut rows = Map::new();
        if let Some(record) = files.read(&snapshot_name(number)).and_then(|octets| split_record(octets)) {
            apply(&mut rows, record.0);
        }
        let journal = journal_name(number);
        if files.read(&journal).is_none() {
            files.create(&journal);
        }
        let (mut whole_len, mut count) = (0_usize, 0_u64);
        let mut older = Map::new();
        if let Some(mut rest) = files.read(&journal) {
            while let Some((changes, behind)) = split_record(rest) {
                if self.bug == Some(Bug::MailboxNumberReused) {
                    let mailboxes = rows.iter().filter(|(key, _)| is_of(key, Table::Mailbox));
                    older = mailboxes.map(|(key, row)| (key.clone(), row.clone())).collect();
                }
                apply(&mut rows, changes);
                count = count.saturating_add(1);
                whole_len = whole_len.saturating_add(rest.len().saturating_sub(behind.len()));
                rest = behind;
            }
        }
        // A torn end must not stand between this journal's records and the next ones.
        files.truncate(&journal, whole_len);
        files.sync(&snapshot_name(number))?;
        files.sync(&journal)?;
        files.sync_names();
        drop(files);
        self.forget(&mut rows, older);
        *self.rows.borrow_mut() = Rc::new(rows);
        self.journal.set((number, count));
        Ok(())
    }

    /// What a planted mistake loses at a start.
    fn forget(&self, rows: &mut Map, older: Map) {
        match self.bug {
            Some(Bug::OutcomesForgottenAtRestart) => rows.retain(|key, _| !is_of(key, Table::Outcome)),
            Some(Bug::MailboxNumberReused) => rows.extend(older),
            Some(_) | None => {}
        }
    }

    /// The highest snapshot that is whole; 0 is the empty one.
    fn latest_snapshot(&self) -> u64 {
        let files = self.files.borrow();
        let whole =
            |number: &u64| files.read(&snapshot_name(*number)).is_some_and(|o| split_record(o).is_some());
        let numbers = files.names().filter_map(|name| name.strip_prefix("snapshot-")?.parse().ok());
        numbers.filter(whole).max().unwrap_or(0)
    }

    /// Starts a new journal behind a snapshot of everything.
    fn rotate(&self) -> Result<(), FileFault> {
        let (number, _) = self.journal.get();
        let next = number.saturating_add(1);
        let mut files = self.files.borrow_mut();
        let rows = self.rows.borrow();
        let all = rows.iter().map(|(key, row)| (key.as_slice(), Some(row.as_slice())));
        files.create(&snapshot_name(next));
        files.append(&snapshot_name(next), &record(all))?;
        files.sync(&snapshot_name(next))?;
        files.create(&journal_name(next));
        if self.bug != Some(Bug::NoDirectorySync) {
            files.sync_names();
        }
        files.remove(&snapshot_name(number));
        files.remove(&journal_name(number));
        self.journal.set((next, 0));
        Ok(())
    }

    /// Every row, in order.
    pub(crate) fn rows(&self) -> Rc<Map> {
        Rc::clone(&self.rows.borrow())
    }
}

impl Engine for SimEngine {
    type Error = FileFault;
    type Committed = Snapshot;

    fn commit(&self, batch: &Batch) -> Result<(), FileFault> {
        let (number, count) = self.journal.get();
        if count >= self.journal_commits_max {
            self.rotate()?;
        }
        let (number, count) =
            if count >= self.journal_commits_max { self.journal.get() } else { (number, count) };
        let written = batch.changes().map(|(key, change)| (key.as_slice(), row_of(change)));
        let octets = record(written);
        let name = journal_name(number);
        let mut files = self.files.borrow_mut();
        files.append(&name, &octets)?;
        if self.bug != Some(Bug::AckBeforeFsync) {
            files.sync(&name)?;
        }
        drop(files);
        self.journal.set((number, count.saturating_add(1)));
        let mut rows = self.rows.borrow_mut();
        let rows = Rc::make_mut(&mut rows);
        for (key, change) in batch.changes() {
            match change {
                Change::Put(row) | Change::Created(row) => rows.insert(key.clone(), row.clone()),
                Change::Deleted => rows.remove(key),
            };
        }
        Ok(())
    }

    fn committed(&self) -> Snapshot {
        Snapshot(self.rows())
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, FileFault> {
        Ok(self.rows.borrow().get(key).cloned())
    }

    fn range(&self, first: &[u8], end: &[u8]) -> impl Iterator<Item = Result<KeyRow, FileFault>> {
        // What one scan of the rules looks at is short.
        let rows: Vec<KeyRow> = range_of(&self.rows.borrow(), first, end).collect();
        rows.into_iter().map(Ok)
    }
}

impl Rows for Snapshot {
    type Error = FileFault;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, FileFault> {
        Ok(self.0.get(key).cloned())
    }

    fn peek(&self, key: &[u8]) -> Result<Option<Vec<u8>>, FileFault> {
        self.get(key)
    }

    fn scan(&self, first: &[u8], end: &[u8], count_max: usize) -> Result<Vec<KeyRow>, FileFault> {
        if end <= first {
            return Ok(Vec::new());
        }
        Ok(range_of(&self.0, first, end).take(count_max).collect())
    }
}

fn range_of<'m>(rows: &'m Map, first: &[u8], end: &[u8]) -> impl Iterator<Item = KeyRow> + use<'m> {
    let bounds = (Bound::Included(first.to_vec()), Bound::Excluded(end.to_vec()));
    rows.range::<Vec<u8>, _>(bounds).map(|(key, row)| (key.clone(), row.clone()))
}

/// Whether a key is one of an owner's rows in a table.
pub(crate) fn is_of(key: &[u8], table: Table) -> bool {
    key.first() == Some(&1) && key.get(1 + OWNER_LEN) == Some(&(table as u8))
}

const fn row_of(change: &Change) -> Option<&[u8]> {
    match change {
        Change::Put(row) | Change::Created(row) => Some(row.as_slice()),
        Change::Deleted => None,
    }
}

fn snapshot_name(number: u64) -> String {
    format!("snapshot-{number}")
}

fn journal_name(number: u64) -> String {
    format!("journal-{number}")
}

fn len_octets(len: usize) -> [u8; 4] {
    u32::try_from(len).unwrap_or(u32::MAX).to_be_bytes()
}

/// A record of changes; a row that is `None` is deleted.
fn record<'c>(changes: impl Iterator<Item = (&'c [u8], Option<&'c [u8]>)>) -> Vec<u8> {
    let mut body = Vec::new();
    for (key, row) in changes {
        body.extend_from_slice(&len_octets(key.len()));
        body.extend_from_slice(key);
        body.push(u8::from(row.is_some()));
        body.extend_from_slice(&len_octets(row.unwrap_or_default().len()));
        body.extend_from_slice(row.unwrap_or_default());
    }
    let digest = fnv(FNV_START, &body);
    [len_octets(body.len()).as_slice(), &digest.to_be_bytes(), &body].concat()
}

/// The body of the first record and what lies behind it, if the record is whole.
fn split_record(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = octets.split_first_chunk::<4>()?;
    let (digest, rest) = rest.split_first_chunk::<8>()?;
    let (body, behind) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*len)).ok()?)?;
    (fnv(FNV_START, body) == u64::from_be_bytes(*digest)).then_some((body, behind))
}

fn apply(rows: &mut Map, mut body: &[u8]) {
    let field = |body: &mut &[u8]| -> Option<Vec<u8>> {
        let (len, rest) = body.split_first_chunk::<4>()?;
        let (field, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*len)).ok()?)?;
        *body = rest;
        Some(field.to_vec())
    };
    while let Some(key) = field(&mut body) {
        let Some((is_there, rest)) = body.split_first() else { return };
        body = rest;
        let Some(row) = field(&mut body) else { return };
        if *is_there == 1 {
            rows.insert(key, row);
        } else {
            rows.remove(&key);
        }
    }
}
