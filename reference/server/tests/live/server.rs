use core::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use pinnace_server::{Config, GatewaySettings, Handle, Identity, Server, Settings};
use pinnace_session::RealmId;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::{Device, PATIENCE, Wire};

/// A server on free ports of the loopback, with a store that is gone afterwards.
pub(crate) struct TestServer {
    // Runs the server until it is dropped.
    _runtime: Runtime,
    handle: Handle,
    folder: TempDir,
}

impl TestServer {
    pub(crate) fn start(limits: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::start_in(folder, limits, |_| {})
    }

    pub(crate) fn start_in(folder: TempDir, limits: &[&str], change: impl FnOnce(&mut Settings)) -> Self {
        let free = "127.0.0.1:0".parse().ok();
        let mut settings = Settings {
            tcp: free,
            ws: free,
            metrics: free,
            data: Some(folder.path().join("store")),
            gateway: Some(GatewaySettings::Log { path: folder.path().join("codes.jsonl") }),
            ..Settings::default()
        };
        // A code may be checked at once: no test waits for a person.
        for limit in limits.iter().chain(&["code_wait_ms=0"]) {
            settings.limits.assign(limit).unwrap();
        }
        change(&mut settings);
        let identity = Identity::persistent(folder.path()).unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let handle = runtime.block_on(Server::start(Config::new(settings, identity).unwrap())).unwrap();
        Self { _runtime: runtime, handle, folder }
    }

    /// A device that is registered.
    pub(crate) fn registered(&self) -> Device {
        let mut device = Device::new(self.realm());
        device.register(Wire::tcp(self.tcp()), &self.codes());
        device
    }

    pub(crate) fn tcp(&self) -> SocketAddr {
        self.handle.tcp().unwrap()
    }

    pub(crate) fn ws(&self) -> SocketAddr {
        self.handle.ws().unwrap()
    }

    pub(crate) fn metrics(&self) -> SocketAddr {
        self.handle.metrics().unwrap()
    }

    pub(crate) fn realm(&self) -> RealmId {
        self.handle.realm()
    }

    pub(crate) fn codes(&self) -> PathBuf {
        self.folder.path().join("codes.jsonl")
    }
}

/// The newest code that the log gateway wrote for a number. It is written before the server answers.
pub(crate) fn code_of(log: &Path, e164: &str) -> String {
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        let lines =
            text.lines().rev().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        for line in lines {
            if line["e164"] == e164 {
                return line["code"].as_str().unwrap().to_owned();
            }
        }
        std::thread::yield_now();
    }
    panic!("no code was written for {e164}")
}
