//! Conversations at their bounds: aliases that run out, pieces beyond credit, POSTs of a first flight.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use pinnace_session::client::{ClientEvent, Piece, ReceivedItem};
use pinnace_session::server::{HelloAnswer, Item, Pushed, ServerEvent};
use pinnace_session::{Scratch, ServerSession};
use pinnace_wire::{ConversationSeq, EntryKind, ErrorCode, StageOffset, StagePart, UnixMs, limits};

use crate::support::*;

fn entry(seq: u64, value: u8) -> Item<'static> {
    Item::Entry {
        mailbox_seq: mailbox_seq(seq),
        conversation: conversation(value),
        conversation_seq: ConversationSeq::new(1).unwrap(),
        kind: EntryKind::Message,
        payload: b"a message",
        class: None,
        left: None,
        client_seq: None,
    }
}

#[test]
fn more_conversations_than_aliases_take_turns() {
    let mut config = client_config(Some(known_edge()));
    config.limits.alias_max = limits::ALIAS_MAX.min;
    let mut pair = Pair::new(config, &first_flight(), server_config());
    pair.run();
    pair.answer_hello(&HelloAnswer::Registered(hello_done(0)));
    pair.run();
    let aliases = u8::try_from(limits::ALIAS_MAX.min).unwrap();
    // The first comes again when its alias has long been another's.
    let order: Vec<u8> = (0..aliases + 6).chain([0, aliases + 5, 1]).collect();
    for (index, value) in order.iter().enumerate() {
        let seq = u64::try_from(index).unwrap() + 1;
        assert_eq!(pair.server.push_item(&entry(seq, *value)), Ok(Pushed::Queued));
        pair.server.push_whisper(conversation(*value), b"psst");
    }
    pair.run();
    let of = |event: &ClientEvent| {
        if let ClientEvent::Item(ReceivedItem::Entry { conversation, .. })
        | ClientEvent::Whisper { conversation, .. } = event
        {
            return Some(*conversation);
        }
        None
    };
    let heard: Vec<_> = pair.told_client.iter().filter_map(of).collect();
    let said: Vec<_> = order.iter().flat_map(|value| [conversation(*value); 2]).collect();
    assert_eq!(heard, said);
}

fn piece(offset: usize, data: &[u8]) -> Piece<'_> {
    let offset = StageOffset::new(u64::try_from(offset).unwrap()).unwrap();
    Piece { client_seq: client_seq(1), part: StagePart::Welcome, offset, data }
}

#[test]
fn pieces_give_their_credit_back_and_end_at_stage_len_max() {
    let mut config = server_config();
    config.limits.stage_len_max = 200_000;
    config.limits.credit_bytes_initial = 65_536;
    let mut pair = Pair::open_with(&first_flight(), config, 0);
    pair.told_client.clear();
    // Three times the credit.
    for offset in (0..200_000).step_by(10_000) {
        pair.client.stage(&piece(offset, &[7; 10_000])).unwrap();
        pair.run();
        assert_eq!(pair.told_client, []);
    }
    pair.client.stage(&piece(200_000, &[7])).unwrap();
    pair.run();
    let Some(ClientEvent::Failed { code, subject, .. }) = pair.told_client.pop_front() else { panic!() };
    assert_eq!((code.known(), subject.value()), (Some(ErrorCode::StageInvalid), 1));
    // What was staged is gone: the first piece is the next again.
    pair.client.stage(&piece(0, &[7])).unwrap();
    pair.run();
    assert_eq!(pair.told_client, []);
}

/// What a server tells of a first flight with these frames behind HELLO, once the store knows the device.
fn told_of_flight(frames: &[Vec<u8>]) -> Vec<ServerEvent> {
    let mut server = ServerSession::new(shared(server_config()), seed(3), START);
    let flight = [encode(&hello()), frames.concat()].concat();
    let (record, _) = ik_opening(edge().public(), &flight);
    let _ = server.on_record(&record, &mut Scratch::new(), START);
    server.on_hello(&HelloAnswer::Registered(hello_done(5)), UnixMs::new(1).unwrap(), START);
    core::iter::from_fn(|| server.poll_event()).collect()
}

#[test]
fn posts_of_a_first_flight_are_handled_in_their_order() {
    let flight = [
        encode(&bind_conversation(1, 7)),
        encode(&post(1, 1)),
        encode(&bind_conversation(1, 8)),
        encode(&post(2, 1)),
    ];
    let of = |event: &ServerEvent| {
        if let ServerEvent::Post(post) = event {
            Some((post.client_seq.value(), post.conversation))
        } else {
            None
        }
    };
    let posts: Vec<_> = told_of_flight(&flight).iter().filter_map(of).collect();
    assert_eq!(posts, [(1, conversation(7)), (2, conversation(8))]);
}

#[test]
fn a_first_flight_with_an_unbound_alias_or_too_many_posts_has_no_effect() {
    let max = limits::EARLY_SEND_MAX.default;
    let many = |count: u64| (1..=count).map(|seq| encode(&post(seq, 1)));
    let bind = encode(&bind_conversation(1, 7));
    let is_post = |event: &ServerEvent| matches!(event, ServerEvent::Post(_));
    let posts = |frames: &[Vec<u8>]| told_of_flight(frames).iter().filter(|event| is_post(event)).count();
    assert_eq!(posts(&[encode(&post(1, 1))]), 0);
    let fitting: Vec<Vec<u8>> = core::iter::once(bind.clone()).chain(many(max)).collect();
    assert_eq!(posts(&fitting), usize::try_from(max).unwrap());
    let over: Vec<Vec<u8>> = core::iter::once(bind).chain(many(max + 1)).collect();
    assert_eq!(posts(&over), 0);
}
