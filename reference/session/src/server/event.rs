//! What a server session tells its shell, and what the shell answers.

use alloc::string::String;
use alloc::vec::Vec;

use pinnace_wire::{
    AccountId, Activity, Class, ClientMark, ClientSeq, ConversationId, ConversationOrigin, ConversationSeq,
    Count, DeviceId, DurationS, EntryKind, EntryLeft, Exception, FrameCode, GapReason, GoawayReason,
    HelloCounter, MailboxMark, MailboxSeq, Method, MlsSuite, NackReason, OneTimeCount, ReceiptStatus,
    SeqRange, SessionEpoch,
};

use crate::acked::Acked;
use crate::close_reason::CloseReason;
use crate::message::ReceiptWish;
use crate::noise::PublicKey;
use crate::registration_state::{RegistrationState, Replace};
use crate::server::outcomes::Ticket;
use crate::server::request::{Request, RequestTicket};

/// What happened, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerEvent {
    /// HELLO is to be compared and stored, in one transaction; answer by `on_hello`.
    Hello(HelloRequest),
    /// The client lives: take over the device's older session, then apply what its first flight acknowledged.
    Confirmed {
        /// HELLO's cursor and the first flight's ACKs, together.
        acked: Acked,
    },
    /// A message is to be accepted or refused; answer by `on_answer`.
    Send(SendRequest),
    /// A message to a conversation is to be accepted or refused; answer by `on_answer`.
    Post(PostRequest),
    /// A commit of a conversation is to be accepted or refused; answer by `on_answer`.
    Commit(CommitRequest),
    /// A number is to be settled without a message; answer by `on_answer`.
    Void {
        /// Names the request.
        ticket: Ticket,
        /// The number.
        client_seq: ClientSeq,
    },
    /// Items are durable at the device.
    Ack(Acked),
    /// The device does not take an item.
    Nack {
        /// The item.
        mailbox_seq: MailboxSeq,
        /// Why, and whether for good.
        reason: NackReason,
    },
    /// Something fleeting, to be handed to the destination if it is there.
    Ephemeral {
        /// For whom.
        destination: DeviceId,
        /// What, 1 to 4,096 octets.
        payload: Vec<u8>,
    },
    /// Something fleeting, to be handed to the devices of a conversation that are there (CNV-027).
    Whisper {
        /// The conversation.
        conversation: ConversationId,
        /// What, 1 to 4,096 octets.
        payload: Vec<u8>,
    },
    /// A registration begins; answer by `on_registration`.
    Register {
        /// The number as sent: 8 to 16 octets of text; whether it is E.164 is still to be judged (REG-003).
        e164: String,
        /// Whether it may be taken from another account.
        replace: Replace,
    },
    /// A code is to be sent; answer by `on_registration`.
    RegisterMethod {
        /// By which way.
        method: Method,
    },
    /// A code is to be compared; answer by `on_registration`.
    RegisterCode {
        /// 4 to 12 octets of text.
        code: String,
    },
    /// A certificate is to be judged and stored; answer by `on_registration`.
    RegisterDevice {
        /// The certificate, encoded; well-formed.
        certificate: Vec<u8>,
    },
    /// Something is asked for; answer by `on_reply`. The next request follows the answer.
    Request {
        /// Names the request.
        ticket: RequestTicket,
        /// What is asked for.
        request: Request,
    },
    /// The session is over. The last event.
    Closed(CloseReason),
}

/// HELLO, as the store needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelloRequest {
    /// The static key that the device proved.
    pub device_key: PublicKey,
    /// The device that has this key.
    pub device: DeviceId,
    /// Must be above the stored one (SES-006).
    pub hello_counter: HelloCounter,
    /// Up to here the client knows all outcomes.
    pub settled: ClientMark,
    /// Up to here all items are durable at the device. Takes effect with [`ServerEvent::Confirmed`] only.
    pub cursor: MailboxMark,
    /// Whether a person is looking.
    pub activity: Activity,
    /// How many SENDs came along; they follow once this is answered.
    pub early_send_count: usize,
}

/// A message on its way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendRequest {
    /// Names the request.
    pub ticket: Ticket,
    /// Its number.
    pub client_seq: ClientSeq,
    /// For whom.
    pub destination: DeviceId,
    /// Its class; `None` is normal.
    pub class: Option<Class>,
    /// When it is no longer worth delivering.
    pub expires_in_s: Option<DurationS>,
    /// Whether the sender wants to hear what became of it.
    pub receipt: ReceiptWish,
    /// What, 1 to 61,440 octets; whether it keeps to payload_len_max is still to be judged (DLV-012).
    pub payload: Vec<u8>,
}

