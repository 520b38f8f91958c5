//! Rows to write, and what may leave once they are durable.

use core::fmt;

use zeroize::Zeroizing;

/// One row to write.
#[derive(Clone, PartialEq, Eq)]
pub struct Write {
    /// The row's key.
    pub key: Vec<u8>,
    /// Its new value, which holds secrets; `None` deletes the row.
    pub value: Option<Zeroizing<Vec<u8>>>,
}

impl fmt::Debug for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.as_ref().map(|value| value.len());
        f.debug_struct("Write").field("key", &self.key).field("value_len", &value).finish()
    }
}

/// What an operation made: rows, and a result that is out of reach until they are stored.
///
/// Dropping it undoes the operation.
#[must_use = "nothing has happened until the rows are stored"]
#[derive(Debug)]
pub struct Change<T> {
    writes: Vec<Write>,
    result: T,
}

impl<T> Change<T> {
    pub(crate) const fn new(writes: Vec<Write>, result: T) -> Self {
        Self { writes, result }
    }

    /// Stores the rows by `transaction`, then hands out the result.
    ///
    /// The transaction sees the result, so that the outbox row that is made of it is part of the same transaction. It must
    /// not send anything.
    ///
    /// # Errors
    ///
    /// Whatever the transaction says; then nothing has happened.
    pub fn commit<E>(self, transaction: impl FnOnce(&[Write], &T) -> Result<(), E>) -> Result<T, E> {
        transaction(&self.writes, &self.result)?;
        Ok(self.result)
    }
}
