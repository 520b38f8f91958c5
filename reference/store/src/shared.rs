//! What the threads of a store share.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Instant;

use crate::fjall_engine::FjallEngine;
use crate::metrics::Counters;

/// The engine while it is open, tallies, and since when a commit runs.
pub(crate) struct Shared {
    engine: RwLock<Option<FjallEngine>>,
    pub(crate) counters: Counters,
    opened_at: Instant,
    /// Milliseconds from opening to the start of the running commit, plus one; 0: none runs.
    commit_since_ms: AtomicU64,
}

impl Shared {
    pub(crate) fn new(engine: FjallEngine) -> Self {
        Self {
            engine: RwLock::new(Some(engine)),
            counters: Counters::default(),
            opened_at: Instant::now(),
            commit_since_ms: AtomicU64::new(0),
        }
    }

    /// A handle on the engine, if it is open.
    pub(crate) fn engine(&self) -> Option<FjallEngine> {
        self.engine.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Runs something on the engine; it stays open until that is done.
    pub(crate) fn with_engine<T>(&self, run: impl FnOnce(&FjallEngine) -> T) -> Option<T> {
        self.engine.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(run)
    }

    /// Puts another engine in place, or none: the old one's files are free when this returns, if the caller holds no
    /// handle.
    pub(crate) fn replace_engine(&self, engine: Option<FjallEngine>) {
        let old =
            core::mem::replace(&mut *self.engine.write().unwrap_or_else(PoisonError::into_inner), engine);
        drop(old);
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.opened_at.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Marks that a commit runs while `run` does.
    pub(crate) fn watched<T>(&self, run: impl FnOnce() -> T) -> T {
        self.commit_since_ms.store(self.now_ms().saturating_add(1), Ordering::Release);
        let done = run();
        self.commit_since_ms.store(0, Ordering::Release);
        done
    }

    /// For how long the running commit has run, in milliseconds; 0: none does.
    pub(crate) fn commit_ms(&self) -> u64 {
        match self.commit_since_ms.load(Ordering::Acquire) {
            0 => 0,
            since => self.now_ms().saturating_sub(since.saturating_sub(1)),
        }
    }
}