/// A message on its way into a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostRequest {
    /// Names the request.
    pub ticket: Ticket,
    /// Its number.
    pub client_seq: ClientSeq,
    /// The conversation.
    pub conversation: ConversationId,
    /// Its class; `None` is normal.
    pub class: Option<Class>,
    /// When it is no longer worth delivering.
    pub expires_in_s: Option<DurationS>,
    /// What, 1 to 61,440 octets; whether it is an MLSMessage, and keeps to payload_len_max, is still to be judged (CNV-017).
    pub payload: Vec<u8>,
}

/// A commit on its way into a conversation, put together of its pieces (CNV-031).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitRequest {
    /// Names the request.
    pub ticket: Ticket,
    /// Its number.
    pub client_seq: ClientSeq,
    /// The conversation.
    pub conversation: ConversationId,
    /// The commit; whether it is an MLSMessage is still to be judged (CNV-017).
    pub commit: Vec<u8>,
    /// The Welcome for those that it adds; empty: none.
    pub welcome: Vec<u8>,
    /// What the conversation is between, where the commit begins it; still to be judged (CNV-004).
    pub origin: Option<ConversationOrigin>,
}

/// The store's answer to HELLO.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HelloAnswer {
    /// HELLO is stored.
    Registered(HelloDone),
    /// No registration is known for the static key (REG-001).
    Unregistered,
    /// The counter is not above the stored one (SES-006).
    Stale {
        /// The stored one.
        stored: HelloCounter,
    },
    /// The store did not answer.
    Unavailable {
        /// When to come again.
        retry_after_ms: u64,
    },
}

/// What the transaction of a HELLO yields.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HelloDone {
    /// Above every earlier one of this device (SES-008).
    pub session_epoch: SessionEpoch,
    /// The highest number that has an outcome (SES-009).
    pub handled: ClientMark,
    /// The numbers above `settled` up to `handled` that were not accepted, rising (SES-010). WELCOME
    /// tells as many as it holds, the lowest first.
    pub exceptions: Vec<Exception>,
    /// The stored cursor.
    pub cursor: MailboxMark,
    /// The highest number that was assigned in the mailbox.
    pub mailbox_last: MailboxMark,
}

/// An item of the mailbox, to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A message.
    Message {
        /// Its number.
        mailbox_seq: MailboxSeq,
        /// Who sent it.
        source: DeviceId,
        /// Its class; one of class call may come ahead of others.
        class: Option<Class>,
        /// What, 1 to 61,440 octets.
        payload: &'a [u8],
    },
    /// What became of messages of this device.
    Receipt {
        /// Its number.
        mailbox_seq: MailboxSeq,
        /// To whom they went.
        device: DeviceId,
        /// What became of them.
        status: ReceiptStatus,
        /// Which ones, 1 to 32 runs.
        ranges: &'a [SeqRange],
    },
    /// Few one-time KeyPackages of this device are left.
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
        /// The entry or the part, at most 61,440 octets.
        payload: &'a [u8],
        /// Its class.
        class: Option<Class>,
        /// How many octets come in the items behind; `None`: it ends here (CNV-030).
        left: Option<EntryLeft>,
        /// The number of the device's own POST or COMMIT, in an entry of kind own (CNV-012).
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

impl Item<'_> {
    /// Its first number, and how many numbers it stands for.
    pub(crate) const fn span(&self) -> (MailboxSeq, u64) {
        match self {
            Self::Message { mailbox_seq, .. }
            | Self::Receipt { mailbox_seq, .. }
            | Self::KeysLow { mailbox_seq, .. }
            | Self::Entry { mailbox_seq, .. } => (*mailbox_seq, 1),
            Self::Gap { mailbox_seq, count, .. } => (*mailbox_seq, count.value()),
        }
    }
}

/// What became of a pushed item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It will leave.
    Queued,
    /// This session has offered it before, or the device has it: nothing was done (DLV-026).
    Already,
}

/// The answer to a step of a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrationAnswer {
    /// The registration goes on, or has begun.
    State(RegistrationState),
    /// The step was refused.
    Failed {
        /// Why.
        code: FrameCode,
        /// When to try again.
        retry_after_ms: Option<u64>,
    },
    /// Too many registrations (REG-025).
    Rate {
        /// When to try again.
        retry_after_ms: u64,
    },
    /// The device is registered, durably. REGISTERED leaves, then CLOSE with REPLACED.
    Registered {
        /// Its account.
        account: AccountId,
        /// The device.
        device: DeviceId,
    },
}

/// The announcement that a session will end (SES-028).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerGoaway {
    /// Why.
    pub reason: GoawayReason,
    /// After this the session is closed.
    pub drain_ms: u64,
    /// The client comes back at a random time within this.
    pub window_ms: u64,
    /// Where else it may come back; at most 8.
    pub alternates: Vec<String>,
}
