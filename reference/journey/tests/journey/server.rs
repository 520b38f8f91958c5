//! The server of a test.

use std::path::Path;

use pinnace_lanes::world::{Plan, Server};

/// Starts on this data; returns once it listens.
#[track_caller]
pub(crate) fn start(data: &Path) -> Server {
    Server::start(data).unwrap()
}

/// Starts with limits that are not the default ones, each `name=value`.
#[track_caller]
pub(crate) fn start_with(data: &Path, limits: &[&str]) -> Server {
    let limits = limits.iter().map(|limit| (*limit).to_owned()).collect();
    Server::start_with(Plan { data: data.to_owned(), limits, ..Plan::default() }).unwrap()
}
