//! Timers, drain and the ends of sessions.

use pinnace_session::client::{ClientEvent, ClientState};
use pinnace_session::server::{HelloAnswer, ServerEvent, ServerGoaway, ServerLimits, ServerState};
use pinnace_session::{
    Acked, ClientSession, CloseReason, Message, NotNow, ReceiptWish, Scratch, ServerSession,
};
use pinnace_wire::{Code, ErrorCode, GoawayReason, MailboxMark, RejectReason, ServerRecord};

use crate::support::*;

fn received(code: ErrorCode) -> ClientEvent {
    ClientEvent::Closed(CloseReason::Received {
        code: Code::from(code),
        retry_after_ms: None,
        hello_counter: None,
    })
}

#[test]
fn pings_keep_a_silent_session_alive() {
    let mut pair = Pair::open(0);
    let before = (pair.client_records.len(), pair.server_records.len());
    pair.pass(3_600_000);
    assert_eq!((pair.client.state(), pair.server.state()), (ClientState::Open, ServerState::Open));
    // One PING and one PONG in two minutes.
    let records = (pair.client_records.len() - before.0, pair.server_records.len() - before.1);
    assert_eq!(records, (30, 30));
}

#[test]
fn client_that_only_hears_still_lets_itself_be_heard() {
    let mut pair = Pair::open(0);
    for _ in 0..60 {
        pair.pass(60_000);
        pair.server.push_ephemeral(other_device(8), b"typing");
        pair.run();
    }
    assert_eq!((pair.client.state(), pair.server.state()), (ClientState::Open, ServerState::Open));
}

#[test]
fn client_without_a_word_is_closed_as_idle() {
    let mut pair = Pair::open(0);
    let idle = pair.server.poll_timeout().unwrap();
    assert_eq!(idle, START.after(ServerLimits::default().idle_ms));
    pair.server.on_timeout(START.after(ServerLimits::default().idle_ms - 1));
    assert_eq!(pair.server.state(), ServerState::Open);
    pair.server.on_timeout(idle);
    pair.run();
    assert_eq!(pair.told_client.back(), Some(&received(ErrorCode::Idle)));
}

#[test]
fn client_that_does_not_confirm_is_closed_as_idle() {
    let mut pair = Pair::new(client_config(Some(known_edge())), &first_flight(), server_config());
    pair.client_to_server();
    pair.answer_hello(&HelloAnswer::Registered(hello_done(0)));
    pair.server_to_client();
    let until = pair.server.poll_timeout().unwrap();
    assert_eq!(until, START.after(ServerLimits::default().confirm_ms));
    pair.server.on_timeout(until);
    pair.server_to_client();
    assert_eq!(pair.told_client.back(), Some(&received(ErrorCode::Idle)));
    pair.collect();
    assert!(!pair.told_server.iter().any(|event| matches!(event, ServerEvent::Confirmed { .. })));
}

#[test]
fn server_that_does_not_answer_is_given_up() {
    let session = ClientSession::new(client_config(None), &first_flight(), seed(1), START);
    let mut client = session.unwrap();
    let until = client.poll_timeout().unwrap();
    client.on_timeout(until);
    assert_eq!(client.poll_event(), Some(ClientEvent::Closed(CloseReason::HandshakeTimeout)));
    assert!(client.is_over());
    assert_eq!(client.poll_transmit(&mut Vec::new()), None);
}

#[test]
fn drain_lets_work_be_finished() {
    let mut pair = Pair::open(5);
    let goaway = ServerGoaway {
        reason: GoawayReason::RESTART,
        drain_ms: 4_000,
        window_ms: 60_000,
        alternates: vec!["other.example:443".into()],
    };
    pair.server.goaway(&goaway, pair.now);
    pair.run();
    let told = ClientEvent::Goaway {
        reason: GoawayReason::RESTART,
        drain_ms: 4_000,
        window_ms: 60_000,
        alternates: vec!["other.example:443".into()],
    };
    assert_eq!(pair.told_client.back(), Some(&told));
    pair.told_server.clear();
    let message = Message {
        client_seq: client_seq(1),
        destination: other_device(9),
        class: None,
        expires_in_s: None,
        receipt: ReceiptWish::Wanted,
        payload: b"last".to_vec(),
    };
    pair.client.send(&message).unwrap();
    pair.client.ack(&Acked::up_to(MailboxMark::new(5).unwrap())).unwrap();
    pair.run();
    assert_eq!(pair.told_server.len(), 2);
    pair.pass(3_999);
    assert_eq!(pair.server.state(), ServerState::Draining);
    pair.pass(1);
    assert_eq!(pair.told_client.back(), Some(&received(ErrorCode::Shutdown)));
}

