//! What the frames of conversations hold.

use std::collections::BTreeMap;

use pinnace_oracle::DecodedFrame;

use super::{Payload, Seen, fixed, octets};
use crate::peer::ConversationId;

/// What an ENTRY is, `entry_kind`.
#[expect(missing_docs, reason = "the names stand in spec/data/frames.toml")]
pub mod kind {
    pub const MESSAGE: u64 = 0;
    pub const COMMIT: u64 = 1;
    pub const WELCOME: u64 = 2;
    pub const OWN: u64 = 3;
    pub const DEVICE_LIST: u64 = 4;
}

/// An ENTRY, its mailbox number left out: what every device of a conversation agrees on, and what is its own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields stand in spec/data/frames.toml under ENTRY")]
pub struct Entry {
    pub conversation: Option<ConversationId>,
    pub conversation_seq: u64,
    pub kind: u64,
    pub payload: Payload,
    pub class: Option<u64>,
    pub left: Option<u64>,
    pub client_seq: Option<u64>,
}

impl Entry {
    /// An entry without extensions.
    #[must_use]
    pub fn new(conversation: ConversationId, conversation_seq: u64, kind: u64, payload: &[u8]) -> Self {
        Self {
            conversation: Some(conversation),
            conversation_seq,
            kind,
            payload: Payload::from(payload),
            class: None,
            left: None,
            client_seq: None,
        }
    }

    /// The place of the device's own POST or COMMIT.
    #[must_use]
    pub fn own(conversation: ConversationId, conversation_seq: u64, client_seq: u64) -> Self {
        Self { client_seq: Some(client_seq), ..Self::new(conversation, conversation_seq, kind::OWN, &[]) }
    }
}

/// Reads a frame of profile conversations.
pub(super) fn read(frame: &DecodedFrame, aliases: &mut BTreeMap<u64, ConversationId>) -> Seen {
    let number = |name: &str| frame.number(name).unwrap_or_default();
    let named = |aliases: &BTreeMap<u64, ConversationId>| aliases.get(&number("alias")).copied();
    let payload = || Payload(octets(frame, "payload"));
    match frame.name.as_str() {
        "BIND_CONVERSATION" => {
            let (alias, conversation) =
                (number("alias"), ConversationId(fixed(&octets(frame, "conversation"))));
            aliases.insert(alias, conversation);
            Seen::BindConversation { alias, conversation }
        }
        "WHISPER" => Seen::Whisper { conversation: named(aliases), payload: payload() },
        _ => Seen::Entry {
            mailbox_seq: number("mailbox_seq"),
            entry: Box::new(Entry {
                conversation: named(aliases),
                conversation_seq: number("conversation_seq"),
                kind: number("kind"),
                payload: payload(),
                class: frame.number("class"),
                left: frame.number("left"),
                client_seq: frame.number("client_seq"),
            }),
        },
    }
}
