//! When to connect: at once, at a time, or not before somebody asks.
//!
//! Pure: time and chance come in as arguments.

use pinnace_wire::limits::{BACKOFF_BASE_MS, BACKOFF_CAP_MS};

use crate::random::Random;

/// Decides when the next connection is attempted. Times are milliseconds of any monotonic clock.
///
/// Spec: SES-036, SES-037.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    wish: Wish,
    /// Attempts in a row that led to nothing.
    failures: u32,
    /// Whether a new session was opened at once since something last proved that sessions work.
    again: Again,
    /// When the latest attempt began.
    attempted_at_ms: Option<u64>,
    /// Nothing that wakes the application takes the retry along before this.
    held_until_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    /// Connect when this time has come. A waking application may take the retry along earlier.
    At(u64),
    /// An attempt or a session is under way.
    Busy,
    /// Stay away until the application asks.
    Never,
}

/// Whether a session that asks for another one at once gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    Allowed,
    Used,
}

impl Default for Pace {
    fn default() -> Self {
        Self::new()
    }
}

impl Pace {
    /// Connects at once.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            wish: Wish::At(0),
            failures: 0,
            again: Again::Allowed,
            attempted_at_ms: None,
            held_until_ms: 0,
        }
    }

    /// When [`Self::is_due`] will hold, or `None` when time alone changes nothing.
    #[must_use]
    pub const fn deadline_ms(&self) -> Option<u64> {
        match self.wish {
            Wish::At(at_ms) => Some(at_ms),
            Wish::Busy | Wish::Never => None,
        }
    }

    /// Whether a connection is to be attempted now.
    #[must_use]
    pub fn is_due(&self, now_ms: u64) -> bool {
        self.deadline_ms().is_some_and(|at_ms| at_ms <= now_ms)
    }

    /// An attempt begins.
    pub const fn on_attempt(&mut self, now_ms: u64) {
        self.wish = Wish::Busy;
        self.attempted_at_ms = Some(now_ms);
        self.held_until_ms = 0;
    }

    /// The session carried an outcome, an item or an answer, or lived long: the count of failures starts again. WELCOME
    /// alone proves little: a server that falls over behind it must not be called in a loop.
    pub const fn on_proof(&mut self) {
        self.failures = 0;
        self.again = Again::Allowed;
    }

    /// The attempt failed, or the session ended: wait a random time, at least `at_least_ms` where the server named one.
    ///
    /// Full jitter, so that the devices of a server that restarts do not come back together (SES-036).
    pub fn on_failure(&mut self, now_ms: u64, at_least_ms: u64, random: &mut dyn Random) {
        let doubled = BACKOFF_BASE_MS.default.checked_shl(self.failures.min(32)).unwrap_or(u64::MAX);
        let wait_ms = random.up_to(doubled.min(BACKOFF_CAP_MS.default)).max(at_least_ms);
        self.failures = self.failures.saturating_add(1);
        self.wish = Wish::At(now_ms.saturating_add(wait_ms));
    }

    /// The server named a wait in a CLOSE, which nobody else can forge: whatever wakes the application does not shorten it.
    pub const fn hold(&mut self, now_ms: u64, wait_ms: u64) {
        self.held_until_ms = now_ms.saturating_add(wait_ms);
    }

    /// The session ended in a way that asks for a new one at once (REPLACED, STALE_HELLO). Asked twice without a proof
    /// between, it counts as a failure: a server that always says so must not be called in a loop.
    pub fn on_again(&mut self, now_ms: u64, random: &mut dyn Random) {
        match self.again {
            Again::Allowed => {
                self.again = Again::Used;
                self.wish = Wish::At(now_ms);
            }
            Again::Used => self.on_failure(now_ms, 0, random),
        }
    }

    /// The next attempt has its time: the one that was drawn in the window of a GOAWAY, so that all come back spread.
    pub const fn on_time(&mut self, at_ms: u64) {
        self.wish = Wish::At(at_ms);
    }

    /// No attempt until [`Self::on_wake`] (SES-037).
    pub const fn on_stop(&mut self) {
        self.wish = Wish::Never;
    }

    /// The application sends: a retry that waits for its timer is taken along, and its timer is gone.
    ///
    /// No earlier than the base of the backoff after the latest attempt, so that an application that sends without pause
    /// does not call a server that is down without pause, and no earlier than [`Self::hold`] says.
    pub fn on_send(&mut self, now_ms: u64) {
        match self.wish {
            Wish::At(at_ms) => self.wish = Wish::At(at_ms.min(self.earliest_ms(now_ms))),
            Wish::Busy | Wish::Never => {}
        }
    }

    /// The application asks for a connection: also after [`Self::on_stop`].
    pub fn on_wake(&mut self, now_ms: u64) {
        match self.wish {
            Wish::At(at_ms) => self.wish = Wish::At(at_ms.min(self.earliest_ms(now_ms))),
            Wish::Never => self.wish = Wish::At(now_ms),
            Wish::Busy => {}
        }
    }

    fn earliest_ms(&self, now_ms: u64) -> u64 {
        let paused_until_ms =
            self.attempted_at_ms.map_or(0, |at_ms| at_ms.saturating_add(BACKOFF_BASE_MS.default));
        now_ms.max(paused_until_ms).max(self.held_until_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chance that always draws the largest number.
    struct Largest;

    impl Random for Largest {
        fn fill(&mut self, octets: &mut [u8]) {
            octets.fill(0xff);
        }
    }

    fn failed(times: u32) -> Pace {
        let mut pace = Pace::new();
        for _ in 0..times {
            pace.on_attempt(0);
            pace.on_failure(0, 0, &mut Largest);
        }
        pace
    }

    #[test]
    fn the_ceiling_doubles_from_the_base_to_the_cap() {
        for (times, ceiling_ms) in
            [(1, 500), (2, 1000), (3, 2000), (10, 256_000), (11, 300_000), (99, 300_000)]
        {
            assert_eq!(failed(times).deadline_ms(), Some(ceiling_ms), "{times}");
        }
    }

    #[test]
    fn a_proof_starts_the_count_again() {
        let mut pace = failed(5);
        pace.on_proof();
        pace.on_failure(0, 0, &mut Largest);
        assert_eq!(pace.deadline_ms(), Some(500));
    }

    #[test]
    fn the_wait_is_at_least_what_the_server_named() {
        let mut pace = Pace::new();
        pace.on_failure(100, 7000, &mut Largest);
        assert_eq!(pace.deadline_ms(), Some(7100));
    }

    #[test]
    fn a_send_takes_the_waiting_retry_along() {
        let mut pace = failed(9);
        pace.on_send(10_000);
        assert!(pace.is_due(10_000));
    }

    #[test]
    fn sends_without_pause_do_not_connect_without_pause() {
        let mut pace = failed(9);
        pace.on_send(20);
        assert_eq!(pace.deadline_ms(), Some(500));
    }

    #[test]
    fn a_send_does_not_shorten_the_wait_that_the_server_named() {
        let mut pace = failed(9);
        pace.on_failure(0, 7000, &mut Largest);
        pace.hold(0, 7000);
        pace.on_send(1000);
        assert_eq!(pace.deadline_ms(), Some(7000));
        pace.on_attempt(7000);
        pace.on_failure(7000, 0, &mut Largest);
        pace.on_send(7600);
        assert!(pace.is_due(7600));
    }

    #[test]
    fn after_a_takeover_only_a_wake_connects() {
        let mut pace = Pace::new();
        pace.on_attempt(0);
        pace.on_stop();
        pace.on_send(1_000_000);
        assert_eq!(pace.deadline_ms(), None);
        pace.on_wake(1_000_000);
        assert!(pace.is_due(1_000_000));
    }

    #[test]
    fn again_at_once_holds_once() {
        let mut pace = Pace::new();
        pace.on_attempt(0);
        pace.on_again(3, &mut Largest);
        assert_eq!(pace.deadline_ms(), Some(3));
        pace.on_attempt(3);
        pace.on_again(3, &mut Largest);
        assert_eq!(pace.deadline_ms(), Some(503));
    }
}
