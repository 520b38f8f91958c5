//! A client that was written in Python from `spec/` alone walks through the protocol with the real server.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test says what is wrong by failing")]
#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// Every walk of the program, and how many they are: one that is left out, or lost, is seen.
const WALKS: usize = 28;

/// Limits at which no walk has to wait long.
const LIMITS: [&str; 14] = [
    "code_wait_ms=50",
    "method_wait_ms=300",
    "redelivery_max=3",
    "send_rate_per_s=50",
    "send_burst=400",
    "credit_count_initial=32",
    "credit_bytes_initial=65536",
    "ephemeral_rate_per_s=5",
    "ephemeral_burst=10",
    "idle_ms=4000",
    "confirm_ms=1500",
    "drain_ms=1500",
    "inflight_max=40",
    "payload_len_max=60000",
];

#[test]
fn a_stranger_walks_through_the_protocol() {
    let Some(python) = python() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let server = Server::start(scratch.path());
    let ready =
        |name: &str| server.ready["ready"][name].as_str().expect("a member of the ready line").to_owned();
    let walk = Command::new(python)
        .arg(adapter().join("pinnace_stranger.py"))
        .args(["--server", &ready("tcp"), "--ws", &ready("ws"), "--realm", &ready("realm")])
        .args(["--codes", &ready("gateway_log"), "--number", "+4930901820"])
        .args(["--stop", &server.process.id().to_string()])
        .output()
        .unwrap();
    assert_success(&walk);
    let said = String::from_utf8_lossy(&walk.stdout);
    let sum = said.lines().last().unwrap_or_default();
    assert!(sum.starts_with(&format!("{WALKS} walks, ")), "{said}");
    assert!(sum.ends_with(", 0 left out, 0 failed"), "{said}");
}

#[test]
fn a_strangers_codec_agrees_with_the_vectors() {
    let Some(python) = python() else { return };
    let check =
        Command::new(python).arg(adapter().join("pinnace_stranger.py")).arg("--vectors").output().unwrap();
    assert_success(&check);
}

fn assert_success(output: &Output) {
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    assert!(output.status.success(), "{}\n{}", output.status, String::from_utf8_lossy(&said));
}

/// The server as a process of its own; it ends with this value.
struct Server {
    process: Child,
    ready: serde_json::Value,
}

impl Server {
    fn start(scratch: &Path) -> Self {
        let any = "127.0.0.1:0";
        let mut process = Command::new(env!("CARGO_BIN_EXE_pinnaced"))
            .args(["dev", "--ready-json", "--tcp", any, "--ws", any, "--metrics", any, "--data"])
            .arg(scratch.join("data"))
            .args(LIMITS.iter().flat_map(|limit| ["--limit", limit]))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).expect("the ready line");
        Self { process, ready }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn adapter() -> PathBuf {
    root().join("conformance/adapters/python")
}

/// A Python with the adapter's packages, in an environment beside the test's other files; made once. Without Python the test
/// is skipped aloud, but never in CI.
fn python() -> Option<PathBuf> {
    static MADE: std::sync::OnceLock<Result<PathBuf, String>> = std::sync::OnceLock::new();
    match MADE.get_or_init(|| environment(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("stranger"))) {
        Ok(python) => Some(python.clone()),
        Err(reason) => {
            assert!(std::env::var_os("CI").is_none(), "no Python for the stranger: {reason}");
            eprintln!("SKIPPED: no Python for the stranger: {reason}");
            None
        }
    }
}

fn environment(folder: &Path) -> Result<PathBuf, String> {
    let python = folder.join("bin/python");
    let requirements = adapter().join("requirements.txt");
    let install = |program: &Path| {
        run(Command::new(program)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
            .arg(&requirements))
    };
    if install(&python).is_err() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
        install(&python)?;
    }
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}
