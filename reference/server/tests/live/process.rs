//! The command, as a process: killed, drained, configured.

use core::net::SocketAddr;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Instant;

use pinnace_session::client::{ClientEvent, Outcome};
use pinnace_session::{CloseReason, RealmId};
use pinnace_wire::ErrorCode;
use rustix::process::{Pid, Signal, kill_process};

use super::{Device, PATIENCE, Wire};

fn dev(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pinnaced"));
    command.args(["dev", "--ready-json", "--limit", "code_wait_ms=0", "--data"]).arg(data);
    command
}

/// A running `pinnaced dev`.
pub(crate) struct Process {
    child: Child,
    tcp: SocketAddr,
    pub(crate) realm: RealmId,
}

impl Process {
    pub(crate) fn start(data: &Path, limits: &[&str]) -> Self {
        let mut command = dev(data);
        command.stdin(Stdio::null());
        for limit in limits {
            command.args(["--limit", limit]);
        }
        Self::ready(&mut command)
    }

    /// Waits until it listens.
    fn ready(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        let ready = &line["ready"];
        let realm = pinnace_server::hex::decode_32(ready["realm"].as_str().unwrap()).unwrap();
        Self { child, tcp: ready["tcp"].as_str().unwrap().parse().unwrap(), realm: RealmId(realm) }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// How it ended; `None` where a signal ended it.
    pub(crate) fn end(mut self) -> Option<i32> {
        let since = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(since.elapsed() < PATIENCE, "the process does not end");
            std::thread::yield_now();
        }
    }

    pub(crate) fn wire(&self) -> Wire {
        Wire::tcp(self.tcp)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_was_accepted_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path(), &[]);
    let codes = folder.path().join("gateway.jsonl");
    let mut alice = Device::new(server.realm);
    let mut bob = Device::new(server.realm);
    alice.register(server.wire(), &codes);
    bob.register(server.wire(), &codes);
    let mut at_alice = alice.open(server.wire());
    for index in 0..50_u8 {
        at_alice.send(&alice.message(bob.id(), &[index]));
    }
    for _ in 0..50 {
        assert_eq!(at_alice.outcome().1, Outcome::Accepted);
    }
    server.signal(Signal::KILL);
    assert_eq!(at_alice.closed(), CloseReason::CarrierLost);
    let realm = server.realm;
    server.end();

    let server = Process::start(folder.path(), &[]);
    assert_eq!(server.realm, realm);
    // The edge's key is the one that bob knows: IK goes through.
    let mut at_bob = bob.open(server.wire());
    for index in 0..50_u8 {
        assert_eq!(at_bob.payload(), [index]);
    }
    assert_eq!(alice.open(server.wire()).session.inflight(), 0);
}

#[test]
fn drain_says_goaway_then_shutdown_and_ends_with_zero() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path(), &["drain_ms=200"]);
    let mut alice = Device::new(server.realm);
    alice.register(server.wire(), &folder.path().join("gateway.jsonl"));
    let mut link = alice.open(server.wire());
    link.confirm();
    server.signal(Signal::TERM);
    let drain_ms = link.wait_for("GOAWAY", |event| match event {
        ClientEvent::Goaway { drain_ms, .. } => Some(*drain_ms),
        _ => None,
    });
    assert_eq!(drain_ms, 200);
    // During the drain time everything goes on.
    link.send(&alice.message(alice.id(), b"to myself"));
    assert_eq!(link.outcome().1, Outcome::Accepted);
    match link.closed() {
        CloseReason::Received { code, .. } => assert_eq!(code.known(), Some(ErrorCode::Shutdown)),
        other => panic!("{other:?}"),
    }
    assert_eq!(server.end(), Some(0));
}

#[test]
fn end_of_standard_input_ends_it_where_that_was_asked_for() {
    let data = tempfile::tempdir().unwrap();
    let mut process = Process::ready(dev(data.path()).arg("--end-with-stdin").stdin(Stdio::piped()));
    assert_eq!(process.child.try_wait().unwrap(), None, "as long as it is open");
    drop(process.child.stdin.take());
    assert_eq!(process.end(), Some(0));
}

#[test]
fn second_signal_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Process::start(folder.path(), &["drain_ms=3600000"]);
    let mut alice = Device::new(server.realm);
    alice.register(server.wire(), &folder.path().join("gateway.jsonl"));
    let mut link = alice.open(server.wire());
    link.confirm();
    server.signal(Signal::INT);
    link.wait_for("GOAWAY", |event| matches!(event, ClientEvent::Goaway { .. }).then_some(()));
    server.signal(Signal::INT);
    assert_eq!(server.end(), Some(0));
}

pub(crate) fn pinnaced(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pinnaced")).args(args).env_clear().output().unwrap()
}

pub(crate) fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).unwrap()
}

