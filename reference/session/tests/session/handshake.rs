//! Every way from a connection to a welcomed session.

use pinnace_session::client::{ClientEvent, ClientState, KnownEdge};
use pinnace_session::noise::StaticSecret;
use pinnace_session::server::{HelloAnswer, HelloDone, ServerEvent, ServerState};
use pinnace_session::{Acked, CloseReason, Message, ReceiptWish, Scratch, ServerSession};
use pinnace_wire::{ClientMark, Code, ErrorCode, Exception, HelloCounter, MailboxMark, UnixMs};

use crate::support::*;

fn is_open(pair: &Pair) -> bool {
    pair.client.state() == ClientState::Open && pair.server.state() == ServerState::Open
}

fn welcomed(mut pair: Pair) -> Pair {
    pair.run();
    pair.answer_hello(&HelloAnswer::Registered(hello_done(3)));
    pair.run();
    pair
}

#[test]
fn known_edge_is_opened_by_ik_in_one_round_trip() {
    let pair = welcomed(Pair::new(client_config(Some(known_edge())), &first_flight(), server_config()));
    assert!(is_open(&pair));
    // The opening and the record that confirms; the answer is one record.
    assert_eq!((pair.client_records.len(), pair.server_records.len()), (2, 1));
    assert_eq!(pair.client_records[1], 16, "nothing but a tag proves life");
    assert_eq!(pair.server.device(), Some(this_device()));
    assert!(pair.told_server.iter().any(|event| matches!(event, ServerEvent::Confirmed { .. })));
}

#[test]
fn unknown_edge_is_opened_by_xx_and_known_afterwards() {
    let pair = welcomed(Pair::new(client_config(None), &first_flight(), server_config()));
    assert!(is_open(&pair));
    assert_eq!((pair.client_records.len(), pair.server_records.len()), (3, 2));
    assert_eq!(pair.told_client.front(), Some(&ClientEvent::Edge(known_edge())));
    assert_eq!(KnownEdge::from_bytes(&known_edge().to_bytes()), Some(known_edge()));
}

#[test]
fn edge_of_another_key_is_retried_by_xx_with_the_same_flight() {
    let mut first = first_flight();
    first.sends = vec![message(1), message(2)];
    let stale = KnownEdge { key: *StaticSecret::from_bytes([44; 32]).public(), ..known_edge() };
    let pair = welcomed(Pair::new(client_config(Some(stale)), &first, server_config()));
    assert!(is_open(&pair));
    // Opening, second opening, proof, confirmation; RETRY, proof, WELCOME.
    assert_eq!((pair.client_records.len(), pair.server_records.len()), (4, 3));
    let sends = pair.told_server.iter().filter(|event| matches!(event, ServerEvent::Send(_)));
    assert_eq!(sends.count(), 2);
    // The refused HELLO might still be read by the edge that it was meant for: the second takes a further counter.
    let Some(ServerEvent::Hello(hello)) = pair.told_server.front() else { panic!("no HELLO") };
    assert_eq!(hello.hello_counter.value(), first.hello_counter.value() + 1);
}

#[test]
fn octets_behind_retry_end_the_connection() {
    let mut client = pinnace_session::ClientSession::new(
        client_config(Some(known_edge())),
        &first_flight(),
        seed(1),
        START,
    )
    .unwrap();
    let mut record = Vec::new();
    client.poll_transmit(&mut record).unwrap();
    client.on_record(&[1, 0xff], &mut Scratch::new(), START).unwrap();
    assert_eq!(client.state(), ClientState::Closed);
    assert_eq!(client.poll_event(), Some(ClientEvent::Closed(CloseReason::BrokenHandshake)));
}

