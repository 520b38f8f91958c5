//! Messages, outcomes, items and credit between the two machines.

use std::collections::VecDeque;

use pinnace_session::client::{AgainCause, ClientEvent, Outcome, ReceivedItem, SendError};
use pinnace_session::server::{Answer, Item, Pushed, ServerEvent, ServerLimits};
use pinnace_session::{Acked, Message, NotNow, ReceiptWish};
use pinnace_wire::{
    Class, Count, DurationS, ErrorCode, FrameCode, GapReason, MailboxMark, NackReason, ReceiptStatus,
    SeqRange,
};

use crate::support::*;

fn message(seq: u64, device: u8, len: usize) -> Message {
    Message {
        client_seq: client_seq(seq),
        destination: other_device(device),
        class: None,
        expires_in_s: None,
        receipt: ReceiptWish::Wanted,
        payload: vec![7; len],
    }
}

fn item(seq: u64, payload: &[u8]) -> Item<'_> {
    Item::Message { mailbox_seq: mailbox_seq(seq), source: other_device(8), class: None, payload }
}

fn call(seq: u64) -> Item<'static> {
    let (mailbox_seq, source) = (mailbox_seq(seq), other_device(8));
    Item::Message { mailbox_seq, source, class: Some(Class::CALL), payload: b"ring" }
}

fn frame_code(code: ErrorCode) -> FrameCode {
    FrameCode::new(code.code().value()).unwrap()
}

/// The tickets of the SENDs and VOIDs that the server told, in order.
fn tickets(told: &VecDeque<ServerEvent>) -> Vec<pinnace_session::server::Ticket> {
    let ticket = |event: &ServerEvent| {
        if let ServerEvent::Send(request) = event {
            return Some(request.ticket);
        }
        if let ServerEvent::Void { ticket, .. } = event { Some(*ticket) } else { None }
    };
    told.iter().filter_map(ticket).collect()
}

fn item_numbers(told: &VecDeque<ClientEvent>) -> Vec<u64> {
    let number = |event: &ClientEvent| {
        let ClientEvent::Item(
            ReceivedItem::Message { mailbox_seq, .. }
            | ReceivedItem::Receipt { mailbox_seq, .. }
            | ReceivedItem::KeysLow { mailbox_seq, .. }
            | ReceivedItem::Gap { mailbox_seq, .. },
        ) = event
        else {
            return None;
        };
        Some(mailbox_seq.value())
    };
    told.iter().filter_map(number).collect()
}

#[test]
fn every_part_of_a_message_arrives() {
    let mut pair = Pair::open(0);
    pair.told_server.clear();
    let sent = Message {
        class: Some(Class::CALL),
        expires_in_s: DurationS::new(60),
        receipt: ReceiptWish::Unwanted,
        ..message(1, 9, 300)
    };
    pair.client.send(&sent).unwrap();
    pair.client.send(&message(2, 9, 1)).unwrap();
    pair.run();
    assert_eq!(pair.client_records.len(), 3, "both messages share a record");
    let Some(ServerEvent::Send(heard)) = pair.told_server.pop_front() else { panic!() };
    assert_eq!(
        (heard.client_seq, heard.destination, &heard.payload),
        (sent.client_seq, sent.destination, &sent.payload)
    );
    assert_eq!(
        (heard.class, heard.expires_in_s, heard.receipt),
        (sent.class, sent.expires_in_s, sent.receipt)
    );
}

