//! What is known of a frame by its type alone.

use crate::number::FrameType;
use crate::registry::Role;

/// The first type of the profile `conversations`.
const CONVERSATIONS_FIRST: u64 = 64;
/// The first type of the profile `devices`.
const DEVICES_FIRST: u64 = 128;
/// The known types of the core as a set of bits; they lie below 64.
const CORE: u64 = known_from(0);
/// Those of the profile `conversations`, counted from the first.
const CONVERSATIONS: u64 = known_from(CONVERSATIONS_FIRST);
/// Those of the profile `devices`, counted from the first.
const DEVICES: u64 = known_from(DEVICES_FIRST);

/// The known types among the 64 from `first` on, as a set of bits.
const fn known_from(first: u64) -> u64 {
    let (mut set, mut rest): (u64, &[FrameType]) = (0, &FrameType::ALL);
    while let [next, after @ ..] = rest {
        if let Some(bit) = next.value().checked_sub(first)
            && bit < 64
        {
            set |= 1 << bit;
        }
        rest = after;
    }
    set
}

impl FrameType {
    /// Carries a payload that is never stored, never acknowledged and dropped first.
    pub const EPHEMERAL: Self = Self::known(1);
    /// Opens a session: what the client has, what it can take, what it speaks.
    pub const HELLO: Self = Self::known(2);
    /// Answers HELLO: who the device is to this server, what was handled, what the server can take.
    pub const WELCOME: Self = Self::known(4);
    /// Proves, inside handshake message 2 of XX, that the realm certified this edge's static key.
    pub const CERTIFICATE: Self = Self::known(6);
    /// Raises how much the peer may send: totals since the session began.
    pub const CREDIT: Self = Self::known(8);
    /// Asks for a PONG: proves that the peer lives.
    pub const PING: Self = Self::known(10);
    /// Answers a PING with its token.
    pub const PONG: Self = Self::known(12);
    /// Announces that this session will end: finish, then go elsewhere.
    pub const GOAWAY: Self = Self::known(14);
    /// Ends the session; nothing follows it.
    pub const CLOSE: Self = Self::known(16);
    /// Says that one frame was not done, and why; the session goes on.
    pub const ERROR: Self = Self::known(18);
    /// Hands one message to the server for one device.
    pub const SEND: Self = Self::known(20);
    /// Settles a client_seq without a message.
    pub const VOID: Self = Self::known(22);
    /// The outcome of a SEND: the message is durable at the server.
    pub const ACCEPTED: Self = Self::known(24);
    /// The outcome of a SEND: the message will never be delivered; its number is used.
    pub const REFUSED: Self = Self::known(26);
    /// The outcome of a VOID: the number is used and carries no message.
    pub const VOIDED: Self = Self::known(28);
    /// Gives a device a short alias for the rest of this session, in the sender's direction.
    pub const BIND: Self = Self::known(30);
    /// Brings one message of the mailbox.
    pub const DELIVER: Self = Self::known(32);
    /// A mailbox item that tells a sender what became of its messages to one device.
    pub const RECEIPT: Self = Self::known(34);
    /// Says that a run of mailbox numbers carries nothing any more, and why.
    pub const GAP: Self = Self::known(36);
    /// Says which mailbox items are durable at the device: the server may delete them.
    pub const ACK: Self = Self::known(38);
    /// Says that the device will not or cannot take one mailbox item.
    pub const NACK: Self = Self::known(40);
    /// Says that a frame was not processed because its sender is over a rate: try the same again later.
    pub const RATE: Self = Self::known(42);
    /// Starts the registration of this device under a telephone number.
    pub const REGISTER: Self = Self::known(46);
    /// Asks that a code be sent by one of the offered methods.
    pub const REGISTER_METHOD: Self = Self::known(48);
    /// Presents the code that the person received.
    pub const REGISTER_CODE: Self = Self::known(50);
    /// Presents the certificate of this device, after the number was verified.
    pub const REGISTER_DEVICE: Self = Self::known(52);
    /// The state of the registration: what may be asked for, and when.
    pub const REGISTRATION: Self = Self::known(54);
    /// The device is registered: durable at the server.
    pub const REGISTERED: Self = Self::known(56);
    /// Asks for the devices of the own account.
    pub const DEVICES_QUERY: Self = Self::known(58);
    /// The devices of the own account.
    pub const DEVICES: Self = Self::known(60);
    /// Gives a conversation a short alias for the rest of this session, in the sender's direction.
    pub const BIND_CONVERSATION: Self = Self::known(64);
    /// Carries a payload to the devices of a conversation that are there; never stored, never acknowledged and dropped
    /// first.
    pub const WHISPER: Self = Self::known(65);
    /// Hands one message to the server for all devices of a conversation.
    pub const POST: Self = Self::known(66);
    /// Asks that a commit be the one that ends the current epoch of a conversation; of epoch 0 with its origin, that
    /// the conversation begin.
    pub const COMMIT: Self = Self::known(68);
    /// Brings one entry of a conversation, or a part of it, as an item of the mailbox.
    pub const ENTRY: Self = Self::known(70);
    /// Brings a piece of a commit or a Welcome that is too long for one COMMIT.
    pub const STAGE: Self = Self::known(72);
    /// Files KeyPackages of this device with the server; empty, it asks for the stock.
    pub const KEYS_PUBLISH: Self = Self::known(128);
    /// The KeyPackages that the server has of this device.
    pub const KEYS: Self = Self::known(130);
    /// A mailbox item that tells a device that few of its one-time KeyPackages of a suite are left.
    pub const KEYS_LOW: Self = Self::known(132);
    /// Asks for the device list of an account and one KeyPackage of each of its devices.
    pub const CLAIM: Self = Self::known(134);
    /// The KeyPackage of one device of a claimed account.
    pub const CLAIMED: Self = Self::known(136);
    /// The device list of an account, as its identity key signed it.
    pub const DEVICE_LIST: Self = Self::known(138);
    /// Puts the next device list of the own account into force.
    pub const DEVICE_LIST_PUBLISH: Self = Self::known(140);
    /// Asks for the device list of an account.
    pub const DEVICE_LIST_QUERY: Self = Self::known(142);
    /// Says that this new device may be linked to an account.
    pub const LINK_OPEN: Self = Self::known(144);
    /// Says how long the new device may be linked.
    pub const LINK_OFFER: Self = Self::known(146);
    /// Takes a device that asked for it into the own account: its certificate, and the device list that names it.
    pub const LINK_APPROVE: Self = Self::known(148);

