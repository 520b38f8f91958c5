//! `pinnaced` as a process that can be killed and started again on the same data.

use core::net::SocketAddr;
use core::time::Duration;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Instant;

use pinnace_client::{Carrier, ServerAddress, hex};
use pinnace_session::RealmId;
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;

use super::{Failure, PATIENCE, programs};

/// How long the server's metrics may take.
const METRICS_WAIT: Duration = Duration::from_secs(10);

/// How a server is started.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Its folder.
    pub data: PathBuf,
    /// Where verification codes are written; absent: into its folder.
    pub gateway_log: Option<PathBuf>,
    /// Limits that are not the default ones, each `name=value`.
    pub limits: Vec<String>,
    /// Further arguments.
    pub args: Vec<String>,
    /// Its environment, beside the lane's own.
    pub env: Vec<(String, OsString)>,
}

/// A running `pinnaced dev`; it is killed when this goes.
#[derive(Debug)]
pub struct Server {
    child: Child,
    plan: Plan,
    /// Where it listens for TCP.
    pub tcp: SocketAddr,
    /// Where it listens for WebSocket.
    pub websocket: SocketAddr,
    /// Its realm.
    pub realm: RealmId,
    /// Where verification codes are written.
    pub gateway_log: PathBuf,
    metrics: Option<SocketAddr>,
}

#[derive(Deserialize)]
struct Line {
    ready: Ready,
}

#[derive(Deserialize)]
struct Ready {
    tcp: SocketAddr,
    ws: SocketAddr,
    metrics: Option<SocketAddr>,
    realm: String,
    gateway_log: PathBuf,
}

impl Server {
    /// Starts on this data; returns once it listens.
    ///
    /// # Errors
    ///
    /// [`Failure`]; nothing is left running.
    pub fn start(data: &Path) -> Result<Self, Failure> {
        Self::start_with(Plan { data: data.to_owned(), ..Plan::default() })
    }

    /// Starts by a plan; returns once it listens.
    ///
    /// # Errors
    ///
    /// [`Failure`]; nothing is left running.
    pub fn start_with(plan: Plan) -> Result<Self, Failure> {
        let mut command = programs::command("pinnaced")?;
        command.args(["dev", "--ready-json", "--data"]).arg(&plan.data);
        if let Some(path) = &plan.gateway_log {
            command.arg("--gateway-log").arg(path);
        }
        command.args(plan.limits.iter().flat_map(|limit| ["--limit", limit])).args(&plan.args);
        command.envs(plan.env.iter().map(|(name, value)| (name, value)));
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Failure::io("start of the server"))?;
        let ready = match ready(&mut child) {
            Ok(ready) => ready,
            Err(failure) => {
                end(&mut child);
                return Err(failure);
            }
        };
        let Ready { tcp, ws: websocket, metrics, realm, gateway_log } = ready;
        let Some(realm) = hex::array(&realm).map(RealmId) else {
            end(&mut child);
            return Err(Failure::Program(format!("the server names the realm {realm:?}")));
        };
        Ok(Self { child, plan, tcp, websocket, realm, gateway_log, metrics })
    }

    /// Kills the process: nothing in it runs any more. Then another one starts on the same data.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub fn kill_and_restart(&mut self) -> Result<(), Failure> {
        self.kill();
        self.restart()
    }

    /// Starts another process on the same data, after [`Self::kill`].
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub fn restart(&mut self) -> Result<(), Failure> {
        *self = Self::start_with(self.plan.clone())?;
        Ok(())
    }

    /// Ends the process by SIGKILL, and waits until it is gone.
    pub fn kill(&mut self) {
        end(&mut self.child);
    }

    /// Stops every thread of the process where it stands, by SIGSTOP, and waits until they stand still.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub fn freeze(&self) -> Result<(), Failure> {
        self.signal(Signal::STOP)?;
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            if self.stands_still()? {
                return Ok(());
            }
            std::thread::yield_now();
        }
        Err(Failure::Stuck("the stop of the server".to_owned()))
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether the process still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Memory that the process holds, in KiB.
    ///
    /// # Errors
    ///
    /// [`Failure::Io`].
    pub fn rss_kib(&self) -> Result<u64, Failure> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()));
        let status = status.map_err(Failure::io("memory of the server"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let value = line.and_then(|rest| rest.split_whitespace().next()).and_then(|value| value.parse().ok());
        value.ok_or_else(|| Failure::Program("the memory of the server cannot be read".to_owned()))
    }

    /// What a counter or gauge of its metrics says, all labels added; 0 where it was never counted.
    ///
    /// # Errors
    ///
    /// [`Failure`].
    pub fn metric(&self, name: &str) -> Result<f64, Failure> {
        let at = self.metrics.ok_or_else(|| Failure::Program("the server serves no metrics".to_owned()))?;
        let page = page(at).map_err(Failure::io("metrics of the server"))?;
        let values = page.lines().filter_map(|line| {
            let rest = line.strip_prefix(name)?;
            let is_whole = rest.starts_with([' ', '{']);
            rest.rsplit(' ').next().filter(|_| is_whole)?.parse::<f64>().ok()
        });
        Ok(values.sum())
    }

    /// The address for clients.
    #[must_use]
    pub fn address(&self, carrier: Carrier) -> ServerAddress {
        match carrier {
            Carrier::Tcp => address(carrier, self.tcp, self.realm),
            Carrier::WebSocket => address(carrier, self.websocket, self.realm),
        }
    }

    fn signal(&self, signal: Signal) -> Result<(), Failure> {
        let pid = i32::try_from(self.pid()).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| Failure::Program("the server has no process id".to_owned()))?;
        kill_process(pid, signal).map_err(|error| Failure::io("signal to the server")(error.into()))
    }

    fn stands_still(&self) -> Result<bool, Failure> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.pid()));
        for task in tasks.map_err(Failure::io("threads of the server"))? {
            let task = task.map_err(Failure::io("threads of the server"))?;
            // A thread that ended meanwhile stands still.
            let Ok(stat) = fs::read_to_string(task.path().join("stat")) else { continue };
            // The name of the thread stands in brackets, and may hold blanks.
            let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().next());
            if state != Some("T") {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn end(child: &mut Child) {
    // It may be dead already.
    let _ = child.kill();
    let _ = child.wait();
}

fn ready(child: &mut Child) -> Result<Ready, Failure> {
    let mut line = String::new();
    if let Some(out) = child.stdout.take() {
        BufReader::new(out).read_line(&mut line).map_err(Failure::io("first line of the server"))?;
    }
    if line.is_empty() {
        return Err(Failure::Program("the server ended at its start".to_owned()));
    }
    let line: Line = serde_json::from_str(&line)
        .map_err(|error| Failure::Program(format!("the server's ready line: {error}")))?;
    Ok(line.ready)
}

fn page(at: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&at, METRICS_WAIT)?;
    stream.set_read_timeout(Some(METRICS_WAIT))?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: lanes\r\nConnection: close\r\n\r\n")?;
    let mut page = String::new();
    stream.read_to_string(&mut page)?;
    Ok(page)
}

/// A socket as a server address.
#[must_use]
pub fn address(carrier: Carrier, socket: SocketAddr, realm: RealmId) -> ServerAddress {
    ServerAddress { carrier, host: socket.ip().to_string(), port: socket.port(), realm: Some(realm) }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
