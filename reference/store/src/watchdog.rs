//! Sees to it that a commit which hangs does not go unnoticed.

use core::time::Duration;
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use crate::options::Stall;
use crate::shared::Shared;

/// How often the running commit is looked at, at most.
const LOOK_MS_MAX: u64 = 1_000;

/// Looks at the running commit until the other end of `closed` is dropped. Acts once.
pub(crate) fn watch(shared: &Shared, stall: &Stall, closed: &Receiver<()>) {
    let look = Duration::from_millis((stall.after_ms / 4).clamp(1, LOOK_MS_MAX));
    loop {
        match closed.recv_timeout(look) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
        let commit_ms = shared.commit_ms();
        if stall.after_ms <= commit_ms {
            (stall.action)(commit_ms);
            return;
        }
    }
}
