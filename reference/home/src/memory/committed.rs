//! Committed rows.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::ops::Bound;

use crate::view::{KeyRow, Rows};

/// Committed rows of all owners, in the order of their keys. Nothing can go wrong with them.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Committed(pub BTreeMap<Vec<u8>, Vec<u8>>);

/// What a transaction changes, by key; a deleted row is `None`.
pub type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

impl Committed {
    /// Makes the changes of a transaction.
    pub fn apply(&mut self, changes: Changes) {
        for (key, row) in changes {
            match row {
                Some(row) => self.0.insert(key, row),
                None => self.0.remove(&key),
            };
        }
    }

    /// Keys and rows from `first` (included) to `end` (excluded); none if `end` is not above `first`.
    pub fn range(&self, first: &[u8], end: &[u8]) -> impl Iterator<Item = KeyRow> {
        let range = (first < end).then_some((Bound::Included(first), Bound::Excluded(end)));
        let rows = range.into_iter().flat_map(|range| self.0.range::<[u8], _>(range));
        rows.map(|(key, row)| (key.clone(), row.clone()))
    }
}

impl Rows for Committed {
    type Error = Infallible;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.get(key).cloned())
    }

    fn peek(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        self.get(key)
    }

    fn scan(&self, first: &[u8], end: &[u8], count_max: usize) -> Result<Vec<KeyRow>, Infallible> {
        Ok(self.range(first, end).take(count_max).collect())
    }
}
