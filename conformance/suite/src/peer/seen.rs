//! What a session hears, as values that compare.

use core::fmt;
use std::collections::BTreeMap;

use pinnace_oracle::{DecodedFrame, NamedValue, Value};

mod directory;
mod entry;

use super::code::Code;
use super::ids::{AccountId, ConversationId, DeviceId};

pub use entry::{Entry, kind};

/// One frame of the server, or the absence of one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "frames and fields stand in spec/data/frames.toml under the same names")]
pub enum Seen {
    Ephemeral {
        from: Option<DeviceId>,
        payload: Payload,
    },
    Welcome(Box<Welcome>),
    Certificate,
    Credit {
        count_limit: u64,
        bytes_limit: u64,
    },
    Ping {
        token: u64,
    },
    Pong {
        token: u64,
    },
    Goaway {
        reason: u64,
        drain_ms: u64,
        window_ms: u64,
    },
    Close(Close),
    Error(Refusal),
    Accepted(u64),
    Refused(u64, Code),
    Voided(u64),
    Bind {
        alias: u64,
        device: DeviceId,
    },
    Deliver {
        mailbox_seq: u64,
        from: Option<DeviceId>,
        payload: Payload,
        class: Option<u64>,
    },
    Receipt {
        mailbox_seq: u64,
        of: Option<DeviceId>,
        status: u64,
        ranges: Vec<(u64, u64)>,
    },
    Gap {
        mailbox_seq: u64,
        count: u64,
        reason: u64,
    },
    Rate {
        frame_type: u64,
        subject: u64,
        retry_after_ms: u64,
    },
    Registration(Registration),
    Registered {
        account: AccountId,
        device: DeviceId,
    },
    Devices {
        request: u64,
        devices: Vec<DeviceId>,
    },
    Keys {
        request: u64,
        stocks: Vec<Stock>,
    },
    KeysLow {
        mailbox_seq: u64,
        suite: u64,
        one_time_count: u64,
    },
    Claimed {
        request: u64,
        device: DeviceId,
        left: u64,
        key_package: Payload,
        is_last_resort: bool,
    },
    DeviceList {
        request: u64,
        list: Payload,
    },
    LinkOffer {
        request: u64,
        expires_in_ms: u64,
    },
    BindConversation {
        alias: u64,
        conversation: ConversationId,
    },
    Whisper {
        conversation: Option<ConversationId>,
        payload: Payload,
    },
    Entry {
        mailbox_seq: u64,
        entry: Box<Entry>,
    },
    /// A frame of unknown odd type, which is skipped.
    Unknown {
        frame_type: u64,
    },
    /// The connection ended.
    Ended,
    /// Nothing came in the set time.
    Nothing,
    /// Something came that no server may send, or that cannot be opened.
    Broken(String),
}

/// What KEYS tells of one suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields stand in spec/data/frames.toml under the same names")]
pub struct Stock {
    pub suite: u64,
    pub one_time_count: u64,
    pub set_digest: [u8; 32],
    pub last_resort: u64,
}

/// A payload, short in reports.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(pub Vec<u8>);

/// CLOSE with its extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields stand in spec/data/frames.toml under the same names")]
pub struct Close {
    pub code: Code,
    pub frame_type: u64,
    pub offset: Option<u64>,
    pub hello_counter: Option<u64>,
    pub retry_after_ms: Option<u64>,
}

/// ERROR with its extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields stand in spec/data/frames.toml under the same names")]
pub struct Refusal {
    pub code: Code,
    pub frame_type: u64,
    pub subject: u64,
    pub retry_after_ms: Option<u64>,
    pub expected: Option<u64>,
}

/// WELCOME with what cases ask of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields stand in spec/data/frames.toml under the same names")]
pub struct Welcome {
    pub standing: u64,
    pub session_epoch: u64,
    pub handled: u64,
    pub cursor: u64,
    pub mailbox_last: u64,
    pub credit_count: u64,
    pub credit_bytes: u64,
    pub time_ms: u64,
    pub exceptions: Vec<(u64, Code)>,
    pub profiles: Vec<u64>,
    pub limits: Vec<(u64, u64)>,
    /// Extensions of unknown type and features that are GREASE.
    pub grease_count: usize,
}

/// REGISTRATION.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields stand in spec/data/frames.toml under the same names")]
pub struct Registration {
    pub stage: u64,
    pub methods: Vec<(u64, u64)>,
    pub code_len: u64,
    pub code_wait_ms: u64,
    pub attempts_left: u64,
    pub expires_in_ms: u64,
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let front = self.0.get(..self.0.len().min(24)).unwrap_or_default();
        write!(f, "{:?} ({} octets)", String::from_utf8_lossy(front), self.0.len())
    }
}

