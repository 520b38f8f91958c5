//! A running instance of a target that the suite started itself.

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Instant;

use rustix::process::Signal;
use serde::Deserialize;
use tempfile::TempDir;

use super::codes::{Codes, GatewayLog};
use super::file::{Located, Ready, StopSignal};
use super::process::Process;
use super::{Endpoint, Stop};

/// A process, its data folder, and what it said about itself. Killed and removed when dropped.
#[derive(Debug)]
pub struct Instance {
    located: Arc<Located>,
    process: Process,
    endpoint: Endpoint,
    codes: Arc<Codes>,
    scratch: TempDir,
}

/// Why an instance does not run. Exit code 4.
#[derive(Debug)]
pub enum StartFailure {
    /// The build command did not succeed.
    Build {
        /// The command.
        command: String,
        /// How it ended.
        status: String,
        /// What it printed.
        output: String,
    },
    /// The command that lists a gallery of faults did not succeed.
    List {
        /// The command.
        command: String,
        /// How it ended.
        status: String,
        /// What it printed.
        output: String,
    },
    /// A command could not be run at all.
    Spawn {
        /// The command.
        command: String,
        /// The operating system's error.
        error: io::Error,
    },
    /// The process ended before it was ready.
    Exited {
        /// How it ended.
        status: ExitStatus,
        /// The end of its standard error.
        stderr: Vec<String>,
    },
    /// The process did not tell that it is ready.
    NotReady {
        /// How long it had.
        wait_ms: u64,
        /// The end of its standard error.
        stderr: Vec<String>,
    },
    /// What it told cannot be used.
    ReadyLine {
        /// The line.
        line: String,
        /// What is wrong with it.
        fault: String,
    },
}

impl fmt::Display for StartFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build { command, status, output } => {
                write!(f, "the build failed ({status}): {command}\n{}", output.trim_end())
            }
            Self::List { command, status, output } => {
                write!(f, "the faults were not listed ({status}): {command}\n{}", output.trim_end())
            }
            Self::Spawn { command, error } => write!(f, "cannot run {command}: {error}"),
            Self::Exited { status, stderr } => {
                write!(f, "the target ended before it was ready ({status}){}", quoted(stderr))
            }
            Self::NotReady { wait_ms, stderr } => {
                write!(f, "the target was not ready after {wait_ms} ms{}", quoted(stderr))
            }
            Self::ReadyLine { line, fault } => write!(f, "the target's ready line: {fault}: {line}"),
        }
    }
}

/// The end of a standard error, indented, for messages.
pub(crate) fn quoted(lines: &[String]) -> String {
    if lines.is_empty() {
        return "; its standard error is empty".to_owned();
    }
    let body: Vec<String> = lines.iter().map(|line| format!("\n    | {line}")).collect();
    format!("; the end of its standard error:{}", body.concat())
}

/// Runs the build command, if there is one.
///
/// # Errors
/// [`StartFailure::Build`] and [`StartFailure::Spawn`].
pub fn build(located: &Located) -> Result<(), StartFailure> {
    if located.file.build.is_empty() {
        return Ok(());
    }
    let failed = |command, status, output| StartFailure::Build { command, status, output };
    output_of(located, &located.file.build, failed).map(drop)
}

/// Lists the faults of a gallery: what its command printed.
///
/// # Errors
/// [`StartFailure::List`] and [`StartFailure::Spawn`].
pub fn list(located: &Located, argv: &[String]) -> Result<Vec<u8>, StartFailure> {
    output_of(located, argv, |command, status, output| StartFailure::List { command, status, output })
}

/// Runs a command of the target file to its end, and gives what it printed.
fn output_of(
    located: &Located,
    argv: &[String],
    failed: impl FnOnce(String, String, String) -> StartFailure,
) -> Result<Vec<u8>, StartFailure> {
    let place = Place { located, scratch: &located.root, ports: [0; 2] };
    let mut command = place.command(argv);
    let shown = argv.join(" ");
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| StartFailure::Spawn { command: shown.clone(), error })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let text = [output.stdout, output.stderr].concat();
    Err(failed(shown, output.status.to_string(), String::from_utf8_lossy(&text).into_owned()))
}

