//! `pinnaced export`, on what a server left.

use std::path::Path;

use rustix::process::Signal;
use serde_json::{Value, json};

use super::Device;
use super::process::{Process, pinnaced, text};

/// The lines of this kind.
fn lines(data: &Path, row: &str, flags: &[&str]) -> Vec<Value> {
    let data = data.display().to_string();
    let exported = pinnaced(&[&["export", "--data", &data], flags].concat());
    assert!(exported.status.success(), "{}", text(&exported.stderr));
    let lines = text(&exported.stdout);
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["row"] == row).collect()
}

#[test]
fn what_waits_in_a_killed_servers_mailboxes_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (codes, store) = (folder.path().join("gateway.jsonl"), folder.path().join("store"));
    let server = Process::start(folder.path(), &[]);
    let (mut alice, mut bob) = (Device::new(server.realm), Device::new(server.realm));
    alice.register(server.wire(), &codes);
    bob.register(server.wire(), &codes);
    let mut at_alice = alice.open(server.wire());
    at_alice.send(&alice.message(bob.id(), b"ahoy"));
    // It was offered, so that it lies in the mailbox; it was not acknowledged.
    let mut at_bob = bob.open(server.wire());
    assert_eq!(at_bob.payload(), b"ahoy");

    let refused = pinnaced(&["export", "--data", &store.display().to_string()]);
    assert_eq!((refused.status.code(), text(&refused.stdout)), (Some(1), String::new()));
    assert!(text(&refused.stderr).contains("is in use by another process"), "{}", text(&refused.stderr));

    server.signal(Signal::KILL);
    server.end();
    let [alice_id, bob_id] = [&alice, &bob].map(|device| pinnace_server::hex::encode(device.id().as_bytes()));
    let devices = lines(&store, "device", &[]);
    let of_bob = devices.iter().find(|line| line["device"] == bob_id.as_str()).unwrap();
    let told = ["registered", "cursor", "mailbox_last", "items", "payload_bytes", "handled"];
    assert_eq!(
        told.map(|name| of_bob[name].clone()),
        [json!(true), json!(0), json!(1), json!(1), json!(4), json!(0)]
    );
    let accounts = lines(&store, "account", &[]);
    assert_eq!((devices.len(), accounts.len()), (2, 2));
    assert!(accounts.iter().any(|line| line["account"] == of_bob["account"]));

    assert_eq!(lines(&store, "item", &[]), Vec::<Value>::new());
    let [item] = lines(&store, "item", &["--items"]).try_into().unwrap();
    let expected = json!({
        "row": "item", "device": bob_id, "mailbox_seq": 1, "done": false, "kind": "message", "from": alice_id,
        "accepted_ms": item["accepted_ms"], "payload_len": 4,
    });
    assert_eq!(item, expected);
    let [item] = lines(&store, "item", &["--items", "--payloads"]).try_into().unwrap();
    assert_eq!(item["payload"], pinnace_server::hex::encode(b"ahoy"));

    assert_eq!(lines(&store, "number", &["--items"]), Vec::<Value>::new());
    let numbers = lines(&store, "number", &["--numbers"]);
    assert!(numbers.iter().any(|line| line["number"] == bob.number && line["account"] == of_bob["account"]));
}

#[test]
fn a_folder_that_holds_no_store_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().display().to_string();
    let refused = pinnaced(&["export", "--data", &data]);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(text(&refused.stderr), format!("pinnaced: {data} holds no store\n"));
}
