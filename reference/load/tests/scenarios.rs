//! Each scenario, small: every message is accepted, and received once. Nothing here looks at a time.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what is wrong by failing")]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

/// What the program says, as JSON. It fails by itself where a message is lost, repeated or out of order.
#[track_caller]
fn measured(arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pinnace-load"));
    command.args(["--runs", "1", "--pairs", "4", "--messages", "200", "--json", "-"]).args(arguments);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn check(told: &Value, scenario: &str, accepted: f64, received: f64) {
    for subject in ["floor", "pinnace"] {
        let figures = &told[scenario][subject];
        assert_eq!(figures["accepted"], accepted, "{scenario}, {subject}: {figures}");
        assert_eq!(figures["received"], received, "{scenario}, {subject}: {figures}");
    }
}

#[test]
fn every_message_is_accepted_and_received_once() {
    let told = measured(&["--rate", "2000", "--returns", "20", "--sessions", "32", "--members", "12"]);
    check(&told, "online", 200.0, 200.0);
    check(&told, "paced", 200.0, 200.0);
    check(&told, "offline", 200.0, 0.0);
    check(&told, "drain", 200.0, 200.0);
    check(&told, "fan-in", 200.0, 200.0);
    check(&told, "reconnect", 20.0, 20.0);
    // Four writers with 5 posts each, for eleven others; 3 commits of each of four pairs, and of each of eight groups of
    // all twelve; 16 KeyPackages of each.
    check(&told, "fan-out", 20.0, 220.0);
    check(&told, "commits", 12.0, 12.0);
    check(&told, "commits-large", 24.0, 264.0);
    for subject in ["floor", "pinnace"] {
        assert_eq!(told["claims"][subject]["received"], 192.0, "{told}");
        assert_eq!(told["idle"][subject]["sessions"], 32.0, "{told}");
    }
    // Without them a figure would say less than it seems to.
    let online = &told["online"]["pinnace"];
    assert!(
        online["fsyncs"].as_f64().unwrap() > 0.0 && online["octets"].as_f64().unwrap() > 100.0,
        "{online}"
    );
}

#[test]
fn receipts_come_for_every_message_where_they_are_wanted() {
    let busy = ["--scenario", "online", "--scenario", "offline", "--scenario", "reconnect", "--returns", "5"];
    let told = measured(&[&busy[..], &["--no-floor", "--receipts"]].concat());
    let plain = measured(&[&busy[..], &["--no-floor"]].concat());
    let receipted = |told: &Value, scenario: &str| told[scenario]["pinnace"]["receipted"].as_f64().unwrap();
    assert_eq!([receipted(&told, "online"), receipted(&told, "reconnect")], [200.0, 5.0], "{told}");
    assert_eq!([receipted(&plain, "online"), receipted(&plain, "reconnect")], [0.0, 0.0], "{plain}");
    assert_eq!(told["drain"]["pinnace"]["received"], 200.0);
}

#[test]
fn server_that_runs_already_is_measured_where_it_is() {
    // The first run builds the server's program beside this one.
    measured(&["--scenario", "reconnect", "--returns", "1", "--no-floor"]);
    let folder = tempfile::tempdir().unwrap();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_pinnace-load")).with_file_name("pinnaced");
    let mut server = Command::new(program)
        .args(["dev", "--ready-json", "--ws", "off", "--limit", "code_wait_ms=0", "--data"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let ready = |name: &str| ready["ready"][name].as_str().unwrap().to_owned();
    let (tcp, realm, codes, metrics) = (ready("tcp"), ready("realm"), ready("gateway_log"), ready("metrics"));
    let pid = server.id().to_string();
    let told = measured(&[
        "--scenario",
        "online",
        "--no-floor",
        "--addr",
        &tcp,
        "--realm",
        &realm,
        "--codes",
        &codes,
        "--metrics",
        &metrics,
        "--pid",
        &pid,
    ]);
    let status = server.try_wait().unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(status, None, "the measurement ended a server that is not its own");
    assert_eq!(told["online"]["pinnace"]["received"], 200.0);
}

#[test]
fn bad_arguments_are_told_in_a_line() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_pinnace-load")).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).trim().to_owned())
    };
    let (code, said) = run(&["--addr", "127.0.0.1:1", "--realm", "xyz", "--codes", "none"]);
    assert_eq!(
        (code, said.as_str()),
        (Some(2), "pinnace-load: a realm is 64 hexadecimal digits, not \"xyz\"")
    );
    let (code, said) = run(&["--server", "/nowhere/pinnaced"]);
    assert_eq!(code, Some(1));
    assert_eq!(said, "pinnace-load: /nowhere/pinnaced is not there; build it, or name one by --server");
}
