//! People write to each other, and the server reads nothing: two of them, then three, while it is killed and one is removed.

use std::path::Path;

use pinnace_client::conversation::{Fate, SayOptions, Stage, Uttered};
use pinnace_client::identity::Published;
use pinnace_client::{Carrier, Content, Outcome};
use pinnace_content::{Kind, Reference, Text};
use pinnace_lanes::world::Server;
use pinnace_wire::{AccountId, ConversationId};

use crate::device::Device;
use crate::server;

const SECRETS: [&str; 6] = [
    "the rum is behind the third barrel",
    "then bring two cups",
    "after the storm we are still here",
    "the crew of the pinnace",
    "sails at dawn, tell nobody",
    "not for carol any more",
];

/// What is sent in the open, so that the search is seen to find what is there.
const OPEN: &str = "this one anybody may read";

fn joined(server: &Server, folder: &Path, name: &str, number: &str) -> Device {
    let device = Device::register(server, &folder.join(name), number);
    device.wait(|state| state.published == Published::Keys).unwrap();
    device
}

fn account(device: &Device) -> AccountId {
    device.client.keys().account()
}

/// Says words, and waits until they have their place.
#[track_caller]
fn say(device: &Device, id: ConversationId, words: &str) -> Uttered {
    let said = device.run(device.client.say_text(id, words)).unwrap();
    assert_eq!(device.run(device.client.fate(said)).unwrap(), Fate::Placed);
    said
}

/// Takes the next things that were said out of the inbox, waiting for them.
#[track_caller]
fn heard(device: &Device, count: usize) -> Vec<(ConversationId, AccountId, String)> {
    let mut found = Vec::new();
    while found.len() < count {
        device.wait(|state| state.untaken > 0).unwrap();
        let (_, item) = device.client.first_item().unwrap().unwrap();
        device.run(device.client.take(Vec::new())).unwrap();
        let Content::Said { conversation, order } = item.content else { continue };
        let said = device.run(device.client.said(conversation, order)).unwrap().unwrap();
        if let Kind::Text(text) = said.content.unwrap().kind {
            found.push((conversation, said.author, text.body));
        }
    }
    found
}

/// Waits until a conversation of a device is so.
#[track_caller]
fn stands(device: &Device, id: ConversationId, stage: Stage, members: usize) {
    device.run(async {
        let mut state = device.client.state();
        loop {
            let _ = state.borrow_and_update();
            if let Ok(info) = device.client.conversation(id).await
                && (info.stage, info.members.len(), info.is_changing) == (stage, members, false)
            {
                return;
            }
            state.changed().await.unwrap();
        }
    });
}

/// Kills the server, starts it again on its data, and sends everybody there.
fn restart(server: &mut Server, devices: &[&Device]) {
    server.kill_and_restart().unwrap();
    for device in devices {
        device.whereto.set(server.address(Carrier::Tcp));
        device.run(device.client.wake()).unwrap();
        device.wait_online();
    }
}

/// Whether the octets of a text stand in a file below this folder.
fn is_found(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return is_found(&path, text);
        }
        let octets = std::fs::read(&path).unwrap();
        octets.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
fn two_and_three_write_and_the_server_reads_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("server");
    let mut server = server::start(&data);
    let alice = joined(&server, folder.path(), "alice", "+46700000001");
    let bob = joined(&server, folder.path(), "bob", "+46700000002");
    let carol = joined(&server, folder.path(), "carol", "+46700000003");

    // Two.
    let both = alice.run(alice.client.open_direct(account(&bob))).unwrap();
    let said = say(&alice, both, SECRETS[0]);
    assert_eq!(heard(&bob, 1), [(both, account(&alice), SECRETS[0].to_owned())]);
    let options = SayOptions {
        reply_to: Some(Reference { author: account(&alice), id: said.id }),
        ..SayOptions::default()
    };
    bob.run(bob.client.say(both, Kind::Text(Text::plain(SECRETS[1])), options)).unwrap();
    assert_eq!(heard(&alice, 1), [(both, account(&bob), SECRETS[1].to_owned())]);
    assert_eq!(bob.run(bob.client.open_direct(account(&alice))).unwrap(), both, "there is one of them");

    // Bob's device is away, and comes back from its store; the server is killed meanwhile.
    let away = bob.crash();
    say(&alice, both, SECRETS[2]);
    server.kill_and_restart().unwrap();
    for device in [&alice, &carol] {
        device.whereto.set(server.address(Carrier::Tcp));
        device.run(device.client.wake()).unwrap();
    }
    away.whereto.set(server.address(Carrier::Tcp));
    let bob = away.restart();
    assert_eq!(heard(&bob, 1), [(both, account(&alice), SECRETS[2].to_owned())]);

    // Three.
    alice.wait_online();
    carol.wait_online();
    let others = [account(&bob), account(&carol)];
    let crew = alice.run(alice.client.create_group(SECRETS[3], &others)).unwrap();
    say(&alice, crew, SECRETS[4]);
    restart(&mut server, &[&alice, &bob, &carol]);
    for device in [&bob, &carol] {
        assert_eq!(heard(device, 1), [(crew, account(&alice), SECRETS[4].to_owned())]);
    }
    bob.run(bob.client.remove_members(crew, vec![account(&carol)])).unwrap();
    stands(&bob, crew, Stage::Member, 2);
    stands(&alice, crew, Stage::Member, 2);
    stands(&carol, crew, Stage::Left, 0);
    say(&alice, crew, SECRETS[5]);
    assert_eq!(heard(&bob, 1), [(crew, account(&alice), SECRETS[5].to_owned())]);
    // What the server would give carol is in front of what it gives her now.
    let open = alice.send(carol.id(), OPEN.as_bytes());
    assert_eq!(alice.outcome(open), Outcome::Accepted);
    carol.wait(|state| state.untaken > 0).unwrap();
    let (_, item) = carol.client.first_item().unwrap().unwrap();
    assert!(matches!(&item.content, Content::Message { payload, .. } if payload == OPEN.as_bytes()));
    let carols = carol.run(carol.client.history(crew, 100)).unwrap();
    assert_eq!(carols.len(), 1, "{carols:?}");

    // What is on the server's disk.
    server.kill();
    assert!(is_found(&data, OPEN), "the search finds what is there");
    for secret in SECRETS {
        assert!(!is_found(&data, secret), "{secret:?} lies at the server");
    }
}
