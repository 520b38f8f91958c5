//! The real programs, end to end: `pinnaced` as a process, the client as a library and as `pinnace`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is missing by failing"
)]

mod budgets;
mod device;
mod faults;
mod flights;
mod kills;
mod programs;
mod proxy;
mod script;
mod server;

use core::time::Duration;

/// How long a condition may take to come true. Far more than it ever takes: nothing waits for this long but a failure.
const PATIENCE: Duration = Duration::from_secs(60);
