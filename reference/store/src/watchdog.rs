//! Sees to it that a commit which hangs does not go unnoticed.

use core::time::Duration;
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use crate::options::Stall;

/// How often the running commit is looked at, at most.
const LOOK_MS_MAX: u64 = 1_000;

/// Looks for how long the running commit has run, until the other end of `closed` is dropped. Acts once.
pub(crate) fn watch(commit_ms: impl Fn() -> u64, stall: &Stall, closed: &Receiver<()>) {
    let look = Duration::from_millis((stall.after_ms / 4).clamp(1, LOOK_MS_MAX));
    loop {
        match closed.recv_timeout(look) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
        let commit_ms = commit_ms();
        if stall.after_ms <= commit_ms {
            (stall.action)(commit_ms);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicU64, Ordering};
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_commit_that_hangs_is_acted_on_once_and_a_short_one_is_not() {
        let (keep_open, closed) = channel();
        let (told, heard) = channel();
        let looks = AtomicU64::new(0);
        // The commit is three milliseconds older at each look.
        let commit_ms = || looks.fetch_add(1, Ordering::Relaxed) * 3;
        let stall =
            Stall { after_ms: 10, action: Box::new(move |stalled_ms| told.send(stalled_ms).unwrap()) };
        watch(commit_ms, &stall, &closed);
        drop((stall, keep_open));
        assert_eq!(heard.iter().collect::<Vec<u64>>(), [12]);
    }

    #[test]
    fn a_store_that_closes_ends_its_watchdog() {
        let (keep_open, closed) = channel();
        drop(keep_open);
        let stall = Stall { after_ms: 1, action: Box::new(|_| panic!("nothing hangs")) };
        watch(|| 1_000, &stall, &closed);
    }
}
