//! What a store's rows lie in.

use core::fmt;

use pinnace_home::{KeyRow, Rows};

use crate::overlay::Batch;

/// Ordered rows that outlive a crash. Below the [`Store`](crate::Store), which speaks in operations: an engine knows
/// nothing of them.
pub trait Engine {
    /// What can go wrong: disk, files.
    type Error: fmt::Debug + fmt::Display;
    /// A committed state.
    type Committed: Rows<Error = Self::Error>;

    /// Makes changes durable, then visible, all or none.
    ///
    /// # Errors
    /// The fate of the changes is unknown: only opening the engine again tells.
    fn commit(&self, batch: &Batch) -> Result<(), Self::Error>;

    /// What is committed now, for as long as it is held.
    fn committed(&self) -> Self::Committed;

    /// The row under this key.
    ///
    /// # Errors
    /// Whatever keeps the engine from answering.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Self::Error>;

    /// Rows from `first` to before `end`, in order. `end` is above `first`.
    fn range(&self, first: &[u8], end: &[u8]) -> impl Iterator<Item = Result<KeyRow, Self::Error>>;
}