#[test]
fn a_list_of_exceptions_that_is_too_long_is_cut() {
    let mut pair = Pair::new(client_config(Some(known_edge())), &first_flight(), server_config());
    pair.run();
    let exceptions = (1..=300).map(|seq| Exception { client_seq: client_seq(seq), code: None }).collect();
    let handled = ClientMark::new(300).unwrap();
    pair.answer_hello(&HelloAnswer::Registered(HelloDone { exceptions, handled, ..hello_done(0) }));
    pair.run();
    let welcomed = pair.told_client.iter().find(|event| matches!(event, ClientEvent::Welcome(_)));
    let Some(ClientEvent::Welcome(welcome)) = welcomed else { panic!("no WELCOME") };
    let told: Vec<u64> = welcome.exceptions.iter().map(|exception| exception.client_seq.value()).collect();
    assert_eq!(told, (1..=256).collect::<Vec<u64>>());
}

#[test]
fn expired_edge_is_not_opened_by_ik() {
    let expired = KnownEdge { not_after_s: UNIX_S - 1, ..known_edge() };
    let pair = welcomed(Pair::new(client_config(Some(expired)), &first_flight(), server_config()));
    assert!(is_open(&pair));
    assert_eq!(pair.client_records.len(), 3);
}

#[test]
fn second_opening_under_the_plain_prologue_is_refused() {
    let mut server = ServerSession::new(shared(server_config()), seed(20), START);
    let (mut scratch, mut out) = (Scratch::new(), Vec::new());
    let wrong = StaticSecret::from_bytes([44; 32]);
    let (opening, _) = ik_opening(wrong.public(), &encode(&hello()));
    server.on_record(&opening, &mut scratch, START).unwrap();
    server.poll_transmit(&mut out).unwrap();
    assert_eq!(out, [1]);
    // As if RETRY had not bound what was refused: the first encrypted message does not open.
    let (second, mut handshake) = xx_opening(None);
    server.on_record(&second, &mut scratch, START).unwrap();
    out.clear();
    server.poll_transmit(&mut out).unwrap();
    assert!(handshake.read_message(&out[1..], &mut Vec::new()).is_err());
}

#[test]
fn edge_without_a_certificate_that_holds_hears_no_device_key() {
    let other = StaticSecret::from_bytes([45; 32]);
    let mut cases = vec![
        certificate_of(&other, UNIX_S - 1, UNIX_S + 1),
        certificate_of(&edge(), UNIX_S + 1, UNIX_S + 9),
        certificate_of(&edge(), UNIX_S - 9, UNIX_S - 1),
        certificate_of(&edge(), UNIX_S - 1, UNIX_S + 7_776_001),
    ];
    let mut forged = certificate_of(&edge(), UNIX_S - 1, UNIX_S + 1);
    *forged.last_mut().unwrap() ^= 1;
    cases.push(forged);
    for certificate in cases {
        let mut config = server_config();
        config.certificate = certificate;
        let mut pair = Pair::new(client_config(None), &first_flight(), config);
        pair.run();
        assert_eq!(pair.client_records.len(), 1);
        assert_eq!(pair.told_client.back(), Some(&ClientEvent::Closed(CloseReason::Untrusted)));
        assert!(pair.client.is_over());
    }
}

#[test]
fn realms_keep_apart() {
    let mut config = server_config();
    config.realm = pinnace_session::RealmId([9; 32]);
    let mut pair = Pair::new(client_config(Some(known_edge())), &first_flight(), config);
    pair.run();
    // IK does not open, and after RETRY message 2 does not either.
    assert_eq!(pair.told_client.back(), Some(&ClientEvent::Closed(CloseReason::Unreadable)));
}

#[test]
fn route_token_of_another_server_is_taken() {
    let mut config = client_config(Some(known_edge()));
    config.route_token = vec![7; 64];
    assert!(is_open(&welcomed(Pair::new(config, &first_flight(), server_config()))));
}

fn message(seq: u64) -> Message {
    Message {
        client_seq: client_seq(seq),
        destination: other_device(9),
        class: None,
        expires_in_s: None,
        receipt: ReceiptWish::Unwanted,
        payload: b"ahoy".to_vec(),
    }
}

