//! Conversations between the two machines: numbers, pieces, entries, whispers.

use pinnace_session::client::{ClientEvent, CommitMessage, Outcome, Piece, PostMessage, ReceivedItem};
use pinnace_session::server::{Answer, Item, Pushed, ServerEvent};
use pinnace_wire::{ConversationSeq, EntryKind, EntryLeft, ErrorCode, FrameType, StageOffset, StagePart};

use crate::support::*;

fn post_message(seq: u64, value: u8) -> PostMessage {
    PostMessage {
        client_seq: client_seq(seq),
        conversation: conversation(value),
        class: None,
        expires_in_s: None,
        payload: b"a message".to_vec(),
    }
}

fn commit_message(seq: u64) -> CommitMessage {
    CommitMessage {
        client_seq: client_seq(seq),
        conversation: conversation(3),
        commit: b"end".to_vec(),
        welcome: b"welcome".to_vec(),
        origin: None,
    }
}

fn piece(seq: u64, offset: u64, data: &[u8]) -> Piece<'_> {
    let offset = StageOffset::new(offset).unwrap();
    Piece { client_seq: client_seq(seq), part: StagePart::Commit, offset, data }
}

#[test]
fn posts_and_commits_are_answered_in_the_order_of_their_numbers() {
    let mut pair = Pair::open(0);
    pair.told_server.clear();
    pair.told_client.clear();
    pair.client.post(&post_message(1, 3)).unwrap();
    pair.client.commit(&commit_message(2)).unwrap();
    pair.run();
    let Some(ServerEvent::Post(post)) = pair.told_server.pop_front() else { panic!() };
    let Some(ServerEvent::Commit(commit)) = pair.told_server.pop_front() else { panic!() };
    assert_eq!((post.conversation, post.payload.as_slice()), (conversation(3), b"a message".as_slice()));
    assert_eq!((commit.commit, commit.welcome), (b"end".to_vec(), b"welcome".to_vec()));
    pair.server.on_answer(commit.ticket, Answer::Accepted);
    pair.run();
    assert!(pair.told_client.is_empty());
    pair.server.on_answer(post.ticket, Answer::Accepted);
    pair.run();
    let outcome = |seq| ClientEvent::Outcome { client_seq: client_seq(seq), outcome: Outcome::Accepted };
    assert_eq!(pair.told_client, [outcome(1), outcome(2)]);
}

#[test]
fn pieces_come_before_the_octets_of_their_commit() {
    let mut pair = Pair::open(0);
    pair.told_server.clear();
    pair.client.stage(&piece(1, 0, b"begin ")).unwrap();
    pair.client.stage(&piece(1, 6, b"middle ")).unwrap();
    pair.client.commit(&commit_message(1)).unwrap();
    pair.run();
    let Some(ServerEvent::Commit(commit)) = pair.told_server.pop_front() else { panic!() };
    assert_eq!(commit.commit, b"begin middle end");
}

#[test]
fn piece_that_does_not_follow_is_told_and_drops_all() {
    let mut pair = Pair::open(0);
    pair.told_server.clear();
    pair.told_client.clear();
    pair.client.stage(&piece(1, 0, b"begin ")).unwrap();
    pair.client.stage(&piece(1, 7, b"middle ")).unwrap();
    pair.client.commit(&commit_message(1)).unwrap();
    pair.run();
    let Some(ClientEvent::Failed { frame_type, subject, code, .. }) = pair.told_client.pop_front() else {
        panic!()
    };
    assert_eq!((frame_type, subject.value()), (FrameType::STAGE, 1));
    assert_eq!(code.known(), Some(ErrorCode::StageInvalid));
    let Some(ServerEvent::Commit(commit)) = pair.told_server.pop_front() else { panic!() };
    assert_eq!(commit.commit, b"end");
}

#[test]
fn entries_and_whispers_come_under_the_name_of_their_conversation() {
    let mut pair = Pair::open(0);
    pair.told_client.clear();
    let entry = |seq, value| Item::Entry {
        mailbox_seq: mailbox_seq(seq),
        conversation: conversation(value),
        conversation_seq: ConversationSeq::new(4).unwrap(),
        kind: EntryKind::Commit,
        payload: b"part",
        class: None,
        left: EntryLeft::new(9),
        client_seq: None,
    };
    assert_eq!(pair.server.push_item(&entry(1, 3)), Ok(Pushed::Queued));
    assert_eq!(pair.server.push_item(&entry(2, 5)), Ok(Pushed::Queued));
    assert_eq!(pair.server.push_item(&entry(2, 5)), Ok(Pushed::Already));
    pair.server.push_whisper(conversation(5), b"psst");
    pair.run();
    for (seq, value) in [(1, 3), (2, 5)] {
        let Some(ClientEvent::Item(ReceivedItem::Entry {
            mailbox_seq: found, conversation: of, left, ..
        })) = pair.told_client.pop_front()
        else {
            panic!()
        };
        assert_eq!((found, of, left), (mailbox_seq(seq), conversation(value), EntryLeft::new(9)));
    }
    let whisper = ClientEvent::Whisper { conversation: conversation(5), payload: b"psst".to_vec() };
    assert_eq!(pair.told_client, [whisper]);
    pair.client.whisper(conversation(5), b"hush").unwrap();
    pair.run();
    let whisper = ServerEvent::Whisper { conversation: conversation(5), payload: b"hush".to_vec() };
    assert_eq!(pair.told_server.back(), Some(&whisper));
}