#[test]
fn outcomes_leave_in_order_whatever_order_they_are_known_in() {
    let mut pair = Pair::open(0);
    for seq in 1..=3 {
        pair.client.send(&message(seq, 9, 10)).unwrap();
    }
    pair.client.void(client_seq(4)).unwrap();
    pair.run();
    pair.told_client.clear();
    let tickets = tickets(&pair.told_server);
    pair.server.on_answer(tickets[3], Answer::Voided);
    pair.server.on_answer(tickets[1], Answer::Refused(frame_code(ErrorCode::UnknownDevice)));
    pair.run();
    assert!(pair.told_client.is_empty());
    pair.server.on_answer(tickets[0], Answer::Accepted);
    pair.server.on_answer(tickets[2], Answer::Accepted);
    pair.run();
    let outcome = |seq, outcome| ClientEvent::Outcome { client_seq: client_seq(seq), outcome };
    assert_eq!(
        pair.told_client,
        [
            outcome(1, Outcome::Accepted),
            outcome(2, Outcome::Refused(frame_code(ErrorCode::UnknownDevice))),
            outcome(3, Outcome::Accepted),
            outcome(4, Outcome::Voided),
        ]
    );
    assert_eq!(pair.client.inflight(), 0);
}

#[test]
fn answers_that_consume_nothing_are_told_as_again() {
    let mut pair = Pair::open(0);
    for seq in 1..=6 {
        pair.client.send(&message(seq, 9, 10)).unwrap();
    }
    pair.run();
    pair.told_client.clear();
    let expected = client_seq(1);
    let answers = [
        Answer::Rate { retry_after_ms: 30 },
        Answer::Ahead { expected },
        Answer::Unavailable { retry_after_ms: 40 },
        Answer::Conflict,
        Answer::Forgotten,
        Answer::Fenced,
    ];
    for (ticket, answer) in tickets(&pair.told_server).into_iter().zip(answers) {
        pair.server.on_answer(ticket, answer);
    }
    pair.run();
    let again = |seq, cause, retry_after_ms| ClientEvent::Again {
        client_seq: client_seq(seq),
        cause,
        retry_after_ms,
    };
    let fault = |seq, code| ClientEvent::Fault { client_seq: client_seq(seq), code: frame_code(code) };
    assert_eq!(
        pair.told_client,
        [
            again(1, AgainCause::Rate, Some(30)),
            again(2, AgainCause::Ahead { expected: Some(expected) }, None),
            again(3, AgainCause::Unavailable, Some(40)),
            fault(4, ErrorCode::IdempotencyConflict),
            fault(5, ErrorCode::OutcomeForgotten),
        ]
    );
    assert_eq!(pair.client.inflight(), 1, "a fenced number has no answer");
}

#[test]
fn window_bounds_what_awaits_its_outcome() {
    let mut config = server_config();
    config.limits = ServerLimits { inflight_max: 2, ..ServerLimits::default() };
    let mut pair = Pair::open_with(&first_flight(), config, 0);
    pair.client.send(&message(1, 9, 10)).unwrap();
    pair.client.send(&message(2, 9, 10)).unwrap();
    assert_eq!(pair.client.send(&message(3, 9, 10)), Err(SendError::NotNow));
    assert!(!pair.client.can_send());
    pair.run();
    let ticket = tickets(&pair.told_server)[0];
    pair.server.on_answer(ticket, Answer::Accepted);
    pair.run();
    assert_eq!(pair.client.send(&message(3, 9, 10)), Ok(()));
}

#[test]
fn credit_of_the_client_rises_as_the_server_answers() {
    let mut config = server_config();
    config.limits = ServerLimits { credit_count_initial: 16, ..ServerLimits::default() };
    let mut pair = Pair::open_with(&first_flight(), config, 0);
    for seq in 1..=16 {
        pair.client.send(&message(seq, 9, 10)).unwrap();
    }
    assert_eq!(pair.client.send(&message(17, 9, 10)), Err(SendError::NotNow));
    pair.run();
    let tickets = tickets(&pair.told_server);
    for ticket in &tickets[..7] {
        pair.server.on_answer(*ticket, Answer::Accepted);
    }
    pair.run();
    assert!(!pair.client.can_send(), "credit rises by halves");
    pair.server.on_answer(tickets[7], Answer::Accepted);
    pair.run();
    for seq in 17..=24 {
        pair.client.send(&message(seq, 9, 10)).unwrap();
    }
    assert!(!pair.client.can_send());
    pair.run();
    assert_eq!(pair.server.state(), pinnace_session::server::ServerState::Open);
}

