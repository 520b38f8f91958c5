//! Peers that break the rules of a carrier, are slow, or too many.

use std::io::{Read as _, Write as _};

use pinnace_wire::{RejectReason, ServerRecord};
use tokio_tungstenite::tungstenite::Message;

use super::http::{CLOSE, get, metric_falls, metric_reaches};
use super::wire::connect;
use super::{Link, TestServer, Wire};

const UPGRADE: &str = "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n\
    sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// What comes until the end of the connection.
fn rest(mut stream: std::net::TcpStream) -> Vec<u8> {
    let mut octets = Vec::new();
    match stream.read_to_end(&mut octets) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("no end: {error}"),
    }
    octets
}

#[track_caller]
fn assert_busy(mut wire: Wire) {
    let record = wire.receive().unwrap();
    match ServerRecord::decode(&record).unwrap() {
        ServerRecord::Reject { reason, .. } => assert_eq!(reason, RejectReason::BUSY),
        other => panic!("{other:?}"),
    }
    assert_eq!(wire.receive(), None);
}

#[test]
fn protocol_is_spoken_at_its_path_and_under_its_name_only() {
    let server = TestServer::start(&[]);
    let offer = format!("{UPGRADE}sec-websocket-protocol: pinnace.1\r\n");
    assert!(get(server.ws(), "/", &offer).starts_with("HTTP/1.1 404 "));
    assert!(get(server.ws(), "/pinnace", UPGRADE).starts_with("HTTP/1.1 400 "));
    assert!(get(server.ws(), "/favicon.ico", CLOSE).starts_with("HTTP/1.1 404 "));
    assert!(get(server.ws(), "/pinnace", CLOSE).starts_with("HTTP/1.1 426 "));
    let other = format!("{UPGRADE}sec-websocket-protocol: pinnace.10, other\r\n");
    assert!(get(server.ws(), "/pinnace", &other).starts_with("HTTP/1.1 400 "));
}

#[test]
fn text_message_is_answered_with_1003() {
    let server = TestServer::start(&[]);
    let Wire::WebSocket(mut socket) = Wire::websocket(server.ws()) else { panic!("no websocket") };
    socket.send(Message::text("hello")).unwrap();
    match socket.read().unwrap() {
        Message::Close(Some(frame)) => assert_eq!(u16::from(frame.code), 1003),
        other => panic!("{other:?}"),
    }
}

#[test]
fn record_of_length_zero_ends_the_connection() {
    let server = TestServer::start(&[]);
    let mut stream = connect(server.tcp());
    stream.write_all(&[0, 0]).unwrap();
    assert_eq!(rest(stream), b"");
    let Wire::WebSocket(mut socket) = Wire::websocket(server.ws()) else { panic!("no websocket") };
    socket.send(Message::Binary(Vec::new().into())).unwrap();
    assert!(matches!(socket.read(), Ok(Message::Close(_))));
}

#[test]
fn silent_peers_are_shed_before_the_handshake() {
    let server = TestServer::start(&["handshake_ms=100"]);
    let mut half_record = connect(server.tcp());
    half_record.write_all(&[0]).unwrap();
    let mut half_request = connect(server.ws());
    half_request.write_all(b"GET /pinnace HTTP/1.1\r\nhost").unwrap();
    let upgraded = Wire::websocket(server.ws());
    assert_eq!(rest(connect(server.tcp())), b"");
    assert_eq!(rest(half_record), b"");
    assert_eq!(rest(half_request), b"");
    let mut upgraded = upgraded;
    assert_eq!(upgraded.receive(), None);
}

#[test]
fn connections_beyond_those_of_an_address_are_told_so() {
    let server = TestServer::start(&["connections_per_address_max=1"]);
    let first = connect(server.tcp());
    assert_busy(Wire::tcp(server.tcp()));
    let offer = format!("{UPGRADE}sec-websocket-protocol: pinnace.1\r\n");
    assert!(get(server.ws(), "/pinnace", &offer).starts_with("HTTP/1.1 503 "));
    metric_reaches(server.metrics(), "pinnace_connections_refused_total", 2.0);
    drop(first);
    // When the first is gone its place is free.
    metric_falls(server.metrics(), "pinnace_connections", 0.0);
    drop(server.registered());
}

#[test]
fn connections_beyond_those_of_the_server_are_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::start_in(folder, &[], |settings| settings.connections_max = 1);
    let _first = connect(server.tcp());
    assert_busy(Wire::tcp(server.tcp()));
}

#[test]
fn peer_that_does_not_read_is_shed_and_loses_nothing() {
    let server = TestServer::start(&["write_stall_ms=100", "send_burst=10000"]);
    let (mut alice, mut bob) = (server.registered(), server.registered());
    let mut at_alice = alice.open(Wire::tcp(server.tcp()));
    // More than the buffers of both systems hold.
    const COUNT: usize = 110;
    let payload = vec![7; 60_000];
    for _ in 0..COUNT {
        while !at_alice.try_send(&alice.next_message(bob.id(), &payload)) {
            at_alice.outcome();
        }
        alice.next_seq += 1;
    }
    while at_alice.session.inflight() > 0 {
        at_alice.outcome();
    }
    let mut generous = bob.config();
    generous.limits.credit_bytes_initial = 1 << 30;
    let flight = bob.flight();
    let mut deaf = Link::open(Wire::tcp(server.tcp()), generous, flight);
    deaf.welcome();
    metric_reaches(server.metrics(), "pinnace_stalled_total", 1.0);
    let mut at_bob = bob.open(Wire::tcp(server.tcp()));
    for _ in 0..COUNT {
        assert_eq!(at_bob.payload(), payload);
    }
}
