//! A server in this process, or as the command, and devices that speak to it over real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test says what is wrong by failing"
)]

mod carriers;
mod delivery;
mod device;
mod directory;
mod export;
mod http;
mod link;
mod ops;
mod process;
mod server;
mod wire;

use core::time::Duration;

use device::Device;
use link::Link;
use server::{TestServer, code_of};
use wire::Wire;

/// How long a test waits for what has to come. Far more than it ever takes.
const PATIENCE: Duration = Duration::from_secs(20);
