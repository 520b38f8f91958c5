//! `pinnaced` as a process that can be killed and started again on the same data.

use core::net::SocketAddr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use pinnace_client::{Carrier, ServerAddress, hex};
use pinnace_session::RealmId;

use crate::programs;

/// A running `pinnaced dev`; it is killed when this goes.
pub(crate) struct Server {
    child: Child,
    data: PathBuf,
    limits: &'static [&'static str],
    /// Where it listens for TCP.
    pub(crate) tcp: SocketAddr,
    /// Where it listens for WebSocket.
    pub(crate) websocket: SocketAddr,
    /// Its realm.
    pub(crate) realm: RealmId,
    /// Where verification codes are written.
    pub(crate) gateway_log: PathBuf,
}

impl Server {
    /// Starts on this data; returns once it listens.
    pub(crate) fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// Starts with limits that are not the default ones, each `name=value`.
    pub(crate) fn start_with(data: &Path, limits: &'static [&'static str]) -> Self {
        let mut child = programs::command("pinnaced")
            .args(["dev", "--ready-json", "--data"])
            .arg(data)
            .args(limits.iter().flat_map(|limit| ["--limit", limit]))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let line: serde_json::Value = serde_json::from_str(&line).expect("the ready line");
        let text = |name: &str| line["ready"][name].as_str().expect("a member of the ready line");
        Self {
            child,
            data: data.to_owned(),
            limits,
            tcp: text("tcp").parse().unwrap(),
            websocket: text("ws").parse().unwrap(),
            realm: RealmId(hex::array(text("realm")).unwrap()),
            gateway_log: text("gateway_log").into(),
        }
    }

    /// Kills the process: nothing in it runs any more. Then another one starts on the same data.
    pub(crate) fn kill_and_restart(&mut self) {
        self.kill();
        *self = Self::start_with(&self.data, self.limits);
    }

    fn kill(&mut self) {
        // SIGKILL; it may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// The address for clients.
    pub(crate) fn address(&self, carrier: Carrier) -> ServerAddress {
        match carrier {
            Carrier::Tcp => address(carrier, self.tcp, self.realm),
            Carrier::WebSocket => address(carrier, self.websocket, self.realm),
        }
    }
}

/// A socket as a server address.
pub(crate) fn address(carrier: Carrier, socket: SocketAddr, realm: RealmId) -> ServerAddress {
    ServerAddress { carrier, host: socket.ip().to_string(), port: socket.port(), realm: Some(realm) }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