#[test]
fn taken_over_session_says_so_and_nothing_after() {
    let mut pair = Pair::open(5);
    pair.server.close(ErrorCode::TakenOver);
    pair.server.push_ephemeral(other_device(8), b"late");
    pair.server.close(ErrorCode::Internal);
    pair.run();
    assert_eq!(pair.told_client.back(), Some(&received(ErrorCode::TakenOver)));
    let ends = pair.told_server.iter().filter(|event| matches!(event, ServerEvent::Closed(_)));
    assert_eq!(ends.count(), 1);
    assert!(pair.server.is_over() && pair.client.is_over());
}

#[test]
fn loss_of_the_carrier_is_told_once() {
    let mut pair = Pair::open(5);
    pair.server.on_carrier_lost();
    pair.client.on_carrier_lost();
    pair.client.on_carrier_lost();
    pair.collect();
    assert_eq!(pair.told_client.back(), Some(&ClientEvent::Closed(CloseReason::CarrierLost)));
    assert_eq!(pair.told_server.back(), Some(&ServerEvent::Closed(CloseReason::CarrierLost)));
    assert_eq!(pair.client.poll_event(), None);
}

#[test]
fn session_ends_before_its_records_run_out() {
    const RECORDS_MAX: u64 = 1_024;
    let mut config = server_config();
    config.limits = ServerLimits { transport_records_max: RECORDS_MAX, ..ServerLimits::default() };
    let mut pair = Pair::open_with(&first_flight(), config, 0);
    while pair.server.state() == ServerState::Open {
        pair.client.ping();
        pair.run();
    }
    assert_eq!(pair.client.state(), ClientState::Draining);
    while pair.server.state() == ServerState::Draining {
        pair.client.ping();
        pair.run();
    }
    assert_eq!(pair.told_client.back(), Some(&received(ErrorCode::Shutdown)));
    // The answer to IK was no transport record.
    let sealed = pair.server_records.len() - 1;
    assert!(sealed < usize::try_from(RECORDS_MAX).unwrap(), "{sealed} records");
}

#[test]
fn error_tells_frame_type_and_place() {
    use pinnace_wire::{Frame, FrameType, frames};
    let (mut server, mut peer) = welcomed_by_hand(server_config());
    // PING, then a PONG whose token is not minimal: it begins at 3, the token at 5.
    let bad = [frame_event("PING"), vec![12, 2, 0x40, 0x01]].concat();
    server.on_record(&seal(&mut peer, &bad), &mut Scratch::new(), START).unwrap();
    let mut record = Vec::new();
    server.poll_transmit(&mut record).unwrap();
    let plaintext = open(&mut peer, &record);
    let heard: Vec<_> = frames(&plaintext).map(|placed| placed.unwrap().frame).collect();
    let [Frame::Pong(_), Frame::Close(close)] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!(close.code.known(), Some(ErrorCode::Malformed));
    assert_eq!(close.frame_type, Some(FrameType::PONG));
    assert_eq!(close.offset.map(|offset| offset.value()), Some(5));
}

#[test]
fn a_close_for_a_sound_frame_tells_no_place() {
    use pinnace_wire::{Frame, FrameType, frames};
    let (mut server, mut peer) = welcomed_by_hand(server_config());
    let sound = [frame_event("PING"), frame_event("ACCEPTED")].concat();
    server.on_record(&seal(&mut peer, &sound), &mut Scratch::new(), START).unwrap();
    let mut record = Vec::new();
    server.poll_transmit(&mut record).unwrap();
    let plaintext = open(&mut peer, &record);
    let heard: Vec<_> = frames(&plaintext).map(|placed| placed.unwrap().frame).collect();
    let [Frame::Pong(_), Frame::Close(close)] = heard.as_slice() else { panic!("{heard:?}") };
    assert_eq!(close.code.known(), Some(ErrorCode::OutOfState));
    assert_eq!((close.frame_type, close.offset), (Some(FrameType::ACCEPTED), None));
}

