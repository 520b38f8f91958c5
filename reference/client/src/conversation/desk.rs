//! Where one step of a conversation works: the rows as they are, and those that the step writes.

use std::collections::BTreeMap;

use pinnace_e2ee::{Change, Unavailable, View, Write};
use prost::Message;
use zeroize::Zeroizing;

/// A key and its value.
pub type Row = (Vec<u8>, Zeroizing<Vec<u8>>);

/// Rows in the order of their keys: those of the store, under what this turn of the engine writes.
pub trait Shelf: View {
    /// The rows whose keys begin so, rising, at most so many.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] when the store cannot say.
    fn scan(&self, prefix: &[u8], count_max: usize) -> Result<Vec<Row>, Unavailable>;
}

/// Reads through to the shelf; what is written is kept aside until the step is done.
pub(super) struct Desk<'a> {
    shelf: &'a dyn Shelf,
    rows: BTreeMap<Vec<u8>, Option<Zeroizing<Vec<u8>>>>,
}

impl<'a> Desk<'a> {
    pub(super) const fn new(shelf: &'a dyn Shelf) -> Self {
        Self { shelf, rows: BTreeMap::new() }
    }

    /// What the step wrote.
    pub(super) fn into_writes(self) -> Vec<Write> {
        self.rows.into_iter().map(|(key, value)| Write { key, value }).collect()
    }

    pub(super) fn put(&mut self, key: Vec<u8>, value: &impl Message) {
        self.rows.insert(key, Some(Zeroizing::new(value.encode_to_vec())));
    }

    pub(super) fn put_octets(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.rows.insert(key, Some(Zeroizing::new(value)));
    }

    pub(super) fn delete(&mut self, key: Vec<u8>) {
        self.rows.insert(key, None);
    }

    /// The row with this key. One that does not read is as good as absent: it was written by another version.
    pub(super) fn read<T: Message + Default>(&self, key: &[u8]) -> Result<Option<T>, Unavailable> {
        Ok(self.load(key)?.and_then(|octets| T::decode(octets.as_slice()).ok()))
    }

    /// The rows whose keys begin so, rising, at most so many.
    pub(super) fn scan(&self, prefix: &[u8], count_max: usize) -> Result<Vec<Row>, Unavailable> {
        // What this step deleted may stand among the first of the shelf.
        let below = self.shelf.scan(prefix, count_max.saturating_add(self.rows.len()))?;
        let mut rows: BTreeMap<_, _> = below.into_iter().map(|(key, value)| (key, Some(value))).collect();
        let written = self.rows.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        rows.extend(written.map(|(key, value)| (key.clone(), value.clone())));
        let there = rows.into_iter().filter_map(|(key, value)| Some((key, value?)));
        Ok(there.take(count_max).collect())
    }

    /// Takes what an operation of the keys made. Its result leaves this device with the rows, or later.
    pub(super) fn take<T>(&mut self, change: Change<T>) -> T {
        let taken = self.take_if(change, |_| Ok::<(), core::convert::Infallible>(()));
        let Ok(result) = taken;
        result
    }

    /// The same, where the result holds; else the operation has not happened.
    pub(super) fn take_if<T, E>(
        &mut self,
        change: Change<T>,
        check: impl FnOnce(&T) -> Result<(), E>,
    ) -> Result<T, E> {
        change.commit(|writes, result| {
            check(result)?;
            self.rows.extend(writes.iter().map(|write| (write.key.clone(), write.value.clone())));
            Ok(())
        })
    }
}

impl View for Desk<'_> {
    fn load(&self, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Unavailable> {
        match self.rows.get(key) {
            Some(written) => Ok(written.clone()),
            None => self.shelf.load(key),
        }
    }
}
