//! The numbers of the protocol: one type for each grammar, so that none can stand for another.
//!
//! A position in which zero means "nothing yet" has a type of its own ([`ClientMark`], [`MailboxMark`]) beside the one
//! whose numbers start at 1 ([`ClientSeq`], [`MailboxSeq`]).

use core::fmt;

use crate::error_code::{ErrorCode, Scope};

/// The largest number that a varint can hold: 2^62 - 1.
pub const U62_MAX: u64 = 4_611_686_018_427_387_903;

/// A number with a range, as the codec sees it.
pub(crate) trait Number: Copy {
    /// The largest value.
    const MAX: u64;
    /// The number of this value, or `None` when it is out of range.
    fn from_value(value: u64) -> Option<Self>;
    /// The value.
    fn to_value(self) -> u64;
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $min:expr, $max:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u64);

        impl $name {
            /// The smallest value.
            pub const MIN: u64 = $min;
            /// The largest value.
            pub const MAX: u64 = $max;

            /// The number of this value, or `None` when it is out of range.
            #[must_use]
            pub const fn new(value: u64) -> Option<Self> {
                // One comparison: a value under the minimum wraps to above the maximum.
                if value.wrapping_sub(Self::MIN) <= Self::MAX - Self::MIN { Some(Self(value)) } else { None }
            }

            /// The value.
            #[must_use]
            pub const fn value(self) -> u64 {
                self.0
            }
        }

        impl Number for $name {
            const MAX: u64 = $max;

            #[inline]
            fn from_value(value: u64) -> Option<Self> {
                Self::new(value)
            }

            #[inline]
            fn to_value(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        #[cfg(feature = "arbitrary")]
        impl<'a> arbitrary::Arbitrary<'a> for $name {
            fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
                u.int_in_range(Self::MIN..=Self::MAX).map(Self)
            }
        }
    };
}

number!(
    /// A short name for a device, in one direction of one session. 0 to 16,383.
    Alias, 0, 16_383
);
number!(
    /// The number of a SEND or VOID of one device, from 1, without holes (DLV-001).
    ClientSeq, 1, U62_MAX
);
number!(
    /// "Every client_seq up to here"; 0 is none.
    ClientMark, 0, U62_MAX
);
number!(
    /// The number of an item of one mailbox, from 1, without holes (DLV-021).
    MailboxSeq, 1, U62_MAX
);
number!(
    /// "Every mailbox item up to here"; 0 is none.
    MailboxMark, 0, U62_MAX
);
number!(
    /// Rises with each HELLO of a device (SES-043). From 1.
    HelloCounter, 1, U62_MAX
);
number!(
    /// Rises with each session of a device (SES-008). 0 for a device that is not registered.
    SessionEpoch, 0, U62_MAX
);
number!(
    /// How many credited frames may have been sent since the session began.
    CreditCount, 0, U62_MAX
);
number!(
    /// How many octets of bodies of credited frames may have been sent since the session began.
    CreditBytes, 0, U62_MAX
);
number!(
    /// The id of a profile; unknown ones are ignored (EXT-001).
    ProfileId, 0, U62_MAX
);
number!(
    /// The id of a limit, see [`crate::limits`]; unknown ones are ignored (EXT-001).
    LimitId, 0, U62_MAX
);
number!(
    /// The advertised value of a limit.
    LimitValue, 0, U62_MAX
);
number!(
    /// The id of a feature; unknown ones are ignored (EXT-001).
    FeatureId, 0, U62_MAX
);
number!(
    /// Milliseconds since 1970-01-01 UTC.
    UnixMs, 0, U62_MAX
);
number!(
    /// Seconds since 1970-01-01 UTC.
    UnixS, 0, U62_MAX
);
number!(
    /// A span of milliseconds, at most one hour.
    DurationMs, 0, 3_600_000
);
number!(
    /// A span of milliseconds that is not empty, at most one hour.
    WaitMs, 1, 3_600_000
);
number!(
    /// A span of seconds that is not empty, at most 30 days.
    DurationS, 1, 2_592_000
);
number!(
    /// The token that PONG gives back to PING (SES-018).
    PingToken, 0, U62_MAX
);
number!(
    /// A place in a record, in octets from its start.
    Offset, 0, 65_535
);
number!(
    /// What an ERROR or RATE is about: the client_seq of a SEND or VOID (ERR-006), the request of a query, otherwise 0.
    Subject, 0, U62_MAX
);
number!(
    /// How many, at least one.
    Count, 1, U62_MAX
);
number!(
    /// The digits of a code; 0 while no code is out.
    CodeLen, 0, 12
);
number!(
    /// The attempts that a registration has left.
    AttemptsLeft, 0, 255
);
number!(
    /// The number by which an answer names its request: DEVICES that of a DEVICES_QUERY.
    RequestId, 0, U62_MAX
);
number!(
    /// A short name for a conversation, in one direction of one session; a number space beside that of [`Alias`]. 0 to 16,383.
    ConversationAlias, 0, 16_383
);
number!(
    /// The place of an entry in its conversation, from 1, without holes.
    ConversationSeq, 1, U62_MAX
);
number!(
    /// Tells conversations apart whose kind and parties are the same.
    Generation, 0, U62_MAX
);
number!(
    /// Octets of an entry that come in the items behind this one.
    EntryLeft, 1, U62_MAX
);
number!(
    /// The place of a piece in what is staged, in octets from its start.
    StageOffset, 0, U62_MAX
);
number!(
    /// The number of a device list of one account, from 1, without holes (DEV-002).
    ListVersion, 1, U62_MAX
);
number!(
    /// An MLS cipher suite, as RFC 9420 numbers them.
    MlsSuite, 1, 65_535
);
number!(
    /// How many one-time KeyPackages there are of one device and suite.
    OneTimeCount, 0, U62_MAX
);
number!(
    /// How many CLAIMED of the same claim follow.
    ClaimsLeft, 0, 64
);
number!(
    /// An error code of any scope, known or not, as CLOSE carries it.
    Code, 0, 255
);
number!(
    /// An error code of frame scope, known or not, as REFUSED and ERROR carry it.
    FrameCode, 1, 63
);
number!(
    /// The class of a message; absent is normal.
    Class, 1, U62_MAX
);
number!(
    /// What became of a message, as RECEIPT tells it; unknown ones are taken without a word (EXT-005).
    ReceiptStatus, 0, U62_MAX
);
number!(
    /// Why a run of mailbox numbers carries nothing.
    GapReason, 0, U62_MAX
);
number!(
    /// Why a device does not take an item: 1 to 63 terminal, 64 and above not (EXT-004).
    NackReason, 1, U62_MAX
);
number!(
    /// Why a session will end; an unknown one counts as restart.
    GoawayReason, 1, U62_MAX
);
number!(
    /// A way in which a code reaches the person.
    Method, 1, U62_MAX
);
number!(
    /// The type of a frame. 0 is reserved (FRM-014).
    FrameType, 1, U62_MAX
);

