//! The real programs, end to end: `pinnaced` as a process, the client as a library and as `pinnace`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is missing by failing"
)]

mod budgets;
mod conversations;
mod device;
mod faults;
mod flights;
mod linking;
mod proxy;
mod script;
mod server;
mod talking;
