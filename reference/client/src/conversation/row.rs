//! The rows of conversations: their keys and what stands in them. Their first octets are not those of the keys' rows.

use pinnace_content::ContentId;
use pinnace_wire::{AccountId, ConversationId};

const CONVERSATION: u8 = 0x20;
const SAID: u8 = 0x21;
const NAMED: u8 = 0x22;
const NUMBERED: u8 = 0x23;
const PART: u8 = 0x24;
const EXPIRES: u8 = 0x25;
const WAITS: u8 = 0x26;
const INTRODUCTION: u8 = 0x27;

/// All conversations.
pub(super) const CONVERSATIONS: &[u8] = &[CONVERSATION];
/// All numbers that await their place.
pub(super) const NUMBERS: &[u8] = &[NUMBERED];
/// All contents that are to be forgotten, by their time.
pub(super) const EXPIRIES: &[u8] = &[EXPIRES];

/// A conversation.
pub(super) fn conversation(id: ConversationId) -> Vec<u8> {
    [&[CONVERSATION][..], id.as_bytes()].concat()
}

/// What was said in a conversation, in the order in which this device had it.
pub(super) fn said_of(id: ConversationId) -> Vec<u8> {
    [&[SAID][..], id.as_bytes()].concat()
}

/// One of them.
pub(super) fn said(id: ConversationId, order: u64) -> Vec<u8> {
    [said_of(id), order.to_be_bytes().to_vec()].concat()
}

/// Which of them has this name.
pub(super) fn named(id: ConversationId, author: AccountId, content: ContentId) -> Vec<u8> {
    [&[NAMED][..], id.as_bytes(), author.as_bytes(), &content.0].concat()
}

/// What was sent under a number.
pub(super) fn numbered(seq: u64) -> Vec<u8> {
    [&[NUMBERED][..], &seq.to_be_bytes()].concat()
}

/// The parts of an entry that is not all here.
pub(super) fn parts(id: ConversationId) -> Vec<u8> {
    [&[PART][..], id.as_bytes()].concat()
}

/// One of them.
pub(super) fn part(id: ConversationId, index: u64) -> Vec<u8> {
    [parts(id), index.to_be_bytes().to_vec()].concat()
}

/// A content that is to be forgotten at this time.
pub(super) fn expires(at_ms: u64, id: ConversationId, order: u64) -> Vec<u8> {
    [&[EXPIRES][..], &at_ms.to_be_bytes(), id.as_bytes(), &order.to_be_bytes()].concat()
}

/// Own contents that wait to be encrypted.
pub(super) fn waiting(id: ConversationId) -> Vec<u8> {
    [&[WAITS][..], id.as_bytes()].concat()
}

/// One of them.
pub(super) fn waits(id: ConversationId, order: u64) -> Vec<u8> {
    [waiting(id), order.to_be_bytes().to_vec()].concat()
}

/// What this device needs to join a conversation by itself.
pub(super) fn introduction(id: ConversationId) -> Vec<u8> {
    [&[INTRODUCTION][..], id.as_bytes()].concat()
}

/// The number at the end of a key.
pub(super) fn last_number(key: &[u8]) -> u64 {
    key.last_chunk().map_or(0, |octets| u64::from_be_bytes(*octets))
}

/// The conversation behind the first octet of a key, so many octets further.
pub(super) fn conversation_at(key: &[u8], skip: usize) -> Option<ConversationId> {
    key.get(skip..)?.first_chunk().map(|octets| ConversationId::new(*octets))
}

/// How this device stands in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub enum Stage {
    /// It made the conversation, and the server has not yet told its place.
    Creating = 0,
    /// It is a member.
    Member = 1,
    /// Another was first to make the conversation: its Welcome comes.
    AwaitsWelcome = 2,
    /// It joins by a commit of its own.
    Joining = 3,
    /// It is no member any more.
    Left = 4,
    /// A commit did not do what it said (CNV-059), or its Welcome did not hold: nothing more is read here.
    Broken = 5,
    /// It missed a commit: nothing is read until it is taken in again.
    Behind = 6,
}

