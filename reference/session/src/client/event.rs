//! What a client session tells its library.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use pinnace_wire::{
    AccountId, Class, ClientMark, ClientSeq, ConversationId, ConversationSeq, Count, DeviceEntry, DeviceId,
    EntryKind, EntryLeft, Exception, FrameCode, FrameType, GapReason, GoawayReason, MailboxMark, MailboxSeq,
    MlsSuite, OneTimeCount, ProfileId, ReceiptStatus, RequestId, SeqRange, SessionEpoch, Standing, Subject,
    UnixMs,
};

use super::advert::ServerAdvert;
use super::config::KnownEdge;
use crate::close_reason::CloseReason;
use crate::key_stock::{KeyStock, Resort};
use crate::registration_state::RegistrationState;

/// What happened, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientEvent {
    /// The edge's certificate holds: store the edge, the next session opens faster.
    Edge(KnownEdge),
    /// A trusted root announces the next one: store it, and trust it from its time on.
    Successor {
        /// The next root key.
        root: [u8; 32],
        /// In force from this second on.
        not_before_s: u64,
    },
    /// The server answered HELLO.
    Welcome(Box<WelcomeInfo>),
    /// An item of the mailbox. To be acknowledged once it is durable here (DLV-031).
    Item(ReceivedItem),
    /// A number has its outcome.
    Outcome {
        /// The number.
        client_seq: ClientSeq,
        /// What became of it.
        outcome: Outcome,
    },
    /// A number was not processed and is out of the window: go back to the lowest such number, and send it and those after
    /// it again, in order.
    Again {
        /// The number.
        client_seq: ClientSeq,
        /// Why.
        cause: AgainCause,
        /// When.
        retry_after_ms: Option<u64>,
    },
    /// A number was answered with an error that no repetition mends: IDEMPOTENCY_CONFLICT, OUTCOME_FORGOTTEN.
    Fault {
        /// The number.
        client_seq: ClientSeq,
        /// The error.
        code: FrameCode,
    },
    /// Something fleeting.
    Ephemeral {
        /// From whom.
        source: DeviceId,
        /// What.
        payload: Vec<u8>,
    },
    /// Something fleeting of a conversation; who it is from its content tells.
    Whisper {
        /// The conversation.
        conversation: ConversationId,
        /// What.
        payload: Vec<u8>,
    },
    /// The registration has come so far.
    Registration(RegistrationState),
    /// A step of the registration was refused.
    RegistrationFailed {
        /// Which step.
        frame_type: FrameType,
        /// Why.
        code: FrameCode,
        /// When to try again.
        retry_after_ms: Option<u64>,
    },
    /// The device is registered; the server closes next.
    Registered {
        /// Its account.
        account: AccountId,
        /// The device.
        device: DeviceId,
    },
    /// The devices of the own account.
    Devices {
        /// Names the query.
        request: RequestId,
        /// The devices.
        devices: Vec<DeviceEntry>,
    },
    /// The device list of an account, as the answer to whatever asked for it. It is to be judged before it is used
    /// (DEV-018, DEV-019): see [`device_list::check_list`](crate::device_list::check_list).
    DeviceList {
        /// Names the request.
        request: RequestId,
        /// The list, encoded; well-formed.
        list: Vec<u8>,
    },
    /// How long this unregistered device may be linked.
    LinkOffer {
        /// Names the request.
        request: RequestId,
        /// So long from now on.
        expires_in_ms: u64,
    },
    /// What the server has of this device's KeyPackages.
    Keys {
        /// Names the request.
        request: RequestId,
        /// One entry for each suite.
        stocks: Vec<KeyStock>,
    },
    /// What a claim has of one device. It is to be judged before it is used (KEY-018): see
    /// [`key_package::check_key_package`](crate::key_package::check_key_package).
    Claimed {
        /// Names the request.
        request: RequestId,
        /// The device.
        device: DeviceId,
        /// How many more follow.
        left: u64,
        /// Its KeyPackage, octets of any form; empty where it has none.
        key_package: Vec<u8>,
        /// Whether others get the same.
        resort: Resort,
    },
    /// Another frame was refused.
    Failed {
        /// Which.
        frame_type: FrameType,
        /// What it was about.
        subject: Subject,
        /// Why.
        code: FrameCode,
        /// When to try again.
        retry_after_ms: Option<u64>,
    },
    /// A frame other than SEND and VOID is over its rate.
    Rate {
        /// Which.
        frame_type: FrameType,
        /// What it was about.
        subject: Subject,
        /// When to send it again.
        retry_after_ms: u64,
    },
    /// The session will end: finish, then open one elsewhere.
    Goaway {
        /// Why.
        reason: GoawayReason,
        /// When it ends.
        drain_ms: u64,
        /// Come back at a random time within this.
        window_ms: u64,
        /// Where else to come back.
        alternates: Vec<String>,
    },
    /// The session is over. The last event.
    Closed(CloseReason),
}

