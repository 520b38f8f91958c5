//! What a store counts.

use core::sync::atomic::{AtomicU64, Ordering};

use crate::StoreError;

/// Tallies since the store was opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Metrics {
    /// Transactions of operations that were committed, effects and sweeps apart.
    pub operations: u64,
    /// Group commits: each costs one fsync.
    pub commits: u64,
    /// Items filed in mailboxes.
    pub items_filed: u64,
    /// Effects of one owner on another that were applied.
    pub effects: u64,
    /// Owners that were swept.
    pub sweeps: u64,
    /// Rows written or deleted.
    pub rows: u64,
    /// Commits that failed.
    pub commit_faults: u64,
    /// Times that the engine was opened again after a fault.
    pub reopened: u64,
    /// Operations that wait now.
    pub queue_len: u64,
    /// Microseconds that the last commit took.
    pub commit_us: u64,
}

/// The same, as they are counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) operations: AtomicU64,
    pub(crate) commits: AtomicU64,
    pub(crate) items_filed: AtomicU64,
    pub(crate) effects: AtomicU64,
    pub(crate) sweeps: AtomicU64,
    pub(crate) rows: AtomicU64,
    pub(crate) commit_faults: AtomicU64,
    pub(crate) reopened: AtomicU64,
    pub(crate) queue_len: AtomicU64,
    pub(crate) commit_us: AtomicU64,
}

/// Adds to a tally.
pub(crate) fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
}

impl Counters {
    /// Counts an operation that will wait, if there is room for it.
    pub(crate) fn enter(&self, queue_len_max: u64) -> Result<(), StoreError> {
        if self.queue_len.fetch_add(1, Ordering::Relaxed) < queue_len_max {
            return Ok(());
        }
        self.leave(1);
        Err(StoreError::Busy)
    }

    /// Counts operations that wait again: there is always room for them.
    pub(crate) fn come_back(&self, count: usize) {
        add(&self.queue_len, count);
    }

    /// Counts operations that wait no more.
    pub(crate) fn leave(&self, count: usize) {
        self.queue_len.fetch_sub(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Metrics {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Metrics {
            operations: of(&self.operations),
            commits: of(&self.commits),
            items_filed: of(&self.items_filed),
            effects: of(&self.effects),
            sweeps: of(&self.sweeps),
            rows: of(&self.rows),
            commit_faults: of(&self.commit_faults),
            reopened: of(&self.reopened),
            queue_len: of(&self.queue_len),
            commit_us: of(&self.commit_us),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_turns_operations_away_until_one_leaves() {
        let counters = Counters::default();
        assert_eq!((counters.enter(2), counters.enter(2)), (Ok(()), Ok(())));
        assert_eq!(counters.enter(2), Err(StoreError::Busy));
        assert_eq!(counters.snapshot().queue_len, 2);
        counters.leave(1);
        assert_eq!(counters.enter(2), Ok(()));
    }
}