impl Instance {
    /// Starts a target on an empty data folder and waits until it is ready.
    ///
    /// # Errors
    /// [`StartFailure`], all but its build variant.
    pub fn start(located: &Arc<Located>) -> Result<Self, StartFailure> {
        let scratch = tempfile::Builder::new().prefix("pinnace-conform-").tempdir();
        let scratch = scratch.map_err(|error| StartFailure::Spawn {
            command: "(making a scratch folder)".to_owned(),
            error,
        })?;
        let (process, told) = launch(located, scratch.path())?;
        let (endpoint, codes) = settle(located, told, scratch.path());
        Ok(Self { located: Arc::clone(located), process, endpoint, codes, scratch })
    }

    /// Where it listens.
    #[must_use]
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Its source of verification codes.
    #[must_use]
    pub fn codes(&self) -> Arc<Codes> {
        Arc::clone(&self.codes)
    }

    /// Stops it and starts it again on the same data folder.
    ///
    /// # Errors
    /// As [`Instance::start`].
    pub fn restart(&mut self, stop: Stop) -> Result<(), StartFailure> {
        match stop {
            Stop::Kill => self.process.kill(),
            Stop::Orderly => {
                let signal = match self.located.file.stop_signal {
                    StopSignal::Term => Signal::TERM,
                    StopSignal::Int => Signal::INT,
                };
                self.process.stop(signal, Duration::from_millis(self.located.file.stop_wait_ms));
            }
        }
        let (process, told) = launch(&self.located, self.scratch.path())?;
        self.process = process;
        (self.endpoint, self.codes) = settle(&self.located, told, self.scratch.path());
        Ok(())
    }

    /// How it ended and the end of its standard error, if it ended by itself or does so within the wait.
    pub fn crash(&mut self, wait: Duration) -> Option<String> {
        let status = self.process.await_end(wait)?;
        Some(format!("the target ended ({status}){}", quoted(&self.process.stderr_tail())))
    }
}

/// What a target told about itself.
#[derive(Debug, Deserialize)]
struct Told {
    tcp: SocketAddr,
    ws: Option<SocketAddr>,
    #[serde(with = "crate::hex::serde")]
    realm: [u8; 32],
    gateway_log: Option<PathBuf>,
    #[serde(default)]
    code: Option<String>,
}

#[derive(Deserialize)]
struct ReadyLine {
    ready: serde_json::Value,
}

fn launch(located: &Located, scratch: &Path) -> Result<(Process, Told), StartFailure> {
    let argv = located.file.start.as_ref();
    let place = Place::new(located, scratch)
        .map_err(|error| StartFailure::Spawn { command: "(finding a free port)".to_owned(), error })?;
    let process = Process::spawn(place.command(argv), scratch.to_owned());
    let process = process.map_err(|error| StartFailure::Spawn { command: argv.join(" "), error })?;
    match located.file.ready {
        Ready::StdoutJson => await_line(located, process),
        Ready::Listen => await_port(&place, process),
    }
}

fn await_line(located: &Located, mut process: Process) -> Result<(Process, Told), StartFailure> {
    let began = Instant::now();
    let wait = Duration::from_millis(located.file.ready_wait_ms);
    while let Some(left) = wait.checked_sub(began.elapsed()) {
        let Some(line) = process.stdout_line(left) else {
            return Err(not_ready(located, &mut process));
        };
        if let Ok(ReadyLine { ready }) = serde_json::from_str(&line) {
            let told = serde_json::from_value(ready);
            return match told {
                Ok(told) => Ok((process, told)),
                Err(error) => Err(StartFailure::ReadyLine { line, fault: error.to_string() }),
            };
        }
    }
    Err(not_ready(located, &mut process))
}

