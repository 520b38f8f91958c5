//! The frames of conversations.

use pinnace_wire::{
    BindConversation, Commit, ConversationAlias, ConversationId, ConversationSeq, Entry, EntryKind, Frame,
    Post, Stage, StageOffset, StagePart, Whisper,
};

use super::frames::{client_seq, encode, mailbox_seq};

pub(crate) fn conversation(value: u8) -> ConversationId {
    ConversationId::new([value; 16])
}

fn conversation_alias(value: u64) -> ConversationAlias {
    ConversationAlias::new(value).unwrap()
}

pub(crate) fn bind_conversation(alias: u64, value: u8) -> Frame<'static> {
    Frame::BindConversation(BindConversation {
        alias: conversation_alias(alias),
        conversation: conversation(value),
    })
}

pub(crate) fn post(seq: u64, alias: u64) -> Frame<'static> {
    Frame::Post(Post {
        client_seq: client_seq(seq),
        alias: conversation_alias(alias),
        payload: b"a message",
        class: None,
        expires_in_s: None,
    })
}

fn commit(seq: u64, alias: u64) -> Frame<'static> {
    Frame::Commit(Commit {
        client_seq: client_seq(seq),
        alias: conversation_alias(alias),
        commit: b"commit",
        welcome: b"",
        origin: None,
    })
}

fn stage(seq: u64, offset: u64, data: &[u8]) -> Frame<'_> {
    let offset = StageOffset::new(offset).unwrap();
    Frame::Stage(Stage { client_seq: client_seq(seq), part: StagePart::Commit, offset, data })
}

fn whisper(alias: u64) -> Frame<'static> {
    Frame::Whisper(Whisper { alias: conversation_alias(alias), payload: b"psst" })
}

/// The octets of the frame event of that name, if it is one of profile conversations.
pub(super) fn conversations_event(name: &str) -> Option<Vec<u8>> {
    let bind = bind_conversation(1, 7);
    let frame = match name {
        "BIND_CONVERSATION" => return Some(encode(&bind)),
        "WHISPER" => whisper(1),
        "POST" => post(1, 1),
        "COMMIT" => commit(1, 1),
        "STAGE" => return Some(encode(&stage(1, 0, b"piece"))),
        "ENTRY" => Frame::Entry(Entry {
            mailbox_seq: mailbox_seq(6),
            alias: conversation_alias(1),
            conversation_seq: ConversationSeq::new(1).unwrap(),
            kind: EntryKind::Message,
            payload: b"a message",
            class: None,
            left: None,
            client_seq: None,
        }),
        _ => return None,
    };
    Some([encode(&bind), encode(&frame)].concat())
}
