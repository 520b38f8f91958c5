//! Rows that were read from the engine and have not changed since.

use std::collections::HashMap;

/// Rows that are remembered: above this all of them are forgotten, and the busy ones come back at once.
const ROWS_MAX: usize = 8_192;

/// The longest row that is remembered, in octets. The rows that are read again and again are counters.
const ROW_LEN_MAX: usize = 256;

/// What the engine holds under some keys, as its one writer knows.
///
/// Nobody else writes, so that a row stays true until the writer itself changes it.
#[derive(Debug, Default)]
pub(crate) struct Memo(HashMap<Vec<u8>, Option<Vec<u8>>>);

impl Memo {
    /// The row under this key; the outer `None`: it is not known.
    pub(crate) fn get(&self, key: &[u8]) -> Option<&Option<Vec<u8>>> {
        self.0.get(key)
    }

    /// This is what the engine holds.
    pub(crate) fn learn(&mut self, key: &[u8], row: Option<&Vec<u8>>) {
        if row.is_some_and(|row| row.len() > ROW_LEN_MAX) {
            return;
        }
        if self.0.len() >= ROWS_MAX {
            self.0.clear();
        }
        self.0.insert(key.to_vec(), row.cloned());
    }

    /// These rows will not stay as they are.
    pub(crate) fn forget<'a>(&mut self, keys: impl Iterator<Item = &'a Vec<u8>>) {
        for key in keys {
            self.0.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded() {
        let mut memo = Memo::default();
        for index in 0..3 * ROWS_MAX {
            memo.learn(&index.to_be_bytes(), Some(&vec![0; 8]));
        }
        assert!(memo.0.len() <= ROWS_MAX);
        memo.learn(b"long", Some(&vec![0; ROW_LEN_MAX + 1]));
        assert_eq!(memo.get(b"long"), None);
    }
}
