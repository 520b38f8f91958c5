//! The `pinnace` command against a server on the loopback.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test says what is missing by failing"
)]
#![expect(unreachable_pub, reason = "a test")]

mod world;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use pinnace_client::plain::{FilePart, Plain};
use pinnace_client::{Client, SendOptions, ServerAddress, Store, SystemRandom};
use pinnace_wire::{ClientSeq, DeviceId, ReceiptStatus};
use serde_json::Value;
use tempfile::TempDir;
use world::home::Filed;
use world::{World, until};

/// A server, and homes of devices.
struct Stage {
    world: World,
    tcp: ServerAddress,
    websocket: ServerAddress,
    homes: TempDir,
}

impl Stage {
    async fn new() -> Self {
        let world = World::new();
        let homes = tempfile::tempdir().unwrap();
        let log = homes.path().join("gateway.jsonl");
        world.tell(|home| home.gateway_log = Some(log));
        let (tcp, websocket) = (world.listen_tcp().await, world.listen_websocket().await);
        Self { world, tcp, websocket, homes }
    }

    fn command(&self, home: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pinnace"));
        command.env_clear().arg("--home").arg(self.homes.path().join(home)).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    async fn run(&self, home: &str, arguments: &[&str]) -> Output {
        let mut command = self.command(home, arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    #[track_caller]
    fn ended_with(output: &Output, code: i32) -> String {
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{error}");
        String::from_utf8(output.stdout.clone()).unwrap()
    }

    /// Registers a device through the command; gives its id.
    async fn register(&self, home: &str, server: &ServerAddress) -> String {
        let log = self.homes.path().join("gateway.jsonl");
        let (server, log) = (server.to_string(), log.to_str().unwrap().to_owned());
        let number = format!("+46700{:06}", self.world.home().devices.len());
        let output = self
            .run(home, &["--json", "--server", &server, "register", "--number", &number, "--code-from", &log])
            .await;
        let line: Value = serde_json::from_str(&Self::ended_with(&output, 0)).unwrap();
        line["registered"]["device"].as_str().unwrap().to_owned()
    }

    /// A library client that is a stranger to the command.
    async fn peer(&self) -> (Client, TempDir) {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path(), &mut SystemRandom).unwrap();
        let key = *store.kept().unwrap().keys.device.public();
        self.world.tell(|home| home.register(&key));
        let client = self.world.client_at(self.tcp.clone(), store);
        until(&client, |state| state.session_epoch.is_some()).await;
        (client, home)
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn device(text: &str) -> DeviceId {
    DeviceId::new(pinnace_client::hex::array(text).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_register_and_talk_over_both_carriers() {
    let stage = Stage::new().await;
    let alice = stage.register("alice", &stage.tcp).await;
    let bob = stage.register("bob", &stage.websocket).await;
    let sent = stage.run("alice", &["send", "--to", &bob, "ahoy", "there"]).await;
    assert_eq!(Stage::ended_with(&sent, 0), "message 1: accepted\n");
    assert!(String::from_utf8_lossy(&sent.stderr).contains("NOT END-TO-END ENCRYPTED"));
    let received = Stage::ended_with(&stage.run("bob", &["--json", "receive"]).await, 0);
    let received = lines(&received);
    assert_eq!(received.len(), 1);
    assert_eq!(received[0]["message"]["text"], "ahoy there");
    assert_eq!(received[0]["message"]["from"], alice);
    // Taken once: nothing is left.
    assert_eq!(Stage::ended_with(&stage.run("bob", &["receive"]).await, 0), "");
    let again = stage.run("alice", &["register", "--number", "+46700000009", "--code", "123456"]).await;
    Stage::ended_with(&again, 1);
    let status = Stage::ended_with(&stage.run("alice", &["--json", "status"]).await, 0);
    let status = &lines(&status)[0]["status"];
    assert_eq!((&status["device"], &status["backlog"]), (&Value::from(alice), &Value::from(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_kept_while_the_server_is_away() {
    let stage = Stage::new().await;
    stage.register("alice", &stage.tcp).await;
    let bob = stage.register("bob", &stage.tcp).await;
    let away = ["--server", "tcp://127.0.0.1:1", "--timeout", "0.2"];
    let kept = stage.run("alice", &[&away[..], &["send", "--to", &bob, "first"]].concat()).await;
    Stage::ended_with(&kept, 4);
    assert!(String::from_utf8_lossy(&kept.stderr).contains("message 1 is kept"));
    let file = stage.homes.path().join("file");
    std::fs::write(&file, b"x").unwrap();
    let file = ["send", "--to", &bob, "--file", file.to_str().unwrap()];
    let refused = stage.run("alice", &[&away[..], &file].concat()).await;
    Stage::ended_with(&refused, 4);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("nothing was kept"));
    let second = stage.run("alice", &["send", "--to", &bob, "second"]).await;
    assert_eq!(Stage::ended_with(&second, 0), "message 2: accepted\n");
    let received = Stage::ended_with(&stage.run("bob", &["--json", "receive"]).await, 0);
    let texts: Vec<Value> = lines(&received).iter().map(|line| line["message"]["text"].clone()).collect();
    assert_eq!(texts, ["first", "second"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_hears_what_became_of_a_message() {
    let stage = Stage::new().await;
    let alice = stage.register("alice", &stage.tcp).await;
    let bob = stage.register("bob", &stage.tcp).await;
    let file = |statuses: [ReceiptStatus; 2]| {
        stage.world.tell(|home| {
            let mailbox = &mut home.devices.get_mut(&device(&alice)).unwrap().mailbox;
            mailbox.extend(statuses.map(|status| Filed::Receipt {
                device: device(&bob),
                seq: ClientSeq::FIRST,
                status,
            }));
        });
    };
    file([ReceiptStatus::DELIVERED, ReceiptStatus::EXPIRED]);
    let told = Stage::ended_with(&stage.run("alice", &["receive"]).await, 0);
    assert_eq!(told, format!("-- message 1 to {bob} was not delivered: expired\n"));
    file([ReceiptStatus::DELIVERED, ReceiptStatus::REJECTED]);
    let told = Stage::ended_with(&stage.run("alice", &["--json", "receive"]).await, 0);
    let told: Vec<Value> = lines(&told).iter().map(|line| line["receipt"]["is"].clone()).collect();
    assert_eq!(told, ["delivered", "rejected"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_arrives_whole_and_overwrites_nothing() {
    let stage = Stage::new().await;
    stage.register("alice", &stage.tcp).await;
    let bob = stage.register("bob", &stage.tcp).await;
    let original: Vec<u8> = (0..200_000_u32).map(|n| ((n * 7) >> 3) as u8).collect();
    let file = stage.homes.path().join("photo.bin");
    let save_dir = stage.homes.path().join("saved");
    std::fs::write(&file, &original).unwrap();
    std::fs::create_dir(&save_dir).unwrap();
    std::fs::write(save_dir.join("photo.bin"), b"mine").unwrap();
    let (file, save_dir_text) = (file.to_str().unwrap(), save_dir.to_str().unwrap());
    Stage::ended_with(&stage.run("alice", &["send", "--to", &bob, "--file", file]).await, 0);
    // Parts that were taken without a directory wait for one.
    let waiting = Stage::ended_with(&stage.run("bob", &["receive"]).await, 0);
    assert!(waiting.contains("--save-dir"), "{waiting}");
    // It is no news when a second file comes, nor a message to be waited for.
    let second = stage.homes.path().join("second.bin");
    std::fs::write(&second, b"2").unwrap();
    let second = stage.run("alice", &["send", "--to", &bob, "--file", second.to_str().unwrap()]).await;
    Stage::ended_with(&second, 0);
    let told = Stage::ended_with(&stage.run("bob", &["receive", "--count", "1"]).await, 0);
    assert_eq!((told.matches("photo.bin").count(), told.matches("second.bin").count()), (1, 1), "{told}");
    let late = stage.run("bob", &["--timeout", "0.3", "receive", "--count", "1"]).await;
    Stage::ended_with(&late, 3);
    let saved = stage.run("bob", &["--json", "receive", "--save-dir", save_dir_text]).await;
    let saved = lines(&Stage::ended_with(&saved, 0));
    assert_eq!(saved.iter().filter(|line| line["file"]["name"] == "photo.bin").count(), 1, "{saved:?}");
    assert_eq!(std::fs::read(save_dir.join("photo-1.bin")).unwrap(), original);
    assert_eq!(std::fs::read(save_dir.join("photo.bin")).unwrap(), b"mine");
    assert_eq!(std::fs::read_dir(&save_dir).unwrap().count(), 3);
    let again = stage.run("bob", &["receive", "--save-dir", save_dir_text]).await;
    assert_eq!(Stage::ended_with(&again, 0), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_name_stays_in_the_directory_and_parts_come_in_any_order() {
    let stage = Stage::new().await;
    let bob = stage.register("bob", &stage.tcp).await;
    let (mallory, _home) = stage.peer().await;
    let part = |index, bytes: &'static [u8]| {
        let name = if index == 0 { "../../evil" } else { "" };
        Plain::FilePart(FilePart { transfer: [7; 8], index, count: 3, name, bytes }).encode()
    };
    for payload in [part(2, b"c"), part(0, b"a"), part(2, b"x"), part(1, b"b")] {
        let id = mallory.send(device(&bob), payload, SendOptions::default()).await.unwrap();
        mallory.outcome(id).await.unwrap();
    }
    let save_dir = stage.homes.path().join("deep").join("saved");
    let saved = stage.run("bob", &["receive", "--save-dir", save_dir.to_str().unwrap()]).await;
    Stage::ended_with(&saved, 0);
    assert_eq!(std::fs::read(save_dir.join("evil")).unwrap(), b"abc");
    assert_eq!(std::fs::read_dir(stage.homes.path().join("deep")).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_tell_what_happened() {
    let stage = Stage::new().await;
    let alice = stage.register("alice", &stage.tcp).await;
    let stranger = "00".repeat(16);
    Stage::ended_with(&stage.run("alice", &["send", "--to", &stranger, "x"]).await, 1);
    Stage::ended_with(&stage.run("alice", &["send", "--to", "nobody", "x"]).await, 2);
    Stage::ended_with(&stage.run("nobody", &["send", "--to", &alice, "x"]).await, 2);
    let server = stage.tcp.to_string();
    let unknown = stage.run("nobody", &["--server", &server, "send", "--to", &alice, "x"]).await;
    Stage::ended_with(&unknown, 1);
    stage.world.tell(|home| home.is_mute = true);
    let mute = stage.run("alice", &["--timeout", "0.3", "send", "--to", &alice, "x"]).await;
    Stage::ended_with(&mute, 3);
    let nowhere = stage.run("alice", &["--timeout", "0.3", "--server", "tcp://127.0.0.1:1", "receive"]).await;
    Stage::ended_with(&nowhere, 4);
    // Another realm's server is not waited for.
    let other = ServerAddress { realm: Some(pinnace_session::RealmId([9; 32])), ..stage.tcp.clone() };
    let other =
        stage.run("other", &["--server", &other.to_string(), "register", "--number", "+46700000000"]).await;
    Stage::ended_with(&other, 4);
    // What failed above did not change what the home knows.
    stage.world.tell(|home| home.is_mute = false);
    Stage::ended_with(&stage.run("alice", &["send", "--to", &alice, "x"]).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_whole_is_not_sent_in_part() {
    let stage = Stage::new().await;
    let alice = stage.register("alice", &stage.tcp).await;
    let send = ["send", "--to", &alice];
    let fed = async |input: Vec<u8>| {
        let mut command = stage.command("alice", &send);
        tokio::task::spawn_blocking(move || {
            let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
            // A command that refuses early does not read to the end.
            let _ = child.stdin.take().unwrap().write_all(&input);
            child.wait_with_output().unwrap()
        })
        .await
        .unwrap()
    };
    let longest = pinnace_wire::limits::PAYLOAD_LEN;
    let cut = [vec![b'a'; longest - 3], b"\n\n\nlost".to_vec()].concat();
    for input in [cut, b"\xff".to_vec(), b"\n".to_vec(), Vec::new()] {
        Stage::ended_with(&fed(input).await, 2);
    }
    Stage::ended_with(&stage.run("alice", &["send", "--to", &alice, ""]).await, 2);
    for no_file in ["/dev/zero", "/dev/stdin", "/"] {
        Stage::ended_with(&stage.run("alice", &["send", "--to", &alice, "--file", no_file]).await, 2);
    }
    for wrong in [["--timeout", "1e19", "status"].as_slice(), &["register", "--number", "0700123456"]] {
        Stage::ended_with(&stage.run("alice", wrong).await, 2);
    }
    assert_eq!(Stage::ended_with(&fed(vec![b'a'; longest - 1]).await, 0), "message 1: accepted\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_without_room_is_told_and_loses_nothing() {
    let stage = Stage::new().await;
    let bob = stage.register("bob", &stage.tcp).await;
    let (alice, _home) = stage.peer().await;
    for letter in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        let text = letter.repeat(60_000);
        let id = alice.send(device(&bob), Plain::Text(&text).encode(), SendOptions::default()).await.unwrap();
        alice.outcome(id).await.unwrap();
    }
    // Files may not grow beyond 100 or 200 kB, as the shell counts; what is beyond is refused by the system.
    let receive = stage.command("bob", &["receive"]);
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 200; exec \"$@\"", "sh"]).arg(receive.get_program());
    limited.args(receive.get_args()).env_clear();
    let limited = tokio::task::spawn_blocking(move || limited.output().unwrap()).await.unwrap();
    let mut seen = Stage::ended_with(&limited, 1);
    assert!(String::from_utf8_lossy(&limited.stderr).contains("File too large"), "{limited:?}");
    seen += &Stage::ended_with(&stage.run("bob", &["receive"]).await, 0);
    for letter in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        assert_eq!(seen.matches(&letter.repeat(60_000)).count(), 1, "{letter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_at_a_time_uses_a_home() {
    let stage = Stage::new().await;
    let home = stage.homes.path().join("alice");
    let store = Store::open(&home, &mut SystemRandom).unwrap();
    let second = stage.run("alice", &["status"]).await;
    Stage::ended_with(&second, 1);
    assert_eq!(String::from_utf8_lossy(&second.stderr), "pinnace: another process uses this home\n");
    drop(store);
    Stage::ended_with(&stage.run("alice", &["status"]).await, 0);
    std::fs::set_permissions(home.join("device.redb"), PermissionsExt::from_mode(0o644)).unwrap();
    let exposed = stage.run("alice", &["status"]).await;
    Stage::ended_with(&exposed, 1);
    assert!(String::from_utf8_lossy(&exposed.stderr).contains("chmod 600"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_shows_what_both_say() {
    let stage = Stage::new().await;
    let bob = stage.register("bob", &stage.websocket).await;
    let (alice, _home) = stage.peer().await;
    let with = alice.device().to_string();
    for round in ["one", "two"] {
        let mut chat =
            stage.command("bob", &["chat", "--with", &with]).stdin(Stdio::piped()).spawn().unwrap();
        writeln!(chat.stdin.as_mut().unwrap(), "hello {round}").unwrap();
        until(&alice, |state| state.untaken > 0).await;
        alice.take(Vec::new()).await.unwrap();
        alice.send(device(&bob), Plain::Text(round).encode(), SendOptions::default()).await.unwrap();
        let mut said = BufReader::new(chat.stdout.take().unwrap()).lines();
        let wanted = format!("them: {round}");
        let seen: Vec<String> = tokio::task::spawn_blocking(move || {
            let mut seen = Vec::new();
            while seen.last() != Some(&wanted) {
                seen.push(said.next().unwrap().unwrap());
            }
            seen
        })
        .await
        .unwrap();
        // The second chat begins with what was said in the first.
        assert_eq!(seen.contains(&"you: hello one".to_owned()), round == "two", "{seen:?}");
        assert!(seen.contains(&"them: one".to_owned()), "{seen:?}");
        drop(chat.stdin.take());
        assert_eq!(wait(chat).await, Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_receiver_loses_nothing_and_files_nothing_twice() {
    const COUNT: u64 = 60;
    let stage = Stage::new().await;
    let bob = stage.register("bob", &stage.tcp).await;
    let (alice, _home) = stage.peer().await;
    let mut printed = std::collections::BTreeMap::new();
    for number in 0..COUNT {
        alice
            .send(device(&bob), Plain::Text(&number.to_string()).encode(), SendOptions::default())
            .await
            .unwrap();
        if number % 6 != 5 {
            continue;
        }
        // Killed after its first line, with more on the way.
        let mut receiver = stage.command("bob", &["--json", "receive", "--follow"]).spawn().unwrap();
        let mut output = BufReader::new(receiver.stdout.take().unwrap());
        let text = tokio::task::spawn_blocking(move || {
            let mut first = String::new();
            output.read_line(&mut first).unwrap();
            receiver.kill().unwrap();
            receiver.wait().unwrap();
            // What it printed before it died counts as well; a line that was cut does not.
            let rest: Vec<String> = output.lines().map_while(Result::ok).collect();
            [first, rest.join("\n")].concat()
        })
        .await
        .unwrap();
        note(&text, &mut printed);
    }
    let rest = Stage::ended_with(&stage.run("bob", &["--json", "receive"]).await, 0);
    note(&rest, &mut printed);
    let texts: Vec<u64> = printed.values().map(|text| text.parse().unwrap()).collect();
    assert_eq!(texts, (0..COUNT).collect::<Vec<_>>());
    assert_eq!(printed.into_keys().collect::<Vec<_>>(), (1..=COUNT).collect::<Vec<_>>());
}

/// Notes each message under its mailbox number: one that is printed again after a kill has the same.
fn note(text: &str, printed: &mut std::collections::BTreeMap<u64, String>) {
    for line in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let message = &line["message"];
        let text = message["text"].as_str().unwrap().to_owned();
        let before = printed.insert(message["item"].as_u64().unwrap(), text.clone());
        assert!(before.is_none_or(|before| before == text));
    }
}

async fn wait(mut child: Child) -> Option<i32> {
    tokio::task::spawn_blocking(move || child.wait().unwrap().code()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_for_debugging_are_for_their_owner_only() {
    let stage = Stage::new().await;
    stage.register("bob", &stage.tcp).await;
    let keys = stage.homes.path().join("keys");
    let capture = stage.homes.path().join("capture.pcapng");
    let (keys_text, capture_text) = (keys.to_str().unwrap(), capture.to_str().unwrap());
    let output = stage.run("bob", &["--key-log", keys_text, "--capture", capture_text, "receive"]).await;
    Stage::ended_with(&output, 0);
    assert!(String::from_utf8_lossy(&output.stderr).contains("secrets"));
    for path in [&keys, &capture] {
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let keys = std::fs::read_to_string(&keys).unwrap();
    let words: Vec<&str> = keys.split_whitespace().collect();
    assert_eq!(words[0], "PINNACE_SECRETS");
    assert!(words[1..].iter().all(|word| word.len() == 64), "{keys}");
    assert_is_a_capture(&capture);
}

/// The frames of the session stand in the capture, and Wireshark, where it is at hand, reads it.
fn assert_is_a_capture(path: &Path) {
    let octets = std::fs::read(path).unwrap();
    let text = String::from_utf8_lossy(&octets);
    for wanted in ["client: Hello", "server: Welcome", "client: Close"] {
        assert!(text.contains(wanted), "{wanted} in {text}");
    }
    let reader =
        Command::new("tshark").arg("-r").arg(path).args(["-T", "fields", "-e", "frame.comment"]).output();
    let Ok(read) = reader else { return };
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let comments = String::from_utf8(read.stdout).unwrap();
    assert!(comments.lines().count() > 2 && comments.contains("server: Welcome"), "{comments}");
}
