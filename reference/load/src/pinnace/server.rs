//! The server that is measured: the real `pinnaced`, on its embedded store.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use pinnace_session::RealmId;
use serde::Deserialize;

use crate::Failure;
use crate::process::Process;

/// Limits that would end a measurement and say nothing of the server: rates, quotas, waits for a person.
const LIMITS: [&str; 11] = [
    "claims_per_target_per_h=1000",
    "send_rate_per_s=10000000",
    "send_burst=10000000",
    "mailbox_items_max=100000000",
    "mailbox_bytes_max=1099511627776",
    "connections_per_address_max=1000000",
    "handshakes_per_address_per_s=1000000",
    "code_wait_ms=0",
    "method_wait_ms=0",
    "idle_ms=3600000",
    "handshake_ms=60000",
];

/// How long the server's metrics may take.
const METRICS_WAIT: Duration = Duration::from_secs(10);

/// How a server is started.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    /// The program.
    pub(crate) program: &'a Path,
    /// An empty folder, on the disk that is measured.
    pub(crate) data: &'a Path,
    /// Further limits.
    pub(crate) limits: &'a [String],
}

/// A server that listens.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) process: Option<Process>,
    pub(crate) tcp: SocketAddr,
    pub(crate) realm: RealmId,
    /// Where its gateway writes codes.
    pub(crate) codes: Option<PathBuf>,
    pub(crate) metrics: Option<SocketAddr>,
}

#[derive(Deserialize)]
struct Line {
    ready: Ready,
}

#[derive(Deserialize)]
struct Ready {
    tcp: SocketAddr,
    metrics: Option<SocketAddr>,
    realm: String,
    gateway_log: Option<PathBuf>,
}

/// Starts a server.
pub(crate) fn start(start: &Start<'_>) -> Result<Served, Failure> {
    if !start.program.is_file() {
        return Err(Failure::NoProgram(start.program.to_owned()));
    }
    let mut command = Command::new(start.program);
    command.arg("dev").arg("--ready-json").arg("--data").arg(start.data);
    command.args(["--ws", "off", "--connections-max", "1000000"]);
    for limit in LIMITS.iter().copied().chain(start.limits.iter().map(String::as_str)) {
        command.args(["--limit", limit]);
    }
    let (process, line) = Process::start(&mut command)?;
    let Line { ready } =
        serde_json::from_str(&line).map_err(|error| Failure::Server(format!("ready line: {error}")))?;
    let realm = parse_realm(&ready.realm)?;
    let Ready { tcp, metrics, gateway_log: codes, .. } = ready;
    Ok(Served { process: Some(process), tcp, realm, codes, metrics })
}

/// A server that somebody else started.
pub(crate) fn attach(tcp: SocketAddr, realm: &str) -> Result<Served, Failure> {
    Ok(Served { process: None, tcp, realm: parse_realm(realm)?, codes: None, metrics: None })
}

fn parse_realm(hex: &str) -> Result<RealmId, Failure> {
    let wrong = || Failure::Usage(format!("a realm is 64 hexadecimal digits, not {hex:?}"));
    let mut realm = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return Err(wrong());
    }
    for (index, octet) in realm.iter_mut().enumerate() {
        let digits = hex.get(index.saturating_mul(2)..).and_then(|rest| rest.get(..2)).ok_or_else(wrong)?;
        *octet = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
    }
    Ok(RealmId(realm))
}

impl Served {
    /// Group commits so far, each with one fsync; `None` where no metrics are served.
    pub(crate) fn commits(&self) -> Option<f64> {
        let page = page(self.metrics?).ok()?;
        let line = page.lines().find_map(|line| line.strip_prefix("pinnace_store_commits_total "));
        line.and_then(|value| value.trim().parse().ok())
    }
}

fn page(at: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&at, METRICS_WAIT)?;
    stream.set_read_timeout(Some(METRICS_WAIT))?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: load\r\nConnection: close\r\n\r\n")?;
    let mut page = String::new();
    stream.read_to_string(&mut page)?;
    Ok(page)
}