#[test]
fn replayed_first_flight_changes_nothing() {
    let mut first = first_flight();
    first.cursor = MailboxMark::new(3).unwrap();
    first.sends = vec![message(1)];
    let mut pair = Pair::new(client_config(Some(known_edge())), &first, server_config());
    let mut opening = Vec::new();
    pair.client.poll_transmit(&mut opening).unwrap();

    // The true session, then its opening again on another connection.
    for answer in
        [HelloAnswer::Registered(hello_done(3)), HelloAnswer::Stale { stored: HelloCounter::new(7).unwrap() }]
    {
        let mut server = ServerSession::new(shared(server_config()), seed(21), START);
        server.on_record(&opening, &mut Scratch::new(), START).unwrap();
        let Some(ServerEvent::Hello(hello)) = server.poll_event() else { panic!("no HELLO") };
        assert_eq!((hello.hello_counter.value(), hello.early_send_count), (7, 1));
        assert_eq!(server.poll_event(), None, "nothing but HELLO happens before it is stored");
        server.on_hello(&answer, UnixMs::new(1).unwrap(), START);
        let told: Vec<_> = core::iter::from_fn(|| server.poll_event()).collect();
        if matches!(answer, HelloAnswer::Stale { .. }) {
            assert_eq!(told, [ServerEvent::Closed(CloseReason::Sent(ErrorCode::StaleHello))]);
        } else {
            // The cursor and the takeover wait for a record that a replay cannot make.
            assert!(matches!(told.as_slice(), [ServerEvent::Send(_)]), "{told:?}");
        }
    }
}

#[test]
fn stale_hello_tells_the_stored_counter_inside_message_2() {
    let mut pair = Pair::new(client_config(Some(known_edge())), &first_flight(), server_config());
    pair.run();
    let stored = HelloCounter::new(41).unwrap();
    pair.answer_hello(&HelloAnswer::Stale { stored });
    pair.run();
    let reason = CloseReason::Received {
        code: Code::from(ErrorCode::StaleHello),
        retry_after_ms: None,
        hello_counter: Some(stored),
    };
    assert_eq!(pair.told_client.back(), Some(&ClientEvent::Closed(reason)));
    assert!(pair.client.is_over() && pair.server.is_over());
    assert_eq!(pair.server_records.len(), 1);
}

#[test]
fn confirmation_carries_cursor_and_ack_of_the_first_flight() {
    let mut first = first_flight();
    first.cursor = MailboxMark::new(2).unwrap();
    first.acked = Some(acked(2, 5, 6));
    let pair = Pair::open_with(&first, server_config(), 9);
    let confirmed = pair.told_server.iter().find_map(|event| {
        if let ServerEvent::Confirmed { acked } = event { Some(acked.clone()) } else { None }
    });
    assert_eq!(confirmed, Some(acked(2, 5, 6)));
    assert_eq!(pair.server.deliver_from(), Some(mailbox_seq(3)));
}

fn acked(cursor: u64, first: u64, last: u64) -> Acked {
    let range = pinnace_session::MailboxRange { first: mailbox_seq(first), last: mailbox_seq(last) };
    Acked { cursor: MailboxMark::new(cursor).unwrap(), above: vec![range] }
}

#[test]
fn grease_of_both_sides_is_skipped() {
    for number in 0..8 {
        let mut client = client_config(if number % 2 == 0 { None } else { Some(known_edge()) });
        client.grease = pinnace_session::Grease::Sent;
        let mut config = server_config();
        config.grease = pinnace_session::Grease::Sent;
        let mut pair = Pair::new(client, &first_flight(), config);
        pair.server = ServerSession::new(
            shared({
                let mut config = server_config();
                config.grease = pinnace_session::Grease::Sent;
                config
            }),
            seed(number),
            START,
        );
        assert!(is_open(&welcomed(pair)));
    }
}

