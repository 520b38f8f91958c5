//! What a message costs beside its payload, counted on the TCP stream between the real client and the real server.

use pinnace_client::{Carrier, Outcome, SendOptions};
use pinnace_lanes::world::{Server, address};
use pinnace_wire::DeviceId;

use crate::device::Device;
use crate::proxy::{Entry, Proxy, Way};
use crate::server;

/// SEND to one device with its alias set, framing of the carrier and tag of the record included, in octets.
const SEND_BUDGET: usize = 31;

/// DELIVER with its alias set, likewise.
const DELIVER_BUDGET: usize = 30;

/// What a number below 2^30 may take beyond the small ones of this test, in octets.
const NUMBER_GROWTH: usize = 3;

/// Between them every length field grows, in octets.
const PAYLOADS: [usize; 5] = [64, 100, 1000, 16_300, 16_383];

/// A proxy before the server, and the device behind it.
fn proxied(server: &Server, device: &Device) -> Proxy {
    let proxy = Proxy::start(Carrier::Tcp, server.tcp);
    device.whereto.set(address(Carrier::Tcp, proxy.socket, server.realm));
    proxy
}

/// What the one record beyond the payload takes that can hold it.
#[track_caller]
fn overhead(log: &[Entry], way: Way, payload_len: usize) -> usize {
    let mut holding = log.iter().filter(|entry| entry.way == way && entry.len > payload_len);
    let record = holding.next().expect("a record holds the payload");
    assert!(holding.next().is_none(), "the payload goes once: {log:?}");
    record.len - payload_len
}

/// Sends as an application does that chooses nothing, and waits for the outcome.
fn send(alice: &Device, to: DeviceId, payload: &[u8]) {
    let id = alice.run(alice.client.send(to, payload.to_vec(), SendOptions::default())).unwrap();
    assert_eq!(alice.outcome(id), Outcome::Accepted);
}

#[test]
fn send_and_deliver_keep_their_budgets() {
    let folder = tempfile::tempdir().unwrap();
    let server = server::start(&folder.path().join("server"));
    let alice = Device::register(&server, &folder.path().join("alice"), "+46700000001");
    let bob = Device::register(&server, &folder.path().join("bob"), "+46700000002");
    let (at_alice, at_bob) = (proxied(&server, &alice), proxied(&server, &bob));
    let (alice, bob) = (alice.close().restart(), bob.close().restart());
    alice.wait_online();
    bob.wait_online();

    // The first message of a session brings the alias with it.
    let mut count = 1;
    send(&alice, bob.id(), b"first");
    bob.payloads(count);
    for len in PAYLOADS {
        let payload = vec![b'x'; len];
        let (alice_since, bob_since) = (at_alice.log().len(), at_bob.log().len());
        send(&alice, bob.id(), &payload);
        count += 1;
        assert_eq!(bob.payloads(count).last(), Some(&payload));
        let send = overhead(&at_alice.log()[alice_since..], Way::ToServer, len);
        assert!(send + NUMBER_GROWTH <= SEND_BUDGET, "SEND of {len} octets takes {send} more");
        let deliver = overhead(&at_bob.log()[bob_since..], Way::ToClient, len);
        assert!(deliver + NUMBER_GROWTH <= DELIVER_BUDGET, "DELIVER of {len} octets takes {deliver} more");
    }
}
