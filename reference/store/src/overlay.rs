//! Changes that are not committed yet, over what is.

use core::ops::Bound;
use std::collections::BTreeMap;
use std::collections::btree_map::{Entry, Range};

use pinnace_home::{KeyRow, Rows, View};

use crate::engine::Engine;
use crate::merge::Merged;

/// What becomes of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// It is set.
    Put(Vec<u8>),
    /// It is set, and the engine holds nothing under its key.
    Created(Vec<u8>),
    /// It is deleted.
    Deleted,
}

impl Change {
    pub(crate) const fn row(&self) -> Option<&Vec<u8>> {
        match self {
            Self::Put(row) | Self::Created(row) => Some(row),
            Self::Deleted => None,
        }
    }
}

/// The changes of a group of transactions: later ones see those of earlier ones.
#[derive(Debug, Default)]
pub struct Batch {
    changes: BTreeMap<Vec<u8>, Change>,
    /// What the running transaction replaced, oldest first.
    undo: Vec<(Vec<u8>, Option<Change>)>,
    /// About how many octets the changes take.
    bytes: usize,
}

impl Batch {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many rows change.
    #[must_use]
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The changes, in the order of their keys.
    pub fn changes(&self) -> impl Iterator<Item = (&Vec<u8>, &Change)> {
        self.changes.iter()
    }

    /// What becomes of the row under this key.
    pub(crate) fn get(&self, key: &[u8]) -> Option<&Change> {
        self.changes.get(key)
    }

    /// What becomes of rows from `first` to before `end`, in order. `end` is above `first`.
    pub(crate) fn range(&self, first: &[u8], end: &[u8]) -> Range<'_, Vec<u8>, Change> {
        self.changes.range::<[u8], _>((Bound::Included(first), Bound::Excluded(end)))
    }

    /// The same, with the changes taken out.
    pub fn into_changes(self) -> impl Iterator<Item = (Vec<u8>, Change)> {
        self.changes.into_iter()
    }

    /// Keeps what the running transaction changed.
    pub(crate) fn keep(&mut self) {
        self.undo.clear();
    }

    /// Drops what the running transaction changed.
    pub(crate) fn roll_back(&mut self) {
        while let Some((key, change)) = self.undo.pop() {
            match change {
                Some(change) => self.changes.insert(key, change),
                None => self.changes.remove(&key),
            };
        }
    }

    fn put(&mut self, key: Vec<u8>, row: Vec<u8>) {
        self.bytes = self.bytes.saturating_add(key.len()).saturating_add(row.len());
        let change = match self.changes.get(&key) {
            Some(Change::Created(_)) => Change::Created(row),
            Some(Change::Put(_) | Change::Deleted) | None => Change::Put(row),
        };
        self.set(key, change);
    }

    fn create(&mut self, key: Vec<u8>, row: Vec<u8>) {
        self.bytes = self.bytes.saturating_add(key.len()).saturating_add(row.len());
        // What was deleted in this batch is still in the engine.
        let change = if self.changes.contains_key(&key) { Change::Put(row) } else { Change::Created(row) };
        self.set(key, change);
    }

    fn set(&mut self, key: Vec<u8>, change: Change) {
        let before = self.changes.insert(key.clone(), change);
        self.undo.push((key, before));
    }

    fn delete(&mut self, key: Vec<u8>) {
        match self.changes.entry(key) {
            Entry::Occupied(entry) if matches!(entry.get(), Change::Created(_)) => {
                let (key, before) = entry.remove_entry();
                self.undo.push((key, Some(before)));
            }
            Entry::Occupied(mut entry) => {
                let before = entry.insert(Change::Deleted);
                self.undo.push((entry.key().clone(), Some(before)));
            }
            Entry::Vacant(entry) => {
                self.undo.push((entry.key().clone(), None));
                entry.insert(Change::Deleted);
            }
        }
    }
}

/// A transaction over an engine and the batch that it will be committed with.
#[derive(Debug)]
pub struct Overlay<'a, E> {
    pub(crate) engine: &'a E,
    pub(crate) batch: &'a mut Batch,
}

impl<'a, E> Overlay<'a, E> {
    /// A transaction over this engine, whose changes go into this batch.
    pub const fn new(engine: &'a E, batch: &'a mut Batch) -> Self {
        Self { engine, batch }
    }
}

impl<E: Engine> Rows for Overlay<'_, E> {
    type Error = E::Error;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, E::Error> {
        match self.batch.get(key) {
            Some(change) => Ok(change.row().cloned()),
            None => self.engine.get(key),
        }
    }

    fn peek(&self, key: &[u8]) -> Result<Option<Vec<u8>>, E::Error> {
        self.get(key)
    }

    fn scan(&self, first: &[u8], end: &[u8], count_max: usize) -> Result<Vec<KeyRow>, E::Error> {
        if end <= first {
            return Ok(Vec::new());
        }
        let changes = self.batch.range(first, end);
        Merged::new(self.engine.range(first, end), changes).take(count_max).collect()
    }
}

impl<E: Engine> View for Overlay<'_, E> {
    fn put(&mut self, key: Vec<u8>, row: Vec<u8>) {
        self.batch.put(key, row);
    }

    fn create(&mut self, key: Vec<u8>, row: Vec<u8>) {
        self.batch.create(key, row);
    }

    fn delete(&mut self, key: Vec<u8>) {
        self.batch.delete(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Vec<u8> {
        name.as_bytes().to_vec()
    }

    fn changes(batch: Batch) -> Vec<(String, Change)> {
        batch.into_changes().map(|(key, change)| (String::from_utf8(key).unwrap(), change)).collect()
    }

    #[test]
    fn a_created_row_that_is_deleted_leaves_nothing() {
        let mut batch = Batch::default();
        batch.create(key("a"), key("1"));
        batch.put(key("a"), key("2"));
        batch.delete(key("a"));
        assert_eq!(changes(batch), []);
    }

    #[test]
    fn a_row_that_the_engine_holds_stays_deleted_though_it_was_made_again() {
        let mut batch = Batch::default();
        batch.delete(key("a"));
        batch.create(key("a"), key("1"));
        batch.delete(key("a"));
        assert_eq!(changes(batch), [("a".into(), Change::Deleted)]);
    }

    #[test]
    fn rolling_back_leaves_what_earlier_transactions_changed() {
        let mut batch = Batch::default();
        batch.put(key("a"), key("1"));
        batch.create(key("b"), key("1"));
        batch.keep();
        batch.delete(key("a"));
        batch.delete(key("b"));
        batch.create(key("b"), key("2"));
        batch.put(key("c"), key("2"));
        batch.roll_back();
        assert_eq!(
            changes(batch),
            [("a".into(), Change::Put(key("1"))), ("b".into(), Change::Created(key("1")))]
        );
    }
}
