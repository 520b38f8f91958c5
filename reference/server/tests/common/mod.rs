//! A server in this process, and devices that speak to it over real sockets.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by failing")]
#![allow(dead_code, unused_imports, reason = "each test file uses a part")]

mod device;
mod link;
mod server;
mod wire;

pub(crate) use device::Device;
pub(crate) use link::Link;
pub(crate) use server::{TestServer, code_of};
pub(crate) use wire::Wire;

use std::time::Duration;

/// How long a test waits for what has to come. Far more than it ever takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