    /// All known types, rising.
    pub const ALL: [Self; 47] = [
        Self::EPHEMERAL,
        Self::HELLO,
        Self::WELCOME,
        Self::CERTIFICATE,
        Self::CREDIT,
        Self::PING,
        Self::PONG,
        Self::GOAWAY,
        Self::CLOSE,
        Self::ERROR,
        Self::SEND,
        Self::VOID,
        Self::ACCEPTED,
        Self::REFUSED,
        Self::VOIDED,
        Self::BIND,
        Self::DELIVER,
        Self::RECEIPT,
        Self::GAP,
        Self::ACK,
        Self::NACK,
        Self::RATE,
        Self::REGISTER,
        Self::REGISTER_METHOD,
        Self::REGISTER_CODE,
        Self::REGISTER_DEVICE,
        Self::REGISTRATION,
        Self::REGISTERED,
        Self::DEVICES_QUERY,
        Self::DEVICES,
        Self::BIND_CONVERSATION,
        Self::WHISPER,
        Self::POST,
        Self::COMMIT,
        Self::ENTRY,
        Self::STAGE,
        Self::KEYS_PUBLISH,
        Self::KEYS,
        Self::KEYS_LOW,
        Self::CLAIM,
        Self::CLAIMED,
        Self::DEVICE_LIST,
        Self::DEVICE_LIST_PUBLISH,
        Self::DEVICE_LIST_QUERY,
        Self::LINK_OPEN,
        Self::LINK_OFFER,
        Self::LINK_APPROVE,
    ];