#[test]
fn keys_are_made_certified_and_guarded() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (root, edge, certificate, config) = (path("root"), path("edge"), path("cert"), path("conf.toml"));
    let realm = text(&pinnaced(&["realm", "new", "--out", &root]).stdout);
    let public = text(&pinnaced(&["realm", "edge", "--out", &edge]).stdout);
    let args = ["realm", "certify", "--root", &root, "--edge", public.trim(), "--out", &certificate];
    assert!(pinnaced(&args).status.success());
    let file = format!(
        "data = {data:?}\n[keys]\nrealm = {realm:?}\nedge = {edge:?}\ncertificate = {certificate:?}\n\
         [gateway]\nkind = \"webhook\"\nurl = \"http://127.0.0.1:1/\"\n[limits]\nidle_ms = 60000\n",
        data = path("data"),
        realm = realm.trim(),
    );
    std::fs::write(&config, file).unwrap();
    let checked = pinnaced(&["check-config", "--config", &config, "--limit", "drain_ms=7"]);
    let shown = text(&checked.stdout);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    assert!(shown.contains("\nidle_ms = 60000\n") && shown.contains("\ndrain_ms = 7\n"), "{shown}");

    let other = pinnaced(&["realm", "edge", "--out", &path("other")]);
    assert!(other.status.success());
    std::fs::copy(path("other"), &edge).unwrap();
    let refused = pinnaced(&["run", "--config", &config]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("edge certificate of another edge"), "{}", text(&refused.stderr));

    std::fs::set_permissions(&edge, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = pinnaced(&["run", "--config", &config]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        text(&refused.stderr).contains("mode 0644 lets others at a secret key"),
        "{}",
        text(&refused.stderr)
    );
}

#[test]
fn faults_of_a_file_are_told_with_their_lines() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("conf.toml");
    std::fs::write(&config, "[listen]\ntpc = \"127.0.0.1:0\"\n[limits]\noutcome_cache = 1\n").unwrap();
    let config = config.display().to_string();
    let refused = pinnaced(&["check-config", "--config", &config]);
    assert_eq!(refused.status.code(), Some(2));
    let told = text(&refused.stderr);
    assert!(told.contains("conf.toml:2: unknown key `tpc`; did you mean `tcp`?"), "{told}");
    assert!(told.contains("conf.toml:4: outcome_cache = 1 is outside its range, 16 to 4096"), "{told}");
}

#[test]
fn what_could_not_be_served_is_refused_by_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    pinnaced(&["realm", "new", "--out", &path("root")]);
    pinnaced(&["realm", "edge", "--out", &path("edge")]);
    let check = |gateway: &str, args: &[&str], code: i32, said: &str| {
        let file = format!(
            "data = \"/nowhere\"\n[keys]\nroot = {:?}\nedge = {:?}\n[gateway]\nkind = \"webhook\"\n{gateway}\n",
            path("root"),
            path("edge")
        );
        std::fs::write(path("conf.toml"), file).unwrap();
        let checked = pinnaced(&[&["check-config", "--config", &path("conf.toml")], args].concat());
        assert_eq!(checked.status.code(), Some(code), "{gateway} {args:?}");
        assert!(text(&checked.stderr).contains(said), "{said} in {}", text(&checked.stderr));
    };
    let url = "url = \"http://127.0.0.1:1/\"";
    check(url, &[], 0, "");
    check("url = \"nowhere\"", &[], 2, "gateway url: `nowhere` does not start with http://");
    check("url = \"https://example.org/\"", &[], 2, "does not start with http://");
    check(&format!("{url}\ntimeout_ms = 0"), &[], 2, "timeout_ms is 0");
    check(&format!("{url}\nattempts_max = 0"), &[], 2, "attempts_max is 0");
    check(url, &["--connections-max", "0"], 2, "connections_max is 0");
    check(url, &["--log-filter", "a=b=c"], 2, "log filter: ");
}

#[test]
fn environment_is_above_the_file_and_below_a_flag() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    pinnaced(&["realm", "new", "--out", &path("root")]);
    pinnaced(&["realm", "edge", "--out", &path("edge")]);
    let file = format!(
        "data = \"/nowhere\"\n[listen]\ntcp = \"127.0.0.1:1\"\nws = \"127.0.0.1:1\"\n\
         [keys]\nroot = {:?}\nedge = {:?}\n[gateway]\nkind = \"log\"\npath = \"/nowhere\"\n",
        path("root"),
        path("edge")
    );
    std::fs::write(path("conf.toml"), file).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pinnaced"));
    command.args(["check-config", "--config", &path("conf.toml"), "--ws", "off"]);
    command.env_clear().env("PINNACE_TCP", "127.0.0.1:2").env("PINNACE_WS", "127.0.0.1:2");
    command.env("PINNACE_LIMITS", "idle_ms=100,confirm_ms=200");
    let shown = text(&command.output().unwrap().stdout);
    for line in ["tcp = \"127.0.0.1:2\"", "ws = \"off\"", "idle_ms = 100", "confirm_ms = 200"] {
        assert!(shown.lines().any(|shown| shown == line), "{line} in {shown}");
    }
    // What belongs to others is left alone; what is mistyped is told.
    assert_eq!(command.env("PINNACE_HOME", "/nowhere").output().unwrap().status.code(), Some(0));
    let told = command.env("PINNACE_TPC", "127.0.0.1:3").output().unwrap();
    assert_eq!(told.status.code(), Some(2));
    assert!(
        text(&told.stderr)
            .contains("unknown variable PINNACE_TPC in the environment; did you mean PINNACE_TCP?")
    );
}

/// Faults are for a build that asks for them by a feature.
#[cfg(not(feature = "faults"))]
#[test]
fn default_build_knows_no_fault() {
    for args in
        [&["faults"][..], &["dev", "--fault", "ping-unanswered"], &["run", "--config", "x", "--fault", "y"]]
    {
        let output = Command::new(env!("CARGO_BIN_EXE_pinnaced")).args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            told.contains("unrecognized subcommand") || told.contains("unexpected argument '--fault'"),
            "{told}"
        );
    }
}