#[test]
fn welcome_inside_ik_renews_the_edge() {
    let known = KnownEdge { not_after_s: UNIX_S + 5, ..known_edge() };
    let pair = welcomed(Pair::new(client_config(Some(known)), &first_flight(), server_config()));
    assert!(pair.told_client.contains(&ClientEvent::Edge(known_edge())));
    let again = welcomed(Pair::new(client_config(Some(known_edge())), &first_flight(), server_config()));
    assert!(!again.told_client.iter().any(|event| matches!(event, ClientEvent::Edge(_))));
}

#[test]
fn next_root_is_learned_from_the_present_one_and_then_trusted() {
    use pinnace_session::certificate::{EdgeTerms, sign_edge, sign_successor};
    use pinnace_session::ed25519::SigningKey;
    let next = SigningKey::from_seed(&[91; 32]);
    let announce =
        |by: &SigningKey| sign_successor(by, realm(), &next.verifying_key(), unix(UNIX_S)).unwrap();
    let under = |successor: Option<Vec<u8>>, edge| {
        let mut config = server_config();
        config.successor = successor;
        welcomed(Pair::new(client_config(edge), &first_flight(), config))
    };
    let told = ClientEvent::Successor { root: next.verifying_key().to_bytes(), not_before_s: UNIX_S };
    for edge in [None, Some(known_edge())] {
        assert!(under(Some(announce(&root())), edge).told_client.contains(&told));
        // An announcement of the next root by itself is worth nothing.
        assert!(!under(Some(announce(&next)), edge).told_client.contains(&told));
    }

    let terms = EdgeTerms {
        edge_key: *edge().public(),
        region: "eu",
        not_before_s: unix(UNIX_S - 1),
        not_after_s: unix(UNIX_S + 1),
    };
    let certified = |successor| {
        let mut config = server_config();
        config.certificate = sign_edge(&next, realm(), &terms).unwrap();
        config.successor = successor;
        config
    };
    let mut client = client_config(None);
    client.trust.successor = Some(next.verifying_key().to_bytes());
    assert!(is_open(&welcomed(Pair::new(client, &first_flight(), certified(None)))));
    // Who was away takes the announcement first, if its time has come.
    let announced =
        |not_before_s| sign_successor(&root(), realm(), &next.verifying_key(), unix(not_before_s)).unwrap();
    let away = |not_before_s| {
        let config = certified(Some(announced(not_before_s)));
        let mut pair = Pair::new(client_config(None), &first_flight(), config);
        pair.run();
        pair.client.state()
    };
    assert_eq!((away(UNIX_S), away(UNIX_S + 1)), (ClientState::Greeting, ClientState::Closed));
}

#[test]
fn first_flight_that_cannot_be_sent_is_refused_to_the_caller() {
    use pinnace_session::ClientSession;
    use pinnace_session::client::FirstFlightError;
    let start = |first| ClientSession::new(client_config(None), &first, seed(1), START).map(|_| ());
    let with = |sends| pinnace_session::client::FirstFlight { sends, ..first_flight() };
    let many = with((1..=17).map(message).collect());
    assert_eq!(start(many), Err(FirstFlightError::TooManySends { count: 17, max: 16 }));
    let most = with((1..=16).map(message).collect());
    assert!(is_open(&welcomed(Pair::new(client_config(None), &most, server_config()))));
    let large = |seq| Message { payload: vec![1; 40_000], ..message(seq) };
    assert!(matches!(start(with(vec![large(1), large(2)])), Err(FirstFlightError::TooLong { .. })));
    let empty = Message { payload: Vec::new(), ..message(1) };
    assert_eq!(start(with(vec![empty])), Err(FirstFlightError::Invalid { field: "payload" }));
    let largest = Message { payload: vec![1; 61_440], ..message(1) };
    for edge in [None, Some(known_edge())] {
        let first = with(vec![largest.clone()]);
        let pair = welcomed(Pair::new(client_config(edge), &first, server_config()));
        assert!(is_open(&pair));
    }
}