    /// The name in `spec/data/frames.toml`, or `None` for an unknown type.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::EPHEMERAL => "EPHEMERAL",
            Self::HELLO => "HELLO",
            Self::WELCOME => "WELCOME",
            Self::CERTIFICATE => "CERTIFICATE",
            Self::CREDIT => "CREDIT",
            Self::PING => "PING",
            Self::PONG => "PONG",
            Self::GOAWAY => "GOAWAY",
            Self::CLOSE => "CLOSE",
            Self::ERROR => "ERROR",
            Self::SEND => "SEND",
            Self::VOID => "VOID",
            Self::ACCEPTED => "ACCEPTED",
            Self::REFUSED => "REFUSED",
            Self::VOIDED => "VOIDED",
            Self::BIND => "BIND",
            Self::DELIVER => "DELIVER",
            Self::RECEIPT => "RECEIPT",
            Self::GAP => "GAP",
            Self::ACK => "ACK",
            Self::NACK => "NACK",
            Self::RATE => "RATE",
            Self::REGISTER => "REGISTER",
            Self::REGISTER_METHOD => "REGISTER_METHOD",
            Self::REGISTER_CODE => "REGISTER_CODE",
            Self::REGISTER_DEVICE => "REGISTER_DEVICE",
            Self::REGISTRATION => "REGISTRATION",
            Self::REGISTERED => "REGISTERED",
            Self::DEVICES_QUERY => "DEVICES_QUERY",
            Self::DEVICES => "DEVICES",
            Self::BIND_CONVERSATION => "BIND_CONVERSATION",
            Self::WHISPER => "WHISPER",
            Self::POST => "POST",
            Self::COMMIT => "COMMIT",
            Self::ENTRY => "ENTRY",
            Self::STAGE => "STAGE",
            Self::KEYS_PUBLISH => "KEYS_PUBLISH",
            Self::KEYS => "KEYS",
            Self::KEYS_LOW => "KEYS_LOW",
            Self::CLAIM => "CLAIM",
            Self::CLAIMED => "CLAIMED",
            Self::DEVICE_LIST => "DEVICE_LIST",
            Self::DEVICE_LIST_PUBLISH => "DEVICE_LIST_PUBLISH",
            Self::DEVICE_LIST_QUERY => "DEVICE_LIST_QUERY",
            Self::LINK_OPEN => "LINK_OPEN",
            Self::LINK_OFFER => "LINK_OFFER",
            Self::LINK_APPROVE => "LINK_APPROVE",
            _ => return None,
        })
    }

    /// Whether the type is in the table of frames.
    #[must_use]
    #[inline]
    pub const fn is_known(self) -> bool {
        match self.value() {
            value @ 0..64 => CORE >> value & 1 == 1,
            value @ CONVERSATIONS_FIRST..128 => CONVERSATIONS >> (value - CONVERSATIONS_FIRST) & 1 == 1,
            value @ DEVICES_FIRST..192 => DEVICES >> (value - DEVICES_FIRST) & 1 == 1,
            _ => false,
        }
    }

    /// Whether a decoder refuses the type: unknown and even (FRM-007).
    #[must_use]
    #[inline]
    pub const fn is_refused(self) -> bool {
        self.value().is_multiple_of(2) && !self.is_known()
    }

    /// Whether a role sends frames of this type (SES-025). Unknown odd ones both do.
    #[must_use]
    pub const fn is_sent_by(self, role: Role) -> bool {
        match self {
            Self::HELLO
            | Self::SEND
            | Self::VOID
            | Self::ACK
            | Self::NACK
            | Self::REGISTER
            | Self::REGISTER_METHOD
            | Self::REGISTER_CODE
            | Self::REGISTER_DEVICE
            | Self::DEVICES_QUERY
            | Self::POST
            | Self::COMMIT
            | Self::STAGE
            | Self::KEYS_PUBLISH
            | Self::CLAIM
            | Self::DEVICE_LIST_PUBLISH
            | Self::DEVICE_LIST_QUERY
            | Self::LINK_OPEN
            | Self::LINK_APPROVE => matches!(role, Role::Client),
            Self::WELCOME
            | Self::CERTIFICATE
            | Self::GOAWAY
            | Self::ERROR
            | Self::ACCEPTED
            | Self::REFUSED
            | Self::VOIDED
            | Self::DELIVER
            | Self::RECEIPT
            | Self::GAP
            | Self::RATE
            | Self::REGISTRATION
            | Self::REGISTERED
            | Self::DEVICES
            | Self::ENTRY
            | Self::KEYS
            | Self::KEYS_LOW
            | Self::CLAIMED
            | Self::DEVICE_LIST
            | Self::LINK_OFFER => matches!(role, Role::Server),
            _ => true,
        }
    }

    /// Whether a frame of this type costs credit.
    #[must_use]
    pub const fn is_credited(self) -> bool {
        matches!(
            self,
            Self::SEND
                | Self::VOID
                | Self::DELIVER
                | Self::RECEIPT
                | Self::GAP
                | Self::POST
                | Self::COMMIT
                | Self::ENTRY
                | Self::STAGE
                | Self::KEYS_LOW
        )
    }

    /// Whether a frame of this type may follow HELLO in the first flight (SES-004).
    #[must_use]
    pub const fn is_early(self) -> bool {
        matches!(self, Self::SEND | Self::BIND | Self::ACK | Self::BIND_CONVERSATION | Self::POST)
    }
}