/// WELCOME.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WelcomeInfo {
    /// Whether the device is registered.
    pub standing: Standing,
    /// The epoch of this session; 0 when unregistered.
    pub session_epoch: SessionEpoch,
    /// The highest number that has an outcome. Numbers above `settled` up to here that are no exceptions were accepted.
    pub handled: ClientMark,
    /// Numbers that were refused, or voided (`None`).
    pub exceptions: Vec<Exception>,
    /// The cursor that the server has.
    pub cursor: MailboxMark,
    /// The highest number in the mailbox.
    pub mailbox_last: MailboxMark,
    /// The server's clock.
    pub time_ms: UnixMs,
    /// Name and version of the server.
    pub agent: Option<String>,
    /// The profiles that the server serves, unknown ones among them.
    pub profiles: Vec<ProfileId>,
    /// The limits that hold there.
    pub limits: ServerAdvert,
    /// For the preface of the next session.
    pub route_token: Option<Vec<u8>>,
}

/// An item of the mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceivedItem {
    /// A message.
    Message {
        /// Its number.
        mailbox_seq: MailboxSeq,
        /// From whom.
        source: DeviceId,
        /// Its class; `None` and unknown ones are normal.
        class: Option<Class>,
        /// What.
        payload: Vec<u8>,
    },
    /// What became of own messages.
    Receipt {
        /// Its number.
        mailbox_seq: MailboxSeq,
        /// To whom they went.
        device: DeviceId,
        /// What became of them.
        status: ReceiptStatus,
        /// Which ones.
        ranges: Vec<SeqRange>,
    },
    /// Few one-time KeyPackages of this device are left at the server.
    KeysLow {
        /// Its number.
        mailbox_seq: MailboxSeq,
        /// The suite.
        suite: MlsSuite,
        /// How many were left.
        one_time_count: OneTimeCount,
    },
    /// An entry of a conversation, or a part of one.
    Entry {
        /// Its number.
        mailbox_seq: MailboxSeq,
        /// The conversation.
        conversation: ConversationId,
        /// The entry's place there; the parts of an entry have the same.
        conversation_seq: ConversationSeq,
        /// What it brings.
        kind: EntryKind,
        /// The entry or the part.
        payload: Vec<u8>,
        /// Its class; `None` and unknown ones are normal.
        class: Option<Class>,
        /// How many octets come in the items behind; `None`: it ends here (CNV-030).
        left: Option<EntryLeft>,
        /// The number of the own POST or COMMIT, in an entry of kind own (CNV-012).
        client_seq: Option<ClientSeq>,
    },
    /// Numbers that carry nothing any more.
    Gap {
        /// The first one.
        mailbox_seq: MailboxSeq,
        /// How many.
        count: Count,
        /// Why.
        reason: GapReason,
    },
}

/// What became of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The message is durable at the server.
    Accepted,
    /// The message will not be delivered; the number is used.
    Refused(FrameCode),
    /// The number is settled without a message.
    Voided,
}

/// Why a number is to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgainCause {
    /// It was ahead of the next one.
    Ahead {
        /// The next one, where the server told.
        expected: Option<ClientSeq>,
    },
    /// Over the rate.
    Rate,
    /// The store did not answer.
    Unavailable,
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// The session is not open, or window or credit are used up: later.
    NotNow,
    /// The payload is empty or longer than the server takes (LIM-005).
    PayloadLen {
        /// Its length in octets.
        len: usize,
        /// How long it may be.
        max: u64,
    },
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotNow => f.write_str("session cannot take this now"),
            Self::PayloadLen { len, max } => write!(f, "payload of {len} octets, 1 to {max} are taken"),
        }
    }
}

impl core::error::Error for SendError {}
