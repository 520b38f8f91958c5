//! Messages between devices, through the whole server.

use std::time::Instant;

use pinnace_session::client::{ClientConfig, ClientEvent, ClientLimits, Outcome, ReceivedItem};
use pinnace_session::{CloseReason, Replace};
use pinnace_wire::{ErrorCode, ReceiptStatus, RequestId};

use super::{Device, Link, PATIENCE, TestServer, Wire};

#[test]
fn message_reaches_a_device_that_is_there_and_the_receipt_comes_back() {
    let server = TestServer::start(&[]);
    let (mut alice, mut bob) = (server.registered(), server.registered());
    let mut at_bob = bob.open(Wire::tcp(server.tcp()));
    let mut at_alice = alice.open(Wire::tcp(server.tcp()));
    at_alice.send(&alice.message(bob.id(), b"ahoy"));
    assert_eq!(at_alice.outcome().1, Outcome::Accepted);
    match at_bob.item() {
        ReceivedItem::Message { mailbox_seq, source, payload, .. } => {
            assert_eq!((mailbox_seq.value(), source, payload), (1, alice.id(), b"ahoy".to_vec()));
        }
        other => panic!("{other:?}"),
    }
    at_bob.ack(1);
    match at_alice.item() {
        ReceivedItem::Receipt { device, status, ranges, .. } => {
            assert_eq!((device, status), (bob.id(), ReceiptStatus::DELIVERED));
            assert_eq!(ranges[0].first.value(), 1);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn messages_wait_for_a_device_that_is_away_and_come_in_order() {
    let server = TestServer::start(&["send_burst=10000"]);
    let (mut alice, mut bob) = (server.registered(), server.registered());
    const COUNT: usize = 600;
    fill(&server, &mut alice, &bob, COUNT);
    // The edge is known from the registration: IK, and the mailbox begins in the second handshake message.
    let mut at_bob = bob.open(Wire::tcp(server.tcp()));
    for index in 0..COUNT {
        assert_eq!(at_bob.payload(), format!("message {index}").into_bytes());
    }
}

/// Sends so many messages, and waits until each is accepted.
fn fill(server: &TestServer, alice: &mut Device, bob: &Device, count: usize) {
    let mut at_alice = alice.open(Wire::tcp(server.tcp()));
    let mut open = 0;
    for index in 0..count {
        while !at_alice.session.can_send() {
            at_alice.outcome();
            open -= 1;
        }
        at_alice.send(&alice.message(bob.id(), format!("message {index}").as_bytes()));
        open += 1;
    }
    for _ in 0..open {
        assert_eq!(at_alice.outcome().1, Outcome::Accepted);
    }
}

#[test]
fn what_one_credit_lets_through_comes_though_nothing_follows() {
    let server = TestServer::start(&["send_burst=10000"]);
    let (mut alice, mut bob) = (server.registered(), server.registered());
    const COUNT: usize = 300;
    fill(&server, &mut alice, &bob, COUNT);
    // After a CREDIT at 9 of 17, the other 8 are no cause for another one that would wake the server.
    let limits = ClientLimits { credit_count_initial: 17, ..ClientLimits::default() };
    let config = ClientConfig { limits, ..bob.config() };
    let flight = bob.flight();
    let mut at_bob = Link::open(Wire::tcp(server.tcp()), config, flight);
    at_bob.welcome();
    let since = Instant::now();
    for index in 0..COUNT {
        assert_eq!(at_bob.payload(), format!("message {index}").into_bytes());
        // A timer of the server may move what stands still, a little at a time.
        assert!(since.elapsed() < PATIENCE, "the mailbox stands still");
    }
}

#[test]
fn mailbox_begins_beside_welcome() {
    let server = TestServer::start(&[]);
    let (mut alice, mut bob) = (server.registered(), server.registered());
    let mut at_alice = alice.open(Wire::tcp(server.tcp()));
    at_alice.send(&alice.message(bob.id(), b"early"));
    at_alice.outcome();
    let mut at_bob = bob.connect(Wire::tcp(server.tcp()));
    at_bob.flush();
    let record = at_bob.wire.receive().unwrap();
    assert!(record.len() > 1);
    let (welcome, item) = at_bob.events_of(&record);
    assert!(welcome && item, "WELCOME {welcome}, DELIVER {item} in the first record of the server");
}

#[test]
fn early_sends_are_answered_after_welcome() {
    let server = TestServer::start(&[]);
    let (mut alice, mut bob) = (server.registered(), server.registered());
    let mut flight = alice.flight();
    flight.sends = (0..3).map(|index| alice.message(bob.id(), &[index])).collect();
    let mut at_alice = alice.connect_with(Wire::tcp(server.tcp()), flight);
    assert_eq!(at_alice.welcome().handled.value(), 0);
    let outcomes: Vec<_> = (0..3).map(|_| at_alice.outcome()).map(|(seq, _)| seq.value()).collect();
    assert_eq!(outcomes, [1, 2, 3]);
    let mut at_bob = bob.open(Wire::tcp(server.tcp()));
    assert_eq!([at_bob.payload(), at_bob.payload(), at_bob.payload()], [[0], [1], [2]]);
}

#[test]
fn newer_session_takes_over_when_it_is_confirmed() {
    let server = TestServer::start(&[]);
    let mut alice = server.registered();
    let mut older = alice.open(Wire::tcp(server.tcp()));
    // The first transport record of the older one, and its answer: it is confirmed.
    older.confirm();
    let mut newer = alice.open(Wire::tcp(server.tcp()));
    newer.session.query_devices(RequestId::new(2).unwrap()).unwrap();
    let devices = newer.wait_for("DEVICES", |event| match event {
        ClientEvent::Devices { devices, .. } => Some(devices.clone()),
        _ => None,
    });
    assert_eq!(devices.iter().map(|entry| entry.device).collect::<Vec<_>>(), [alice.id()]);
    match older.closed() {
        CloseReason::Received { code, .. } => assert_eq!(code.known(), Some(ErrorCode::TakenOver)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn replaced_account_loses_its_devices() {
    let server = TestServer::start(&["method_wait_ms=0"]);
    let mut alice = server.registered();
    let mut at_alice = alice.open(Wire::tcp(server.tcp()));
    let mut thief = Device { number: alice.number.clone(), ..Device::new(server.realm()) };
    let mut link = thief.open(Wire::tcp(server.tcp()));
    link.register(&thief, Replace::Wanted, &server.codes());
    match at_alice.closed() {
        CloseReason::Received { code, .. } => assert_eq!(code.known(), Some(ErrorCode::DeviceGone)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn ephemeral_reaches_a_session_that_is_open_and_nobody_else() {
    let server = TestServer::start(&[]);
    let (mut alice, mut bob) = (server.registered(), server.registered());
    let mut at_alice = alice.open(Wire::tcp(server.tcp()));
    let mut at_bob = bob.open(Wire::tcp(server.tcp()));
    at_bob.confirm();
    at_alice.session.send_ephemeral(bob.id(), b"typing").unwrap();
    at_alice.flush();
    let source = at_bob.wait_for("EPHEMERAL", |event| match event {
        ClientEvent::Ephemeral { source, payload } if payload == b"typing" => Some(*source),
        _ => None,
    });
    assert_eq!(source, alice.id());
}

#[test]
fn both_carriers_meet() {
    let server = TestServer::start(&[]);
    let mut alice = Device::new(server.realm());
    alice.register(Wire::websocket(server.ws()), &server.codes());
    let mut bob = server.registered();
    let mut at_alice = alice.open(Wire::websocket(server.ws()));
    let mut at_bob = bob.open(Wire::tcp(server.tcp()));
    let payload = vec![7; 61_440];
    at_alice.send(&alice.message(bob.id(), &payload));
    assert_eq!(at_alice.outcome().1, Outcome::Accepted);
    assert_eq!(at_bob.payload(), payload);
    at_bob.send(&bob.message(alice.id(), &payload));
    assert_eq!(at_alice.payload(), payload);
}
