//! How a store is opened.

use core::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use pinnace_home::Rules;

use crate::NotifySink;

/// What time it is, in Unix milliseconds.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::new(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
    }

    /// A clock of one's own.
    pub fn new(now_ms: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now_ms))
    }

    /// Unix milliseconds now.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// What happens when a commit hangs: an engine that neither writes nor fails.
pub struct Stall {
    /// How long a commit may take, in milliseconds.
    pub after_ms: u64,
    /// Called once, on a thread of its own, with the milliseconds that the commit has taken.
    pub action: Box<dyn Fn(u64) + Send>,
}

impl Stall {
    /// Ends the process with status 70, so that whoever supervises it starts it again: what was acknowledged is
    /// durable, and the engine recovers.
    #[must_use]
    pub fn exit(after_ms: u64) -> Self {
        let action = |stalled_ms| {
            tracing::error!(stalled_ms, "a commit hangs: the process ends");
            std::process::exit(70);
        };
        Self { after_ms, action: Box::new(action) }
    }
}

impl fmt::Debug for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stall").field("after_ms", &self.after_ms).finish_non_exhaustive()
    }
}

/// Options of a store.
pub struct Options {
    /// The limits.
    pub rules: Rules,
    /// The time.
    pub clock: Clock,
    /// Who hears of what became durable.
    pub notify: NotifySink,
    /// What happens when a commit hangs.
    pub stall: Stall,
}

impl Default for Options {
    /// Default limits, the system's clock, nobody to notify, and an end of the process after 30 s of a hanging commit.
    fn default() -> Self {
        Self {
            rules: Rules::default(),
            clock: Clock::system(),
            notify: Box::new(|_| {}),
            stall: Stall::exit(30_000),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("rules", &self.rules)
            .field("stall", &self.stall)
            .finish_non_exhaustive()
    }
}