impl From<&[u8]> for Payload {
    fn from(octets: &[u8]) -> Self {
        Self(octets.to_vec())
    }
}

impl Welcome {
    /// The value of a limit: as advertised, else its default.
    #[must_use]
    pub fn limit(&self, name: &str) -> u64 {
        let Some(limit) = pinnace_spec::limits().ok().and_then(|limits| limits.named(name)) else { return 0 };
        self.limits.iter().find(|(id, _)| *id == limit.id).map_or(limit.default, |(_, value)| *value)
    }
}

/// What a server has bound so far in a session.
#[derive(Clone, Debug, Default)]
pub struct Aliases {
    devices: BTreeMap<u64, DeviceId>,
    conversations: BTreeMap<u64, ConversationId>,
}

impl Seen {
    /// Reads a frame. `aliases` is what the server has bound so far in this session; BIND and BIND_CONVERSATION add to it.
    #[must_use]
    pub fn read(frame: &DecodedFrame, aliases: &mut Aliases) -> Self {
        let number = |name: &str| frame.number(name).unwrap_or_default();
        let named = |aliases: &Aliases| aliases.devices.get(&number("alias")).copied();
        match frame.name.as_str() {
            "EPHEMERAL" => {
                Self::Ephemeral { from: named(aliases), payload: Payload(octets(frame, "payload")) }
            }
            "WELCOME" => Self::Welcome(Box::new(welcome(frame))),
            "CERTIFICATE" => Self::Certificate,
            "CREDIT" => {
                Self::Credit { count_limit: number("count_limit"), bytes_limit: number("bytes_limit") }
            }
            "PING" => Self::Ping { token: number("token") },
            "PONG" => Self::Pong { token: number("token") },
            "GOAWAY" => Self::Goaway {
                reason: number("reason"),
                drain_ms: number("drain_ms"),
                window_ms: number("window_ms"),
            },
            "CLOSE" => Self::Close(close(frame)),
            "ERROR" => Self::Error(refusal(frame)),
            "ACCEPTED" => Self::Accepted(number("client_seq")),
            "REFUSED" => Self::Refused(number("client_seq"), Code(number("code"))),
            "VOIDED" => Self::Voided(number("client_seq")),
            "BIND" => {
                let device = DeviceId(fixed(&octets(frame, "device")));
                aliases.devices.insert(number("alias"), device);
                Self::Bind { alias: number("alias"), device }
            }
            "DELIVER" => Self::Deliver {
                mailbox_seq: number("mailbox_seq"),
                from: named(aliases),
                payload: Payload(octets(frame, "payload")),
                class: frame.number("class"),
            },
            "RECEIPT" => Self::Receipt {
                mailbox_seq: number("mailbox_seq"),
                of: named(aliases),
                status: number("status"),
                ranges: pairs(frame, "ranges"),
            },
            "GAP" => Self::Gap {
                mailbox_seq: number("mailbox_seq"),
                count: number("count"),
                reason: number("reason"),
            },
            "RATE" => Self::Rate {
                frame_type: number("frame_type"),
                subject: number("subject"),
                retry_after_ms: number("retry_after_ms"),
            },
            "REGISTRATION" => Self::Registration(registration(frame)),
            "REGISTERED" => Self::Registered {
                account: AccountId(fixed(&octets(frame, "account"))),
                device: DeviceId(fixed(&octets(frame, "device"))),
            },
            "DEVICES" => Self::Devices { request: number("request"), devices: devices(frame) },
            "UNKNOWN" => Self::Unknown { frame_type: frame.frame_type },
            "BIND_CONVERSATION" | "WHISPER" | "ENTRY" => entry::read(frame, &mut aliases.conversations),
            _ => directory::read(frame),
        }
    }

    /// An outcome of a SEND or VOID, or what stands in for one.
    #[must_use]
    pub const fn is_outcome(&self) -> bool {
        matches!(
            self,
            Self::Accepted(_) | Self::Refused(..) | Self::Voided(_) | Self::Error(_) | Self::Rate { .. }
        )
    }

    /// The answer to a request, or what stands in for one.
    #[must_use]
    pub const fn is_answer(&self) -> bool {
        matches!(
            self,
            Self::Keys { .. }
                | Self::Claimed { .. }
                | Self::DeviceList { .. }
                | Self::LinkOffer { .. }
                | Self::Devices { .. }
                | Self::Error(_)
                | Self::Rate { .. }
        )
    }