#[test]
fn payload_beyond_the_advertised_length_is_not_sent() {
    let mut config = server_config();
    config.limits = ServerLimits { payload_len_max: 2_000, ..ServerLimits::default() };
    let mut pair = Pair::open_with(&first_flight(), config, 0);
    assert_eq!(
        pair.client.send(&message(1, 9, 2_001)),
        Err(SendError::PayloadLen { len: 2_001, max: 2_000 })
    );
    assert_eq!(pair.client.send(&message(1, 9, 0)), Err(SendError::PayloadLen { len: 0, max: 2_000 }));
    assert_eq!(pair.client.send(&message(1, 9, 2_000)), Ok(()));
}

#[test]
fn mailbox_rides_beside_welcome_in_message_2() {
    let mut pair = Pair::new(client_config(Some(known_edge())), &first_flight(), server_config());
    pair.run();
    pair.answer_hello(&pinnace_session::server::HelloAnswer::Registered(hello_done(3)));
    for seq in 1..=3 {
        assert_eq!(pair.server.push_item(&item(seq, b"ahoy")), Ok(Pushed::Queued));
    }
    pair.run();
    assert_eq!(pair.server_records.len(), 1);
    assert_eq!(item_numbers(&pair.told_client), [1, 2, 3]);
}

#[test]
fn what_does_not_fit_message_2_follows_in_records() {
    let mut pair = Pair::new(client_config(Some(known_edge())), &first_flight(), server_config());
    pair.run();
    pair.answer_hello(&pinnace_session::server::HelloAnswer::Registered(hello_done(3)));
    let payload = vec![1; 61_440];
    assert_eq!(pair.server.push_item(&item(1, &payload)), Ok(Pushed::Queued));
    assert_eq!(pair.server.push_item(&item(2, &payload)), Ok(Pushed::Queued));
    assert_eq!(pair.server.push_item(&item(3, &payload)), Ok(Pushed::Queued));
    assert_eq!(pair.server.push_item(&item(4, &payload)), Err(NotNow), "three records wait");
    pair.run();
    assert_eq!(pair.server_records.len(), 3);
    assert!(pair.server_records.iter().all(|len| *len <= 65_535));
    assert_eq!(item_numbers(&pair.told_client), [1, 2, 3]);
    assert_eq!(pair.server.push_item(&item(4, &payload)), Ok(Pushed::Queued));
}

#[test]
fn items_are_offered_once() {
    let mut pair = Pair::open(4);
    pair.server.push_item(&item(1, b"a")).unwrap();
    assert_eq!(pair.server.push_item(&item(1, b"a")), Ok(Pushed::Already));
    pair.server.push_item(&call(4)).unwrap();
    let ranges = [SeqRange { first: client_seq(3), count: Count::new(2).unwrap() }];
    let (device, status) = (other_device(9), ReceiptStatus::DELIVERED);
    pair.server
        .push_item(&Item::Receipt { mailbox_seq: mailbox_seq(2), device, status, ranges: &ranges })
        .unwrap();
    let (count, reason) = (Count::new(1).unwrap(), GapReason::EXPIRED);
    pair.server.push_item(&Item::Gap { mailbox_seq: mailbox_seq(3), count, reason }).unwrap();
    assert_eq!(pair.server.deliver_from(), Some(mailbox_seq(4)));
    assert_eq!(pair.server.push_item(&call(4)), Ok(Pushed::Already));
    assert_eq!(pair.server.deliver_from(), Some(mailbox_seq(5)));
    pair.run();
    assert_eq!(item_numbers(&pair.told_client), [1, 4, 2, 3]);
    let receipt =
        ReceivedItem::Receipt { mailbox_seq: mailbox_seq(2), device, status, ranges: ranges.to_vec() };
    assert!(pair.told_client.contains(&ClientEvent::Item(receipt)));
}