/// A conversation.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Record {
    /// Octets of the origin.
    #[prost(bytes = "vec", tag = "1")]
    pub(super) origin: Vec<u8>,
    #[prost(enumeration = "Stage", tag = "2")]
    pub(super) stage: i32,
    /// The last entry that this device had.
    #[prost(uint64, tag = "3")]
    pub(super) last_seq: u64,
    /// The place of the next thing that is said, here.
    #[prost(uint64, tag = "4")]
    pub(super) next_order: u64,
    #[prost(uint64, tag = "5")]
    pub(super) disappear_s: u64,
    #[prost(string, tag = "6")]
    pub(super) name: String,
    /// What a commit of this device is to do.
    #[prost(message, optional, tag = "7")]
    pub(super) intent: Option<Intent>,
    /// Own messages since the own key was renewed.
    #[prost(uint64, tag = "8")]
    pub(super) said_count: u64,
    /// When it was renewed.
    #[prost(uint64, tag = "9")]
    pub(super) healed_ms: u64,
    /// Accounts that want to leave.
    #[prost(bytes = "vec", repeated, tag = "10")]
    pub(super) leaving: Vec<Vec<u8>>,
    /// The entry whose parts come.
    #[prost(message, optional, tag = "11")]
    pub(super) partial: Option<Partial>,
    /// The revision of the policy.
    #[prost(uint64, tag = "12")]
    pub(super) revision: u64,
    /// The epoch in which this device is.
    #[prost(uint64, tag = "13")]
    pub(super) epoch: u64,
    /// Devices that are to be added by the next commit.
    #[prost(message, repeated, tag = "14")]
    pub(super) wanted: Vec<Newcomer>,
}

/// What a commit of this device is to do.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Intent {
    #[prost(message, repeated, tag = "1")]
    pub(super) add: Vec<Newcomer>,
    /// Device ids.
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub(super) remove: Vec<Vec<u8>>,
    /// Whether such a commit is on its way. Not: it waits for the commit that was first.
    #[prost(bool, tag = "3")]
    pub(super) is_sent: bool,
    /// The epoch that it ends.
    #[prost(uint64, tag = "4")]
    pub(super) epoch: u64,
    /// Whether the own key is to be renewed.
    #[prost(bool, tag = "5")]
    pub(super) heal: bool,
    /// Whether it was refused, and the commit that was first is not here yet.
    #[prost(bool, tag = "6")]
    pub(super) waits: bool,
    /// Whether the commit that is on its way renews the own key.
    #[prost(bool, tag = "7")]
    pub(super) renews: bool,
}

/// A device that is to be added.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Newcomer {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) device: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) key_package: Vec<u8>,
}

/// An entry whose parts come.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Partial {
    #[prost(uint64, tag = "1")]
    pub(super) seq: u64,
    #[prost(uint64, tag = "2")]
    pub(super) kind: u64,
    #[prost(uint64, tag = "3")]
    pub(super) count: u64,
    /// Octets that are still to come.
    #[prost(uint64, tag = "4")]
    pub(super) left: u64,
    /// The item of its last part.
    #[prost(uint64, tag = "5")]
    pub(super) mailbox_seq: u64,
}

/// What became of something that was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub enum Fate {
    /// Another said it.
    Heard = 0,
    /// It waits for the conversation to be ready.
    Waits = 1,
    /// It is on its way under a number.
    Numbered = 2,
    /// It has its place.
    Placed = 3,
    /// It was refused.
    Refused = 4,
}

/// Something that was said.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Said {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) author: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub(super) device: Vec<u8>,
    /// The padded content; empty once it is forgotten.
    #[prost(bytes = "vec", tag = "3")]
    pub(super) octets: Vec<u8>,
    /// Its place in the conversation; 0 while it has none.
    #[prost(uint64, tag = "4")]
    pub(super) seq: u64,
    /// When this device had it.
    #[prost(uint64, tag = "5")]
    pub(super) at_ms: u64,
    #[prost(enumeration = "Fate", tag = "6")]
    pub(super) fate: i32,
    /// Of one that waits: the first epoch in which it is worth trying.
    #[prost(uint64, tag = "7")]
    pub(super) epoch_min: u64,
    /// Of a refused one: why.
    #[prost(uint64, tag = "8")]
    pub(super) code: u64,
    /// Its words after the last edit.
    #[prost(string, tag = "9")]
    pub(super) edited: String,
    /// Why there are no octets any more.
    #[prost(enumeration = "Gone", tag = "10")]
    pub(super) gone: i32,
    /// Signs on it, by account.
    #[prost(message, repeated, tag = "11")]
    pub(super) marks: Vec<Mark>,
}

/// Why something that was said is not there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub enum Gone {
    /// It is there.
    No = 0,
    /// Its author deleted it.
    Deleted = 1,
    /// Its time is over.
    Expired = 2,
    /// It was looked at, and could be once.
    Viewed = 3,
}

/// What an account has to do with something that another said.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Mark {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) account: Vec<u8>,
    /// Its sign on it; empty is none.
    #[prost(string, tag = "2")]
    pub(super) sign: String,
    /// What its receipts told: 0 nothing, 1 received, 2 read, 3 played.
    #[prost(uint32, tag = "3")]
    pub(super) receipt: u32,
}

/// What was sent under a number.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Numbered {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) conversation: Vec<u8>,
    /// Of a message: which.
    #[prost(uint64, optional, tag = "2")]
    pub(super) order: Option<u64>,
    /// The epoch that it was encrypted in.
    #[prost(uint64, tag = "3")]
    pub(super) epoch: u64,
}