fn await_port(place: &Place<'_>, mut process: Process) -> Result<(Process, Told), StartFailure> {
    let located = place.located;
    let told = declared(place)?;
    let began = Instant::now();
    let wait = Duration::from_millis(located.file.ready_wait_ms);
    while began.elapsed() < wait && process.exit_status().is_none() {
        if TcpStream::connect_timeout(&told.tcp, Duration::from_millis(200)).is_ok() {
            return Ok((process, told));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err(not_ready(located, &mut process))
}

/// What the target file itself says about where the target listens.
fn declared(place: &Place<'_>) -> Result<Told, StartFailure> {
    let file = &place.located.file;
    let text = |value: &Option<toml::Spanned<String>>| {
        value.as_ref().map(|value| place.fill(value.as_ref())).unwrap_or_default()
    };
    let fault = |line: &str, fault: String| StartFailure::ReadyLine { line: line.to_owned(), fault };
    let address = |line: &str| resolve(line).map_err(|error| fault(line, error.to_string()));
    let realm = text(&file.realm);
    let key = crate::hex::decode(&realm).map_err(|error| fault(&realm, error.to_string()))?;
    let realm =
        <[u8; 32]>::try_from(key).map_err(|_| fault(&realm, "a realm key has 32 bytes".to_owned()))?;
    let ws = file.ws.as_ref().map(|_| address(&text(&file.ws))).transpose()?;
    Ok(Told { tcp: address(&text(&file.tcp))?, ws, realm, gateway_log: None, code: None })
}

/// The first address that a `HOST:PORT` stands for.
pub(crate) fn resolve(text: &str) -> io::Result<SocketAddr> {
    text.to_socket_addrs()?.next().ok_or_else(|| io::Error::other("the name has no address"))
}

fn not_ready(located: &Located, process: &mut Process) -> StartFailure {
    // The end of standard output often comes a moment before the end of the process.
    let status = process.await_end(Duration::from_millis(100));
    let stderr = process.stderr_tail();
    match status {
        Some(status) => StartFailure::Exited { status, stderr },
        None => StartFailure::NotReady { wait_ms: located.file.ready_wait_ms, stderr },
    }
}

fn settle(located: &Located, told: Told, scratch: &Path) -> (Endpoint, Arc<Codes>) {
    let file = &located.file;
    let place = Place { located, scratch, ports: [0; 2] };
    let log = file.gateway_log.as_ref().map(|path| PathBuf::from(place.fill(path)));
    let code = told.code.or_else(|| file.code.clone());
    let codes = match (code, told.gateway_log.or(log)) {
        (Some(code), _) => Codes::Fixed(code),
        (None, Some(path)) => Codes::Log(GatewayLog::new(located.root.join(path))),
        (None, None) => Codes::Absent,
    };
    let endpoint = Endpoint {
        tcp: told.tcp,
        ws: told.ws,
        realm: told.realm,
        profiles: file.profiles.iter().map(|profile| profile.as_ref().clone()).collect(),
        timers: file.timers.iter().map(|(name, ms)| (name.as_ref().clone(), *ms)).collect(),
    };
    (endpoint, Arc::new(codes))
}

/// What the placeholders of a target file stand for, in one start of one instance.
struct Place<'a> {
    located: &'a Located,
    scratch: &'a Path,
    ports: [u16; 2],
}

impl<'a> Place<'a> {
    /// Draws free ports. Another process may take one before the target does; it is then not ready, and told.
    fn new(located: &'a Located, scratch: &'a Path) -> io::Result<Self> {
        let held = [TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?];
        let [first, second] = &held;
        let ports = [first.local_addr()?.port(), second.local_addr()?.port()];
        Ok(Self { located, scratch, ports })
    }

    fn command(&self, argv: &[String]) -> Command {
        let mut words = argv.iter().map(|word| self.fill(word));
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).current_dir(&self.located.root);
        command.envs(self.located.file.env.iter().map(|(key, value)| (key, self.fill(value))));
        command
    }

    fn fill(&self, text: &str) -> String {
        let root = &self.located.root;
        let target_dir = std::env::var_os("CARGO_TARGET_DIR");
        let target_dir = target_dir.map_or_else(|| root.join("target"), |dir| root.join(dir));
        let [port, ws_port] = self.ports;
        text.replace("{root}", &root.to_string_lossy())
            .replace("{target_dir}", &target_dir.to_string_lossy())
            .replace("{scratch}", &self.scratch.to_string_lossy())
            .replace("{port}", &port.to_string())
            .replace("{ws_port}", &ws_port.to_string())
    }
}
