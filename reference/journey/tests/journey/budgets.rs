//! What a message costs beside its payload, counted on the TCP stream between the real client and the real server.

use pinnace_client::{Carrier, Outcome};

use crate::device::{Device, payloads};
use crate::proxy::{Entry, Proxy, Way};
use crate::server::{Server, address};

/// SEND to one device with its alias set, framing of the carrier and tag of the record included, in octets.
const SEND_BUDGET: usize = 31;

/// DELIVER with its alias set, likewise.
const DELIVER_BUDGET: usize = 30;

/// The lengths at which a varint grows, and those between, in octets.
const PAYLOADS: [usize; 5] = [64, 100, 1000, 16_300, 16_383];

/// A proxy before the server, and the device behind it.
fn proxied(server: &Server, device: &Device) -> Proxy {
    let proxy = Proxy::start(Carrier::Tcp, server.tcp);
    device.whereto.set(address(Carrier::Tcp, proxy.socket, server.realm));
    proxy
}

/// Octets of what went this way since the log was so long.
fn octets(log: &[Entry], since: usize, way: Way) -> usize {
    log[since..].iter().filter(|entry| entry.way == way).map(|entry| entry.len).sum()
}

#[test]
fn send_and_deliver_keep_their_budgets() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("server"));
    let alice = Device::register(&server, &folder.path().join("alice"), "+46700000001");
    let bob = Device::register(&server, &folder.path().join("bob"), "+46700000002");
    let (at_alice, at_bob) = (proxied(&server, &alice), proxied(&server, &bob));
    let (alice, bob) = (alice.close().restart(), bob.close().restart());
    alice.wait_online();
    bob.wait_online();

    // The first message of a session brings the alias with it.
    let mut count = 1;
    let first = alice.send(bob.id(), b"first");
    assert_eq!(alice.outcome(first), Outcome::Accepted);
    bob.payloads(count);
    for len in PAYLOADS {
        let payload = vec![b'x'; len];
        let (alice_since, bob_since) = (at_alice.log().len(), at_bob.log().len());
        let id = alice.send(bob.id(), &payload);
        assert_eq!(alice.outcome(id), Outcome::Accepted);
        count += 1;
        assert_eq!(bob.payloads(count).last(), Some(&payload));
        let send = octets(&at_alice.log(), alice_since, Way::ToServer);
        let deliver = octets(&at_bob.log(), bob_since, Way::ToClient);
        eprintln!("payload {len}: SEND {} DELIVER {}", send - len, deliver - len);
        assert!(
            (1..=SEND_BUDGET).contains(&(send - len)),
            "SEND of {len}: {:?}",
            &at_alice.log()[alice_since..]
        );
        assert!(
            (1..=DELIVER_BUDGET).contains(&(deliver - len)),
            "DELIVER of {len}: {:?}",
            &at_bob.log()[bob_since..]
        );
    }
    assert_eq!(payloads(bob.client.store()).len() as u64, count);
}
