//! The embedded store: groups, notices, restarts, damage, full disks.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "../common/mod.rs"]
mod common;
mod conversations;
mod damage;
mod directory;
mod disk;
mod export;
mod groups;
mod left;
mod restarts;
mod tables;
