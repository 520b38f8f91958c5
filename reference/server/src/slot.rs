//! A session's in-tray under its lock, and what wakes the session.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pinnace_edge::Tray;
use tokio::sync::Notify;

/// One session's in-tray.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    tray: Mutex<Tray>,
    wake: Notify,
}

impl Slot {
    /// Leaves something, and wakes the session.
    pub(crate) fn leave(&self, what: impl FnOnce(&mut Tray)) {
        what(&mut self.tray());
        self.wake.notify_one();
    }

    /// Takes everything.
    pub(crate) fn take(&self) -> Tray {
        core::mem::take(&mut *self.tray())
    }

    /// Completes when something was left since the last time.
    pub(crate) async fn wake(&self) {
        self.wake.notified().await;
    }

    fn tray(&self) -> MutexGuard<'_, Tray> {
        self.tray.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