#[test]
fn server_stops_at_the_credit_of_the_client() {
    let mut client = client_config(Some(known_edge()));
    client.limits.credit_count_initial = 16;
    let mut pair = Pair::new(client, &first_flight(), server_config());
    pair.run();
    pair.answer_hello(&pinnace_session::server::HelloAnswer::Registered(hello_done(99)));
    let mut pushed = 0;
    while pair.server.push_item(&item(pushed + 1, b"ahoy")).is_ok() {
        pushed += 1;
    }
    assert_eq!((pushed, pair.server.delivery_budget().count), (16, 0));
    // The client takes the items, and its credit comes back.
    pair.run();
    assert_eq!(pair.server.delivery_budget().count, 16);
    while pair.server.push_item(&item(pushed + 1, b"ahoy")).is_ok() {
        pushed += 1;
    }
    assert_eq!(pushed, 32);
    pair.run();
    assert_eq!(item_numbers(&pair.told_client).len(), 32);
    assert_eq!(pair.client.state(), pinnace_session::client::ClientState::Open);
}

#[test]
fn acks_and_nacks_arrive_as_they_are_meant() {
    let mut pair = Pair::open(9);
    pair.told_server.clear();
    let range =
        |first, last| pinnace_session::MailboxRange { first: mailbox_seq(first), last: mailbox_seq(last) };
    let acked = Acked { cursor: MailboxMark::new(2).unwrap(), above: vec![range(4, 4), range(6, 8)] };
    pair.client.ack(&acked).unwrap();
    pair.client.nack(mailbox_seq(3), NackReason::MALFORMED).unwrap();
    pair.run();
    let nack = ServerEvent::Nack { mailbox_seq: mailbox_seq(3), reason: NackReason::MALFORMED };
    assert_eq!(pair.told_server, [ServerEvent::Ack(acked), nack]);
}

#[test]
fn mailbox_that_grew_may_be_acknowledged() {
    let mut pair = Pair::open(1);
    pair.told_server.clear();
    pair.server.on_mailbox_last(MailboxMark::new(5).unwrap());
    pair.client.ack(&Acked::up_to(MailboxMark::new(5).unwrap())).unwrap();
    pair.run();
    assert_eq!(pair.told_server.len(), 1);
    pair.client.ack(&Acked::up_to(MailboxMark::new(6).unwrap())).unwrap();
    pair.run();
    let reason = pinnace_session::CloseReason::Sent(ErrorCode::AckInvalid);
    assert_eq!(pair.told_server.back(), Some(&ServerEvent::Closed(reason)));
}

#[test]
fn more_devices_than_aliases_are_named_all_the_same() {
    let mut config = server_config();
    config.limits = ServerLimits { alias_max: 64, ..ServerLimits::default() };
    let mut pair = Pair::open_with(&first_flight(), config, 0);
    let numbers: Vec<u8> = (0..100).chain(0..100).collect();
    for (seq, number) in (1..).zip(&numbers) {
        pair.client.send(&message(seq, *number, 1)).unwrap();
    }
    pair.run();
    let heard: Vec<_> = pair
        .told_server
        .iter()
        .filter_map(
            |event| if let ServerEvent::Send(request) = event { Some(request.destination) } else { None },
        )
        .collect();
    assert_eq!(heard, numbers.into_iter().map(other_device).collect::<Vec<_>>());
}

#[test]
fn fleeting_things_go_both_ways_unless_the_peer_is_behind() {
    let mut pair = Pair::open(0);
    pair.told_server.clear();
    pair.told_client.clear();
    pair.client.send_ephemeral(other_device(9), b"typing").unwrap();
    pair.server.push_ephemeral(other_device(8), b"typing");
    pair.run();
    let payload = b"typing".to_vec();
    assert_eq!(
        pair.told_server,
        [ServerEvent::Ephemeral { destination: other_device(9), payload: payload.clone() }]
    );
    assert_eq!(pair.told_client, [ClientEvent::Ephemeral { source: other_device(8), payload }]);
    let large = vec![1; 61_440];
    pair.server.push_item(&item(1, &large)).unwrap();
    pair.server.push_item(&item(2, &large)).unwrap();
    let before = pair.server.backlog_len();
    pair.server.push_ephemeral(other_device(8), b"dropped");
    assert_eq!(pair.server.backlog_len(), before);
}

