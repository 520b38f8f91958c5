//! The rows of the end-to-end encryption as they will be once what waits is written.

use std::collections::BTreeMap;

use pinnace_e2ee::{Unavailable, View};
use zeroize::Zeroizing;

use crate::conversation::{Row, Shelf};
use crate::store::{DeviceWrite, Store, Write};

/// The rows of the store under the writes of this turn.
#[derive(Debug)]
pub struct Rows<'a> {
    store: &'a Store,
    pending: &'a [Write],
}

impl<'a> Rows<'a> {
    /// The rows of this store, once these writes are made.
    #[must_use]
    pub const fn new(store: &'a Store, pending: &'a [Write]) -> Self {
        Self { store, pending }
    }
}

impl View for Rows<'_> {
    fn load(&self, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Unavailable> {
        let written = self.pending.iter().rev().find_map(|write| {
            if let Write::Device(DeviceWrite::Row(row)) = write
                && row.key == key
            {
                return Some(row.value.clone());
            }
            None
        });
        match written {
            Some(value) => Ok(value),
            None => self.store.row(key).map_err(|error| Unavailable(Box::new(error))),
        }
    }
}

impl Shelf for Rows<'_> {
    fn scan(&self, prefix: &[u8], count_max: usize) -> Result<Vec<Row>, Unavailable> {
        let mut rows = BTreeMap::new();
        let pending = self.pending.iter().filter_map(|write| {
            if let Write::Device(DeviceWrite::Row(row)) = write { Some(row) } else { None }
        });
        for row in pending.filter(|row| row.key.starts_with(prefix)) {
            rows.insert(row.key.clone(), row.value.clone());
        }
        // What this turn deletes may stand among the first of the store.
        let below = self.store.rows(prefix, count_max.saturating_add(rows.len()));
        for (key, value) in below.map_err(|error| Unavailable(Box::new(error)))? {
            rows.entry(key).or_insert(Some(value));
        }
        let there = rows.into_iter().filter_map(|(key, value)| Some((key, value?)));
        Ok(there.take(count_max).collect())
    }
}