/// The number, or 0 for none.
impl Number for Option<FrameType> {
    const MAX: u64 = FrameType::MAX;

    fn from_value(value: u64) -> Option<Self> {
        if value == 0 { Some(None) } else { FrameType::new(value).map(Some) }
    }

    fn to_value(self) -> u64 {
        self.map_or(0, FrameType::value)
    }
}

/// The number, or 0 for none.
impl Number for Option<FrameCode> {
    const MAX: u64 = FrameCode::MAX;

    fn from_value(value: u64) -> Option<Self> {
        if value == 0 { Some(None) } else { FrameCode::new(value).map(Some) }
    }

    fn to_value(self) -> u64 {
        self.map_or(0, FrameCode::value)
    }
}

impl FrameType {
    /// A type of the table.
    pub(crate) const fn known(value: u64) -> Self {
        Self(value)
    }
}

impl ClientSeq {
    /// The first number of a device.
    pub const FIRST: Self = Self(1);

    /// The number after this one, or `None` at the end of the number space.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        Self::new(self.0 + 1)
    }

    /// "Up to and with this number".
    #[must_use]
    pub const fn mark(self) -> ClientMark {
        ClientMark(self.0)
    }
}

impl Generation {
    /// The first conversation of its kind and parties.
    pub const FIRST: Self = Self(0);
}

impl ClientMark {
    /// No number at all.
    pub const NOTHING: Self = Self(0);

    /// The first number that is not covered, or `None` at the end of the number space.
    #[must_use]
    pub const fn next(self) -> Option<ClientSeq> {
        ClientSeq::new(self.0 + 1)
    }

    /// The last number that is covered, or `None` when none is.
    #[must_use]
    pub const fn last(self) -> Option<ClientSeq> {
        ClientSeq::new(self.0)
    }

    /// Whether the number is covered.
    #[must_use]
    pub const fn covers(self, seq: ClientSeq) -> bool {
        seq.0 <= self.0
    }
}

impl MailboxSeq {
    /// The first number of a mailbox.
    pub const FIRST: Self = Self(1);

    /// The number after this one, or `None` at the end of the number space.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        Self::new(self.0 + 1)
    }

    /// "Up to and with this number".
    #[must_use]
    pub const fn mark(self) -> MailboxMark {
        MailboxMark(self.0)
    }
}

impl MailboxMark {
    /// No number at all.
    pub const NOTHING: Self = Self(0);

    /// The first number that is not covered, or `None` at the end of the number space.
    #[must_use]
    pub const fn next(self) -> Option<MailboxSeq> {
        MailboxSeq::new(self.0 + 1)
    }

    /// The last number that is covered, or `None` when none is.
    #[must_use]
    pub const fn last(self) -> Option<MailboxSeq> {
        MailboxSeq::new(self.0)
    }

    /// Whether the number is covered.
    #[must_use]
    pub const fn covers(self, seq: MailboxSeq) -> bool {
        seq.0 <= self.0
    }
}

