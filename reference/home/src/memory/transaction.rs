//! A transaction that proves that it touches one owner.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::convert::Infallible;
use core::ops::Bound;

use super::committed::{Changes, Committed};
use crate::key::{Owner, owner_of};
use crate::view::{KeyRow, Rows, View};

/// A transaction over committed rows. It sees its own changes, and writes down whose rows it touches.
#[derive(Debug)]
pub struct Transaction<'a> {
    committed: &'a Committed,
    changes: Changes,
    owners: RefCell<BTreeSet<Owner>>,
}

impl<'a> Transaction<'a> {
    /// A transaction that has changed nothing yet.
    #[must_use]
    pub fn new(committed: &'a Committed) -> Self {
        Self { committed, changes: BTreeMap::new(), owners: RefCell::default() }
    }

    /// What it changed.
    ///
    /// # Panics
    /// When the transaction touched more than one owner.
    #[must_use]
    pub fn into_changes(self) -> Changes {
        let owners = self.owners.into_inner();
        assert!(owners.len() <= 1, "a transaction touched {owners:?}");
        self.changes
    }

    fn touch(&self, key: &[u8]) {
        self.owners.borrow_mut().insert(owner_of(key).expect("a key with an owner"));
    }

    fn look(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.changes.get(key).cloned().unwrap_or_else(|| self.committed.0.get(key).cloned())
    }
}

impl Rows for Transaction<'_> {
    type Error = Infallible;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        self.touch(key);
        Ok(self.look(key))
    }

    fn peek(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.look(key))
    }

    fn scan(&self, first: &[u8], end: &[u8], count_max: usize) -> Result<Vec<KeyRow>, Infallible> {
        self.touch(first);
        if end <= first {
            return Ok(Vec::new());
        }
        let range = (Bound::Included(first), Bound::Excluded(end));
        let mut keys: BTreeSet<&Vec<u8>> =
            self.committed.0.range::<[u8], _>(range).map(|(key, _)| key).collect();
        keys.extend(self.changes.range::<[u8], _>(range).map(|(key, _)| key));
        let rows = keys.into_iter().filter_map(|key| Some((key.clone(), self.look(key)?)));
        Ok(rows.take(count_max).collect())
    }
}

impl View for Transaction<'_> {
    fn put(&mut self, key: Vec<u8>, row: Vec<u8>) {
        self.touch(&key);
        self.changes.insert(key, Some(row));
    }

    fn create(&mut self, key: Vec<u8>, row: Vec<u8>) {
        assert_eq!(self.look(&key), None, "created over a row: {key:?}");
        self.put(key, row);
    }

    fn delete(&mut self, key: Vec<u8>) {
        self.touch(&key);
        self.changes.insert(key, None);
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::DeviceId;
    use crate::Table;
    use crate::key::row;

    fn key_of(device: u8) -> Vec<u8> {
        row(Owner::Device(DeviceId::new([device; 16])), Table::Sender)
    }

    #[test]
    fn a_transaction_sees_its_own_changes() {
        let committed = Committed([(key_of(1), Vec::from([1]))].into());
        let mut transaction = Transaction::new(&committed);
        assert_eq!(transaction.peek(&key_of(1)), Ok(Some(Vec::from([1]))));
        transaction.delete(key_of(1));
        assert_eq!(transaction.get(&key_of(1)), Ok(None));
        assert_eq!(transaction.scan(&key_of(1), &key_of(2), 9), Ok(Vec::new()));
        transaction.create(key_of(1), Vec::from([2]));
        assert_eq!(transaction.scan(&key_of(1), &key_of(2), 9), Ok(Vec::from([(key_of(1), Vec::from([2]))])));
        assert_eq!(transaction.into_changes(), [(key_of(1), Some(Vec::from([2])))].into());
    }

    #[test]
    #[should_panic(expected = "a transaction touched")]
    fn two_owners_are_one_too_many() {
        let committed = Committed::default();
        let mut transaction = Transaction::new(&committed);
        transaction.put(key_of(1), Vec::new());
        assert_eq!(transaction.get(&key_of(2)), Ok(None));
        let _ = transaction.into_changes();
    }

    #[test]
    #[should_panic(expected = "created over a row")]
    fn a_row_is_created_where_there_is_none() {
        let committed = Committed([(key_of(1), Vec::new())].into());
        Transaction::new(&committed).create(key_of(1), Vec::new());
    }
}
