//! What the rules read and write: ordered rows of octets, inside a transaction that somebody else holds.

use alloc::vec::Vec;

/// A key and its row.
pub type KeyRow = (Vec<u8>, Vec<u8>);

/// Reads rows: committed ones, or those that a transaction sees.
pub trait Rows {
    /// What can go wrong below the rules: disk, network.
    type Error;

    /// The row under this key.
    ///
    /// # Errors
    /// Whatever keeps the engine from answering.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Self::Error>;

    /// A row of another owner, as advice: what is read may be stale by the time the transaction commits.
    ///
    /// # Errors
    /// Whatever keeps the engine from answering.
    fn peek(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Self::Error>;

    /// At most `count_max` rows from `first` (included) to `end` (excluded), in the order of their keys; none
    /// if `end` is not above `first`.
    ///
    /// # Errors
    /// Whatever keeps the engine from answering.
    fn scan(&self, first: &[u8], end: &[u8], count_max: usize) -> Result<Vec<KeyRow>, Self::Error>;
}

/// A read and write view of the rows inside one transaction.
///
/// An operation touches the rows of one owner only, [`Rows::peek`] apart; which owner a key belongs to tells
/// [`crate::owner_of`]. The view sees its own writes. If the operation returns an error, its writes are dropped.
pub trait View: Rows {
    /// Sets the row under this key.
    fn put(&mut self, key: Vec<u8>, row: Vec<u8>);

    /// Sets the row under a key that holds none now: if it is deleted before the engine writes it, nothing need be
    /// written at all.
    fn create(&mut self, key: Vec<u8>, row: Vec<u8>);

    /// Deletes the row under this key, if there is one.
    fn delete(&mut self, key: Vec<u8>);
}

/// Why an operation could not decide.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault<E> {
    /// The engine did not answer.
    View(E),
    /// A stored row is not what these rules wrote.
    Corrupt(crate::Table),
}

impl<E> From<E> for Fault<E> {
    fn from(error: E) -> Self {
        Self::View(error)
    }
}