impl Subject {
    /// About nothing in particular.
    pub const NONE: Self = Self(0);
}

impl From<ClientSeq> for Subject {
    fn from(seq: ClientSeq) -> Self {
        Self(seq.0)
    }
}

impl Code {
    pub(crate) const fn from_octet(octet: u8) -> Self {
        Self(octet as u64)
    }

    /// The code as an octet.
    #[must_use]
    pub fn octet(self) -> u8 {
        u8::try_from(self.0).unwrap_or(u8::MAX)
    }

    /// The known error of this code, or `None`.
    #[must_use]
    pub fn known(self) -> Option<ErrorCode> {
        ErrorCode::from_wire(self.octet())
    }

    /// What the error ends, also for an unknown code (ERR-003).
    #[must_use]
    pub fn scope(self) -> Scope {
        Scope::of(self.octet())
    }
}

impl From<ErrorCode> for Code {
    fn from(code: ErrorCode) -> Self {
        code.code()
    }
}

impl From<FrameCode> for Code {
    fn from(code: FrameCode) -> Self {
        Self(code.0)
    }
}

impl FrameCode {
    /// The known error of this code, or `None`.
    #[must_use]
    pub fn known(self) -> Option<ErrorCode> {
        Code::from(self).known()
    }
}

impl ConversationSeq {
    /// That of the first entry of a conversation.
    pub const FIRST: Self = Self(1);

    /// The number after this one, or `None` at the end of the number space.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        Self::new(self.0 + 1)
    }
}

impl ListVersion {
    /// That of the first list of an account.
    pub const FIRST: Self = Self(1);

    /// The number after this one, or `None` at the end of the number space.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        Self::new(self.0 + 1)
    }
}

impl MlsSuite {
    /// `MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519`.
    pub const AES128GCM: Self = Self(1);
    /// `MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519`.
    pub const CHACHA20POLY1305: Self = Self(3);

    /// The name in `spec/data/frames.toml`, or `None` for one that no KeyPackage may have here.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self.0 {
            1 => Some("MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519"),
            3 => Some("MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519"),
            _ => None,
        }
    }
}

impl Class {
    /// May overtake normal messages (DLV-048).
    pub const CALL: Self = Self(1);
}

impl ReceiptStatus {
    /// The device acknowledged the messages.
    pub const DELIVERED: Self = Self(0);
    /// Retention or the sender's expiry passed.
    pub const EXPIRED: Self = Self(1);
    /// The device sent a terminal NACK.
    pub const REJECTED: Self = Self(2);
    /// The redelivery budget was used up.
    pub const UNDELIVERABLE: Self = Self(3);
    /// The device was removed.
    pub const DEVICE_GONE: Self = Self(4);
    /// The mailbox filled between acceptance and filing.
    pub const MAILBOX_FULL: Self = Self(5);

    /// The name in `spec/data/frames.toml`, or `None` for an unknown one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self.0 {
            0 => Some("delivered"),
            1 => Some("expired"),
            2 => Some("rejected"),
            3 => Some("undeliverable"),
            4 => Some("device_gone"),
            5 => Some("mailbox_full"),
            _ => None,
        }
    }
}

impl GapReason {
    /// Retention or the sender's expiry passed.
    pub const EXPIRED: Self = Self(0);
    /// An earlier terminal NACK of this device.
    pub const REJECTED: Self = Self(1);
    /// The redelivery budget was used up.
    pub const UNDELIVERABLE: Self = Self(2);
    /// Purged to hold a quota.
    pub const QUOTA: Self = Self(3);
    /// Removed by the operator.
    pub const PURGED: Self = Self(4);
    /// Acknowledged out of order before.
    pub const ACKNOWLEDGED: Self = Self(5);
}

impl NackReason {
    /// Terminal: the payload cannot be opened.
    pub const UNDECRYPTABLE: Self = Self(1);
    /// Terminal: the payload makes no sense.
    pub const MALFORMED: Self = Self(2);
    /// Terminal: the payload is of a kind that this client does not know.
    pub const UNSUPPORTED: Self = Self(3);
    /// Not terminal: offer it again in the next session.
    pub const LATER: Self = Self(64);

    /// Whether the item is done for good (DLV-035, EXT-004).
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        self.0 < Self::LATER.0
    }
}

impl GoawayReason {
    /// This server will stop.
    pub const RESTART: Self = Self(1);
    /// This session belongs elsewhere.
    pub const REBALANCE: Self = Self(2);
    /// This session used up its nonces or its time.
    pub const EXHAUSTED: Self = Self(3);
}

impl Method {
    /// Another device of the account approves.
    pub const EXISTING_DEVICE: Self = Self(1);
    /// A push message carries the code.
    pub const PUSH: Self = Self(2);
    /// A short message carries the code.
    pub const SMS: Self = Self(3);
    /// A call speaks the code.
    pub const VOICE: Self = Self(4);
}
