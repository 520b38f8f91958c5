//! A device that knows the edge has its first message two round trips after SYN; WebSocket adds its upgrade.

use pinnace_client::store::Write;
use pinnace_client::{Carrier, Outcome};
use pinnace_lanes::world::{Server, address};
use pinnace_session::client::KnownEdge;
use pinnace_session::noise::PublicKey;

use crate::device::{Crashed, Device};
use crate::proxy::{Entry, Proxy, Way};
use crate::server;

/// A device with a message in its mailbox, away, behind a proxy that is ready for it.
struct Waiting {
    // Dropped in this order: the server outlives the proxy's connections.
    bob: Crashed,
    proxy: Proxy,
    _server: Server,
    _folder: tempfile::TempDir,
}

/// What the device knows of the edge before it comes back.
#[derive(Clone, Copy)]
enum Edge {
    /// Its key.
    Known,
    /// Another one's: as if the key had been changed.
    Changed,
}

fn waiting(carrier: Carrier, edge: Edge) -> Waiting {
    let folder = tempfile::tempdir().unwrap();
    let server = server::start(&folder.path().join("server"));
    let alice = Device::register(&server, &folder.path().join("alice"), "+46700000001");
    let bob = Device::register(&server, &folder.path().join("bob"), "+46700000002");
    bob.wait_online();
    let to = bob.id();
    match edge {
        Edge::Known => {}
        Edge::Changed => bob.run(bob.client.keep(Write::Edge(other_edge(&bob)))).unwrap(),
    }
    let bob = bob.close();
    let id = alice.send(to, b"the first queued message");
    assert_eq!(alice.outcome(id), Outcome::Accepted);
    let socket = match carrier {
        Carrier::Tcp => server.tcp,
        Carrier::WebSocket => server.websocket,
    };
    let proxy = Proxy::start(carrier, socket);
    bob.whereto.set(address(carrier, proxy.socket, server.realm));
    Waiting { bob, proxy, _server: server, _folder: folder }
}

/// The ways of what passed, each turn once.
fn turns(log: &[Entry]) -> Vec<Way> {
    let mut turns: Vec<Way> = log.iter().map(|entry| entry.way).collect();
    turns.dedup();
    turns
}

/// An edge that does not exist, valid for all time.
fn other_edge(bob: &Device) -> KnownEdge {
    let key = PublicKey(bob.client.keys().device.public().0);
    KnownEdge { key, not_before_s: 0, not_after_s: u64::from(u32::MAX) }
}

/// Only this much of the client reaches the server, and the message comes all the same.
#[track_caller]
fn check(carrier: Carrier, edge: Edge, client_records: usize, expected: &[Way]) {
    let Waiting { bob, proxy, _server, _folder } = waiting(carrier, edge);
    proxy.pass(Way::ToServer, Some(client_records));
    let bob = bob.restart();
    assert_eq!(bob.payloads(1), [b"the first queued message".to_vec()]);
    let log = proxy.log();
    assert!(log.iter().all(|entry| entry.connection == 0), "{log:?}");
    // What the client says once it has the message is held back, so that this is what brought it.
    let last = log.iter().rposition(|entry| entry.way == Way::ToClient).unwrap();
    assert_eq!(turns(&log[..=last]), expected, "{log:?}");
}

/// A round trip: what the client says, and the answer.
const ROUND: [Way; 2] = [Way::ToServer, Way::ToClient];

#[test]
fn the_first_message_comes_in_the_second_round_trip() {
    // SYN and its answer are the first.
    check(Carrier::Tcp, Edge::Known, 1, &ROUND);
}

#[test]
fn websocket_adds_one_round_trip() {
    check(Carrier::WebSocket, Edge::Known, 2, &ROUND.repeat(2));
}

#[test]
fn a_changed_edge_costs_two_round_trips_more_on_the_same_connection() {
    check(Carrier::Tcp, Edge::Changed, 3, &ROUND.repeat(3));
}
