//! Conversations by the command alone.

use std::path::{Path, PathBuf};

use pinnace_lanes::world::{Server, programs};
use serde_json::Value;

use crate::server;

/// A person at a terminal.
struct Person {
    home: PathBuf,
    account: String,
}

impl Person {
    #[track_caller]
    fn register(server: &Server, home: &Path, number: &str) -> Self {
        let home = home.to_owned();
        let address = server.address(pinnace_client::Carrier::Tcp).to_string();
        let log = server.gateway_log.to_str().unwrap();
        let register = ["register", "--number", number, "--server", &address, "--code-from", log];
        run(&home, &register);
        let account = run(&home, &["status"])[0]["status"]["account"].as_str().unwrap().to_owned();
        Self { home, account }
    }

    #[track_caller]
    fn run(&self, args: &[&str]) -> Vec<Value> {
        run(&self.home, args)
    }
}

#[track_caller]
fn run(home: &Path, args: &[&str]) -> Vec<Value> {
    let mut command = programs::command("pinnace").unwrap();
    let output = command.env_clear().arg("--json").arg("--home").arg(home).args(args).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{args:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn people_talk_in_twos_and_groups_by_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let server = server::start(&folder.path().join("server"));
    let [alice, bob, carol] = [("alice", "+46700000001"), ("bob", "+46700000002"), ("carol", "+46700000003")]
        .map(|(name, number)| Person::register(&server, &folder.path().join(name), number));

    let said = alice.run(&["say", "--to", &bob.account, "ahoy", "there"]);
    assert_eq!(
        (&said[0]["said"]["accepted"], &said[0]["label"]),
        (&true.into(), &"END-TO-END ENCRYPTED".into())
    );
    let heard = bob.run(&["receive", "--count", "1"]);
    let heard = &heard[0]["said"];
    assert_eq!((&heard["text"], &heard["author"]), (&"ahoy there".into(), &alice.account.clone().into()));
    let name = format!("{}:{}", alice.account, heard["id"].as_str().unwrap());
    bob.run(&["say", "--to", &alice.account, "--reply-to", &name, "aye"]);
    bob.run(&["say", "--to", &alice.account, "--react", &name, "👍"]);
    bob.run(&["say", "--to", &alice.account, "--read", &name]);
    let answers = alice.run(&["receive", "--count", "3"]);
    let kinds: Vec<&str> = answers.iter().map(|said| said["said"]["kind"].as_str().unwrap()).collect();
    assert_eq!((kinds, &answers[0]["said"]["reply_to"]), (vec!["text", "reaction", "receipt"], &name.into()));
    let id = heard["id"].as_str().unwrap();
    alice.run(&["say", "--to", &bob.account, "--edit", id, "ahoy", "here"]);
    bob.run(&["receive", "--count", "1"]);
    let both = heard["conversation"].as_str().unwrap();
    let history = bob.run(&["group", "history", both]);
    assert_eq!(history[0]["said"]["text"], "ahoy here");
    alice.run(&["say", "--in", both, "--delete", id]);
    bob.run(&["receive", "--count", "1"]);
    assert_eq!(bob.run(&["group", "history", both])[0]["said"]["kind"], "gone");

    let made = alice.run(&["group", "create", "crew", &bob.account]);
    let crew = made[0]["conversation"]["id"].as_str().unwrap();
    let added = alice.run(&["group", "add", crew, &carol.account]);
    assert_eq!(added[0]["conversation"]["members"].as_array().unwrap().len(), 3);
    alice.run(&["say", "--in", crew, "sails at dawn"]);
    for person in [&bob, &carol] {
        assert_eq!(person.run(&["receive", "--count", "1"])[0]["said"]["text"], "sails at dawn");
    }
    alice.run(&["group", "remove", crew, &carol.account]);
    carol.run(&["receive"]);
    let known = carol.run(&["group", "list"]);
    assert_eq!((known.len(), &known[0]["conversation"]["stage"]), (1, &"left".into()));
    bob.run(&["receive"]);
    bob.run(&["group", "leave", crew]);
    alice.run(&["receive", "--count", "1"]);
    let left = alice.run(&["--timeout", "30", "group", "list"]);
    let crew = left.iter().find(|it| it["conversation"]["id"] == crew).unwrap();
    assert_eq!(crew["conversation"]["name"], "crew");
}