/// What the server makes of so many SENDs of that payload length.
fn heard_of(limits: ServerLimits, count: u64, len: usize) -> (usize, Option<ServerEvent>) {
    let mut config = server_config();
    config.limits = limits;
    let (mut server, mut peer) = welcomed_by_hand(config);
    let payload = vec![1; len];
    let sends = (1..=count).map(|seq| {
        let pinnace_wire::Frame::Send(send) = send(seq, 1) else { unreachable!() };
        encode(&pinnace_wire::Frame::Send(pinnace_wire::Send { payload: &payload, ..send }))
    });
    for frame in core::iter::once(encode(&bind(1))).chain(sends) {
        server.on_record(&seal(&mut peer, &frame), &mut pinnace_session::Scratch::new(), START).unwrap();
    }
    let told: VecDeque<_> = core::iter::from_fn(|| server.poll_event()).collect();
    let closed = told.back().filter(|last| matches!(last, ServerEvent::Closed(_))).cloned();
    (tickets(&told).len(), closed)
}

#[test]
fn server_holds_window_and_credit_to_the_number() {
    let closed = Some(ServerEvent::Closed(pinnace_session::CloseReason::Sent(ErrorCode::FlowControl)));
    let window = ServerLimits { inflight_max: 20, ..ServerLimits::default() };
    assert_eq!(heard_of(window.clone(), 20, 1), (20, None));
    assert_eq!(heard_of(window, 21, 1), (20, closed.clone()));
    let credit = ServerLimits { credit_count_initial: 30, ..ServerLimits::default() };
    assert_eq!(heard_of(credit.clone(), 30, 1), (30, None));
    assert_eq!(heard_of(credit, 31, 1), (30, closed.clone()));
    // Each body is sequence, alias, length in two octets, payload.
    let octets = ServerLimits { credit_bytes_initial: 9 * 8_004, ..ServerLimits::default() };
    assert_eq!(heard_of(octets.clone(), 9, 8_000), (9, None));
    assert_eq!(heard_of(octets, 10, 8_000), (9, closed));
}

#[test]
fn welcome_grants_at_least_a_first_flight() {
    let mean = ServerLimits { credit_count_initial: 1, credit_bytes_initial: 1, ..ServerLimits::default() };
    assert_eq!(heard_of(mean.clone(), 16, 4_000), (16, None));
    assert_eq!(heard_of(mean, 17, 1).0, 16);
}

#[test]
fn client_takes_an_item_once() {
    let (mut client, mut peer) = client_by_hand();
    let mut taken = |event: &str| {
        client
            .on_record(&seal(&mut peer, &frame_event(event)), &mut pinnace_session::Scratch::new(), START)
            .unwrap();
        core::iter::from_fn(|| client.poll_event()).count()
    };
    assert_eq!(taken("DELIVER_again"), 0, "at or below the cursor of HELLO");
    assert_eq!((taken("DELIVER"), taken("DELIVER")), (1, 0));
    assert_eq!(taken("RECEIPT"), 0, "the number was delivered");
    assert_eq!(taken("GAP"), 0, "so was each number of the run");
}

#[test]
fn outcome_of_a_number_that_awaits_none_is_not_told() {
    let (mut client, mut peer) = client_by_hand();
    let record = [frame_event("ACCEPTED"), frame_event("ERROR"), frame_event("RATE")].concat();
    client.on_record(&seal(&mut peer, &record), &mut pinnace_session::Scratch::new(), START).unwrap();
    assert_eq!(client.poll_event(), None);
}
