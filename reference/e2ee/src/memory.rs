//! A store without a disk.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use crate::change::{Change, Write};
use crate::row::{Unavailable, View};

/// Rows in memory: for tests, and for a client that wants to forget.
#[derive(Clone, Default)]
pub struct Memory {
    rows: BTreeMap<Vec<u8>, Zeroizing<Vec<u8>>>,
}

impl Memory {
    /// Writes the rows, as one transaction would.
    pub fn apply(&mut self, writes: &[Write]) {
        for write in writes {
            match &write.value {
                Some(value) => self.rows.insert(write.key.clone(), value.clone()),
                None => self.rows.remove(&write.key),
            };
        }
    }

    /// Stores the change and tells its result.
    pub fn take<T>(&mut self, change: Change<T>) -> T {
        let stored = change.commit(|writes, _| {
            self.apply(writes);
            Ok::<(), core::convert::Infallible>(())
        });
        match stored {
            Ok(result) => result,
        }
    }

    /// How many rows there are.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.rows.len()
    }
}

impl View for Memory {
    fn load(&self, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Unavailable> {
        Ok(self.rows.get(key).cloned())
    }
}

impl core::fmt::Debug for Memory {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Memory").field("row_count", &self.rows.len()).finish_non_exhaustive()
    }
}
