//! The target: where it is, what it declares, how it is started and stopped.

use core::net::SocketAddr;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub mod codes;
pub mod file;
pub mod instance;
pub mod probe;
mod process;

/// Where a target listens and what was declared for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// TCP carrier.
    pub tcp: SocketAddr,
    /// WebSocket carrier, when offered.
    pub ws: Option<SocketAddr>,
    /// The realm's Ed25519 root key.
    #[serde(with = "crate::hex::serde")]
    pub realm: [u8; 32],
    /// Profiles that the target file declares; empty means that nothing was declared.
    pub profiles: Vec<String>,
    /// Limits that the target file declares, by their name in the specification, times in milliseconds.
    pub timers: BTreeMap<String, u64>,
}

/// How an instance is stopped before it is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// SIGKILL: nothing in the process gets to run.
    Kill,
    /// The target file's `stop_signal`, then SIGKILL after `stop_wait_ms`.
    Orderly,
}
