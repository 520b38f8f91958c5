//! A session's in-tray under its lock, and what wakes the session.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pinnace_edge::{Pump, Taken, Tray};
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

    /// Takes what is there; see [`Tray::take`].
    pub(crate) fn take(&self, pump: Option<&mut Pump>) -> Taken {
        self.tray().take(pump)
    }

    /// Completes when something was left since the last time.
    pub(crate) async fn wake(&self) {
        self.wake.notified().await;
    }

    fn tray(&self) -> MutexGuard<'_, Tray> {
        self.tray.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
