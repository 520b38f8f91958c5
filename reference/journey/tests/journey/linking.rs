//! The real programs link a device, list it, and remove it; killed at any step they finish when they are run again.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use pinnace_client::Carrier;
use pinnace_lanes::world::{Server, programs};
use tempfile::TempDir;

use crate::server;

/// A server, and the homes of devices.
struct Stage {
    server: Server,
    folder: TempDir,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { server: server::start(&folder.path().join("server")), folder }
    }

    fn home(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = programs::command("pinnace").unwrap();
        command.env_clear().arg("--json").arg("--home").arg(self.home(name));
        command.args(["--server", &self.server.address(Carrier::Tcp).to_string()]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command; what it says on both streams.
    #[track_caller]
    fn run(&self, name: &str, arguments: &[&str], code: i32) -> String {
        said(&self.command(name, arguments).output().unwrap(), code)
    }

    #[track_caller]
    fn register(&self, name: &str, number: &str) -> String {
        let log = self.server.gateway_log.to_string_lossy().into_owned();
        let line = self.run(name, &["register", "--number", number, "--code-from", &log], 0);
        value(&line, "device")
    }

    /// Starts `pinnace link`; gives it and its code, once it shows it.
    fn link(&self, name: &str) -> (Linking, String) {
        let mut child = self.command(name, &["link"]).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let code = value(&line, "code");
        (Linking { child, lines }, code)
    }
}

/// A `pinnace link` that shows its code.
struct Linking {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Linking {
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end; what it said behind the code.
    #[track_caller]
    fn end(mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        assert!(self.child.wait().unwrap().success(), "{line}");
        line
    }
}

#[track_caller]
fn said(output: &Output, code: i32) -> String {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

/// The text of a field in a line of JSON, without a parser.
#[track_caller]
fn value(line: &str, field: &str) -> String {
    let (_, rest) = line.split_once(&format!("\"{field}\":\"")).expect(line);
    rest.split('"').next().unwrap().to_owned()
}

fn account(home: &Path) -> String {
    let store = pinnace_client::Store::open(home, &mut pinnace_client::SystemRandom).unwrap();
    store.kept().unwrap().keys.account().to_string()
}

#[test]
fn a_second_device_is_linked_listed_and_removed() {
    let stage = Stage::new();
    let old = stage.register("old", "+46700000001");
    let (linking, code) = stage.link("new");
    // Nobody is linked without a word of the person.
    let refused = stage.run("old", &["devices", "approve", &code], 1);
    assert!(refused.contains("not confirmed"), "{refused}");
    let approved = stage.run("old", &["devices", "approve", "--yes", &code], 0);
    let new = value(&approved, "device");
    let linked = linking.end();
    assert_eq!(
        (value(&linked, "device"), value(&linked, "account")),
        (new.clone(), account(&stage.home("old")))
    );
    for name in ["old", "new"] {
        let listed = stage.run(name, &["devices"], 0);
        assert_eq!(listed.matches("\"listed\":true").count(), 2, "{listed}");
        assert!(listed.contains(&old) && listed.contains(&new), "{listed}");
        assert_eq!(listed.matches("\"own\":true").count(), 1, "{listed}");
    }
    // The new one talks as any device does.
    stage.run("new", &["send", "--to", &old, "ahoy"], 0);
    assert!(stage.run("old", &["receive", "--count", "1"], 0).contains("ahoy"));
    let heard = stage.run("new", &["receive"], 0);
    assert!(!heard.contains("\"message\":{"), "the keys of the account are no message for a person: {heard}");
    stage.run("old", &["devices", "remove", &new], 0);
    let gone = stage.run("new", &["receive"], 1);
    assert!(gone.contains("removed from its account"), "{gone}");
    let status = stage.run("new", &["status"], 0);
    assert!(status.contains("removed from its account"), "{status}");
    assert_eq!(stage.run("old", &["devices"], 0).matches("\"device\":{").count(), 1);
    // And it may come back.
    let (linking, code) = stage.link("new");
    stage.run("old", &["devices", "approve", "--yes", &code], 0);
    assert_eq!(value(&linking.end(), "device"), new);
}

#[test]
fn a_new_device_that_is_killed_goes_on_with_its_code() {
    let stage = Stage::new();
    stage.register("old", "+46700000001");
    let (linking, code) = stage.link("new");
    linking.kill();
    let (linking, again) = stage.link("new");
    assert_eq!(again, code);
    linking.kill();
    // It is approved while it is away.
    stage.run("old", &["devices", "approve", "--yes", &code], 0);
    let linked = stage.run("new", &["link"], 0);
    assert_eq!(value(&linked, "account"), account(&stage.home("old")));
    let refused = stage.run("new", &["link"], 1);
    assert!(refused.contains("is registered"), "{refused}");
}

#[test]
fn an_approver_that_is_killed_at_any_time_finishes_when_it_is_asked_again() {
    let stage = Stage::new();
    stage.register("old", "+46700000001");
    // Later and later: before it connects, on the way, after it is done.
    for (index, delay_ms) in [0_u64, 10, 20, 40, 80, 160].into_iter().enumerate() {
        let name = format!("new{index}");
        let (linking, code) = stage.link(&name);
        let mut approving = stage.command("old", &["devices", "approve", "--yes", &code]).spawn().unwrap();
        std::thread::sleep(core::time::Duration::from_millis(delay_ms));
        approving.kill().unwrap();
        approving.wait().unwrap();
        stage.run("old", &["devices", "approve", "--yes", &code], 0);
        assert_eq!(value(&linking.end(), "account"), account(&stage.home("old")));
        stage.run("old", &["devices", "remove", &value(&stage.run(&name, &["status"], 0), "device")], 0);
    }
}

#[test]
fn two_people_compare_their_safety_number() {
    let stage = Stage::new();
    stage.register("alice", "+46700000001");
    stage.register("bob", "+46700000002");
    let (alice, bob) = (account(&stage.home("alice")), account(&stage.home("bob")));
    let at_alice = stage.run("alice", &["safety", &bob], 0);
    let at_bob = stage.run("bob", &["safety", &alice], 0);
    assert_eq!(value(&at_alice, "number"), value(&at_bob, "number"));
    assert_eq!(value(&at_alice, "number").len(), 60);
    assert!(at_alice.contains("\"compared\":false"), "{at_alice}");
    let same = stage.run("alice", &["safety", &bob, "--scanned", &value(&at_bob, "code")], 0);
    assert!(same.contains("\"compared\":true"), "{same}");
    let differs = stage.run("bob", &["safety", &alice, "--scanned", &value(&at_bob, "code")], 1);
    assert!(differs.contains("DIFFER"), "{differs}");
    stage.run("bob", &["safety", &alice, "--scanned", "nonsense"], 2);
    let unknown = stage.run("bob", &["safety", &"0".repeat(32)], 1);
    assert!(unknown.contains("no such account"), "{unknown}");
}
