//! The clocks of the shell: sessions live by a monotonic one, the store and certificates by the calendar.

use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use pinnace_session::Now;
use tokio::time::Instant;

/// A monotonic clock that starts with the server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { started: Instant::now() }
    }

    pub(crate) fn now(self) -> Now {
        Now { ms: millis(self.started.elapsed()) }
    }

    /// The instant at which [`Self::now`] will say `at`.
    pub(crate) fn instant(self, at: Now) -> Instant {
        // A deadline beyond what the clock can tell is one that never comes: an hour later it is looked at again.
        let hour = Duration::from_secs(3600);
        self.started.checked_add(Duration::from_millis(at.ms)).unwrap_or_else(|| Instant::now() + hour)
    }
}

/// The calendar's time, in milliseconds since 1970.
pub(crate) fn unix_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis)
}

/// The calendar's time, in seconds since 1970.
pub(crate) fn unix_s() -> u64 {
    unix_ms() / 1000
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
