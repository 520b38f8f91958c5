//! The rules on rows in memory: scripts for each operation, and random histories with crashes.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

mod accounts;
mod acks;
mod conversations;
mod directory;
mod entries;
mod history;
mod keys;
mod late;
mod links;
mod lists;
mod mailboxes;
mod numbers;
mod registration;
mod rows;
mod script;
mod sessions;
mod talk;
mod talk_history;
