//! Each lane, short: its command runs, finds nothing, and its control finds what it must.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what is missing by failing")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// What the command exits with where a right or a tool is missing.
const SKIPPED: i32 = 77;

fn run(args: &[&str], history: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pinnace-lanes"))
        .args(args)
        .args(["--json", "--history"])
        .arg(history)
        .output()
        .unwrap()
}

/// Runs a lane; gives its report and its history's checker, or `None` where it cannot run here, which is said aloud.
#[track_caller]
fn lane(args: &[&str]) -> Option<Value> {
    let folder = tempfile::tempdir().unwrap();
    let history = folder.path().join("history.jsonl");
    let output = run(args, &history);
    let notes = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(SKIPPED) {
        // Past the capture of the tests' output: a lane that did not run is no lane that passed.
        let _ = std::io::stderr().write_all(&output.stderr);
        return None;
    }
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{args:?}: {said}{notes}");
    Some(serde_json::from_str(&said).unwrap())
}

/// A lane that is clean, and did so much.
#[track_caller]
fn check(args: &[&str], faults: &[(&str, u64)]) {
    let Some(report) = lane(args) else { return };
    let counts = &report["verdict"]["counts"];
    assert_eq!(report["verdict"]["anomalies"], Value::Array(Vec::new()));
    let accepted = counts["accepted"].as_u64().unwrap();
    assert!(accepted > 0, "{report}");
    for name in ["sent", "received", "receipts"] {
        assert_eq!(counts[name].as_u64(), Some(accepted), "{name}: {report}");
    }
    for (what, count) in faults {
        assert_eq!(counts["faults"][what].as_u64(), Some(*count), "{what}: {report}");
    }
}

/// A lane whose faults are beyond what a server can bear, so that the checker must find losses.
#[track_caller]
fn check_control(args: &[&str]) {
    let Some(report) = lane(args) else { return };
    let anomalies = report["verdict"]["anomalies"].as_array().unwrap();
    assert!(anomalies.iter().any(|anomaly| anomaly["kind"] == "lost"), "{report}");
}

#[test]
fn kills_lose_nothing() {
    check(&["kill", "--cycles", "40"], &[("kill", 40)]);
}

#[test]
fn power_cuts_lose_nothing() {
    check(&["power-cut", "--cycles", "5"], &[("power cut", 5)]);
}

#[test]
fn power_cuts_of_a_server_that_does_not_write_through_lose_messages() {
    check_control(&["power-cut", "--cycles", "3", "--control"]);
}

#[test]
fn a_full_disk_loses_nothing_and_needs_no_restart() {
    check(&["disk-full", "--cycles", "1"], &[("full", 1), ("room again", 1)]);
}

#[test]
fn a_read_only_disk_loses_nothing_and_needs_no_restart() {
    check(&["read-only", "--cycles", "1"], &[("read-only", 1), ("nothing accepted read-only", 1)]);
}

#[test]
fn bad_peers_are_shed_and_others_live_on() {
    check(&["peers", "--peers", "20"], &[("device that never reads", 1)]);
}

#[test]
fn idle_sessions_answer_at_the_end() {
    let Some(report) = lane(&["idle", "--sessions", "200", "--hold-s", "0"]) else { return };
    assert_eq!((report["sessions"].as_u64(), report["answered"].as_u64()), (Some(200), Some(200)));
}

#[test]
fn a_calendar_that_jumps_loses_nothing() {
    check(&["clock", "--cycles", "10"], &[("client crash", 10)]);
}

#[test]
fn a_calendar_that_jumps_beyond_retention_loses_messages() {
    check_control(&["clock", "--cycles", "1", "--control"]);
}

#[test]
fn a_history_with_a_loss_is_shown_with_its_lines() {
    let folder = tempfile::tempdir().unwrap();
    let (path, missing) = (folder.path().join("history.jsonl"), folder.path().join("none"));
    let lines = [
        r#"{"at_us":1,"process":"a.1","device":"a","event":"invoke","message":1,"to":"b","digest":"00"}"#,
        r#"{"at_us":2,"process":"a.1","device":"a","event":"ok","message":1}"#,
    ];
    let examine = |path: &Path| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_pinnace-lanes")).arg("check").arg(path).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), said, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    std::fs::write(&path, lines.join("\n")).unwrap();
    let (code, said, _) = examine(&path);
    assert_eq!(code, Some(1));
    assert!(said.contains("lost: message 1 of a was promised"), "{said}");
    assert!(lines.iter().all(|line| said.contains(line)), "{said}");
    // A history that shows nothing is no clean one.
    std::fs::write(&path, "").unwrap();
    assert_eq!(examine(&path).0, Some(2));
    std::fs::write(&path, "{}").unwrap();
    let (code, _, notes) = examine(&path);
    assert_eq!((code, notes.lines().count()), (Some(2), 1), "{notes}");
    assert_eq!(examine(&missing).0, Some(1));
}
