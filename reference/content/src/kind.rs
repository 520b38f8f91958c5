//! The kinds of contents. What each field means stands in `spec/proto/content.proto`.

use pinnace_wire::{AccountId, ConversationId};

use crate::content::{ContentId, Reference};

/// What a content is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Words.
    Text(Text),
    /// Something that lies elsewhere, encrypted.
    Media(Box<Media>),
    /// A sign on a content.
    Reaction {
        /// On what.
        target: Reference,
        /// The sign; empty takes it back.
        sign: String,
    },
    /// New words in the place of earlier ones of the same account.
    Edit {
        /// The content of the same account.
        target: ContentId,
        /// The words from now on.
        text: Text,
    },
    /// Contents of the same account are forgotten by everybody.
    Delete {
        /// Which.
        targets: Vec<ContentId>,
    },
    /// From now on what is said is forgotten after so many seconds; 0 is never.
    Timer {
        /// How many.
        seconds: u64,
    },
    /// What became of contents at their reader.
    Receipt(Receipt),
    /// Somebody writes, or speaks.
    Typing(Typing),
    /// A step of a call.
    Call(Call),
    /// What holds in a group.
    Policy(Box<Policy>),
    /// What an own device needs to join a conversation.
    Introduction {
        /// The conversation.
        conversation: ConversationId,
        /// An MLSMessage with a GroupInfo.
        group_info: Vec<u8>,
    },
    /// The account wants to leave the group: its devices are to be removed.
    Leave,
    /// A kind that is not known here: keep the octets, a later version may read them (CNT-004).
    Unknown {
        /// Its field, 16 to 127.
        field: u32,
        /// The whole content, as it came, without padding.
        octets: Vec<u8>,
    },
}

/// Words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// 1 to `content_text_len_max` octets.
    pub body: String,
    /// Who is meant by parts of the body.
    pub mentions: Vec<Mention>,
}

/// A part of a body that stands for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The account.
    pub account: AccountId,
    /// Where the part begins, in octets of the body.
    pub start: u32,
    /// How long it is, in octets.
    pub len: u32,
}

/// Something that lies elsewhere, encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Where it lies.
    pub locator: String,
    /// The key of its chunks.
    pub key: [u8; 32],
    /// SHA-256 of the ciphertext.
    pub digest: [u8; 32],
    /// How long the plaintext is, in octets.
    pub len: u64,
    /// Its media type.
    pub media_type: String,
    /// A name for people; never a path.
    pub name: String,
    /// Words beside it.
    pub caption: String,
    /// Width and height in pixels; 0 where it has none.
    pub size: (u32, u32),
    /// How long it plays, in milliseconds.
    pub plays_ms: u64,
    /// A small picture.
    pub preview: Vec<u8>,
    /// Whether it is a spoken message.
    pub is_voice: bool,
}

/// What became of contents at their reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What.
    pub kind: ReceiptKind,
    /// Whose contents.
    pub author: AccountId,
    /// Which.
    pub ids: Vec<ContentId>,
}

/// What a receipt says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReceiptKind {
    /// It is at a device of the reader.
    Received,
    /// It was looked at.
    Read,
    /// It was played.
    Played,
}

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typing {
    /// Nothing any more.
    Stopped,
    /// It writes.
    Writes,
    /// It records its voice.
    Speaks,
}

/// A step of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Names the call.
    pub call: [u8; 16],
    /// The step; `None` is one that is not known here.
    pub step: Option<CallStep>,
    /// With an offer: pictures, too.
    pub is_video: bool,
}

/// A step of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallStep {
    /// A device calls.
    Offer(Vec<u8>),
    /// A device takes the call.
    Answer(Vec<u8>),
    /// How a device can be reached.
    Candidate(Vec<u8>),
    /// A device rings.
    Ringing,
    /// It is over.
    Hangup(HangupReason),
}

/// Why a call is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HangupReason {
    /// Somebody ended it.
    Ended,
    /// It was not taken.
    Declined,
    /// Another call goes on there.
    Busy,
    /// The media did not find their way.
    Failed,
    /// Another device of the account took it.
    Elsewhere,
}

/// What holds in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Dense, from 1.
    pub revision: u64,
    /// What the group is called.
    pub name: String,
    /// Who is more than a member.
    pub roles: Vec<Role>,
    /// Whether only owners and admins say something.
    pub announce_only: bool,
    /// Accounts that may not come back.
    pub bans: Vec<AccountId>,
    /// SHA-256 of the link's secret; `None`: no link.
    pub link_digest: Option<[u8; 32]>,
    /// Whether those who come by the link wait for an admin.
    pub asks_first: bool,
}

/// An account that is more than a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    /// The account.
    pub account: AccountId,
    /// What it is.
    pub rank: Rank,
}

/// What an account is in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Nothing more.
    Member,
    /// It adds and removes members.
    Admin,
    /// It names admins.
    Owner,
}

impl Text {
    /// Words that mention nobody.
    #[must_use]
    pub fn plain(body: &str) -> Self {
        Self { body: body.to_owned(), mentions: Vec::new() }
    }
}