#[test]
fn frames_before_an_error_are_handled_and_those_after_are_not() {
    let (mut server, mut peer) = welcomed_by_hand(server_config());
    let record = [frame_event("SEND"), frame_event("MALFORMED"), frame_event("ACK")].concat();
    server.on_record(&seal(&mut peer, &record), &mut Scratch::new(), START).unwrap();
    let told: Vec<_> = core::iter::from_fn(|| server.poll_event()).collect();
    let [ServerEvent::Confirmed { .. }, ServerEvent::Send(_), ServerEvent::Closed(reason)] = told.as_slice()
    else {
        panic!("{told:?}")
    };
    assert_eq!(*reason, CloseReason::Sent(ErrorCode::Malformed));
}

#[test]
fn frames_after_close_are_ignored() {
    let (mut server, mut peer) = welcomed_by_hand(server_config());
    let record = [frame_event("CLOSE"), frame_event("SEND"), frame_event("MALFORMED")].concat();
    server.on_record(&seal(&mut peer, &record), &mut Scratch::new(), START).unwrap();
    let told: Vec<_> = core::iter::from_fn(|| server.poll_event()).collect();
    assert!(
        matches!(
            told.as_slice(),
            [ServerEvent::Confirmed { .. }, ServerEvent::Closed(CloseReason::Received { .. })]
        ),
        "{told:?}"
    );
    assert!(server.is_over());
    assert_eq!(server.poll_transmit(&mut Vec::new()), None);
}

#[test]
fn client_that_asks_and_does_not_read_is_no_longer_heard() {
    let mut pair = Pair::open(0);
    let mut record = Vec::new();
    // A PONG takes at least 3 octets: a million of them are more than any backlog.
    for _ in 0..100 {
        if !pair.server.wants_record() {
            break;
        }
        for _ in 0..10_000 {
            pair.client.ping();
        }
        record.clear();
        pair.client.poll_transmit(&mut record).unwrap();
        pair.server.on_record(&record, &mut Scratch::new(), START).unwrap();
    }
    assert!(pair.server.backlog_len() < 1 << 19, "the backlog has a bound");
    assert_eq!(pair.server.on_record(&[0; 16], &mut Scratch::new(), START), Err(NotNow));
    assert_eq!(pair.server.state(), ServerState::Open);
    pair.server_to_client();
    assert!(pair.server.wants_record());
}

#[test]
fn a_session_has_an_epoch_once_a_registered_device_is_welcomed() {
    let answer = hello_done(0);
    assert_eq!(Pair::open(0).server.session_epoch(), Some(answer.session_epoch));
    assert_eq!(Pair::unregistered().server.session_epoch(), None);
}

#[test]
fn a_session_is_not_over_before_its_reject_has_left() {
    let mut server = ServerSession::new(shared(server_config()), seed(3), START);
    server.on_record(b"not a preface", &mut Scratch::new(), START).unwrap();
    assert_eq!((server.state(), server.is_over()), (ServerState::Closed, false));
    assert!(server.poll_transmit(&mut Vec::new()).is_some());
    assert!(server.is_over());
}

#[test]
fn a_version_that_is_not_spoken_is_refused_whatever_follows_it() {
    let mut server = ServerSession::new(shared(server_config()), seed(3), START);
    server.on_record(b"PNCE\x09", &mut Scratch::new(), START).unwrap();
    let mut answer = Vec::new();
    server.poll_transmit(&mut answer).unwrap();
    let ServerRecord::Reject { reason, .. } = ServerRecord::decode(&answer).unwrap() else {
        panic!("{answer:?}")
    };
    assert_eq!(reason, RejectReason::UNSUPPORTED_VERSION);
}