    /// A mailbox item.
    #[must_use]
    pub const fn is_item(&self) -> bool {
        matches!(
            self,
            Self::Deliver { .. }
                | Self::Receipt { .. }
                | Self::Gap { .. }
                | Self::KeysLow { .. }
                | Self::Entry { .. }
        )
    }

    /// Nothing more can come after it.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        matches!(self, Self::Close(_) | Self::Ended | Self::Nothing | Self::Broken(_))
    }

    /// The highest mailbox number that the item covers.
    #[must_use]
    pub const fn mailbox_seq(&self) -> Option<u64> {
        match self {
            Self::Deliver { mailbox_seq, .. }
            | Self::Receipt { mailbox_seq, .. }
            | Self::KeysLow { mailbox_seq, .. }
            | Self::Entry { mailbox_seq, .. } => Some(*mailbox_seq),
            Self::Gap { mailbox_seq, count, .. } => {
                Some(mailbox_seq.saturating_add(*count).saturating_sub(1))
            }
            _ => None,
        }
    }
}

fn welcome(frame: &DecodedFrame) -> Welcome {
    let number = |name: &str| frame.number(name).unwrap_or_default();
    Welcome {
        standing: number("standing"),
        session_epoch: number("session_epoch"),
        handled: number("handled"),
        cursor: number("cursor"),
        mailbox_last: number("mailbox_last"),
        credit_count: number("credit_count"),
        credit_bytes: number("credit_bytes"),
        time_ms: number("time_ms"),
        exceptions: pairs(frame, "exceptions").into_iter().map(|(seq, code)| (seq, Code(code))).collect(),
        profiles: numbers(frame, "profiles"),
        limits: pairs(frame, "limits"),
        grease_count: frame.extensions.iter().filter(|named| named.name.starts_with("unknown_")).count()
            + numbers(frame, "features").iter().filter(|feature| **feature % 62 == 33).count(),
    }
}

fn close(frame: &DecodedFrame) -> Close {
    Close {
        code: Code(frame.number("code").unwrap_or_default()),
        frame_type: frame.number("frame_type").unwrap_or_default(),
        offset: frame.number("offset"),
        hello_counter: frame.number("hello_counter"),
        retry_after_ms: frame.number("retry_after_ms"),
    }
}

fn refusal(frame: &DecodedFrame) -> Refusal {
    Refusal {
        code: Code(frame.number("code").unwrap_or_default()),
        frame_type: frame.number("frame_type").unwrap_or_default(),
        subject: frame.number("subject").unwrap_or_default(),
        retry_after_ms: frame.number("retry_after_ms"),
        expected: frame.number("expected"),
    }
}

fn registration(frame: &DecodedFrame) -> Registration {
    let number = |name: &str| frame.number(name).unwrap_or_default();
    Registration {
        stage: number("stage"),
        methods: pairs(frame, "methods"),
        code_len: number("code_len"),
        code_wait_ms: number("code_wait_ms"),
        attempts_left: number("attempts_left"),
        expires_in_ms: number("expires_in_ms"),
    }
}

fn devices(frame: &DecodedFrame) -> Vec<DeviceId> {
    let first = |item: &Vec<NamedValue>| match item.first().map(|named| &named.value) {
        Some(Value::Octets(octets)) => DeviceId(fixed(octets)),
        _ => DeviceId([0; 16]),
    };
    items(frame, "devices").iter().map(first).collect()
}

fn octets(frame: &DecodedFrame, name: &str) -> Vec<u8> {
    match frame.value(name) {
        Some(Value::Octets(octets)) => octets.clone(),
        _ => Vec::new(),
    }
}

fn items<'a>(frame: &'a DecodedFrame, name: &str) -> &'a [Vec<NamedValue>] {
    match frame.value(name) {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

fn number_at(item: &[NamedValue], index: usize) -> u64 {
    match item.get(index).map(|named| &named.value) {
        Some(Value::Number(number)) => *number,
        _ => 0,
    }
}

fn pairs(frame: &DecodedFrame, name: &str) -> Vec<(u64, u64)> {
    items(frame, name).iter().map(|item| (number_at(item, 0), number_at(item, 1))).collect()
}

fn numbers(frame: &DecodedFrame, name: &str) -> Vec<u64> {
    items(frame, name).iter().map(|item| number_at(item, 0)).collect()
}

fn fixed(octets: &[u8]) -> [u8; 16] {
    octets.first_chunk().copied().unwrap_or([0; 16])
}
