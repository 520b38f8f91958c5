//! What a client session starts from.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use pinnace_wire::{Activity, ClientMark, HelloCounter, MailboxMark, limits};

use crate::acked::Acked;
use crate::certificate::Trust;
use crate::channel::KeyLog;
use crate::grease::Grease;
use crate::message::Message;
use crate::noise::{PublicKey, StaticSecret};

/// What a client session starts from.
#[derive(Debug)]
pub struct ClientConfig {
    /// By whom edges are judged.
    pub trust: Trust,
    /// The device's static key.
    pub device: StaticSecret,
    /// The edge that was met before. Its key is used while its certificate is valid (CHN-012).
    pub edge: Option<KnownEdge>,
    /// What an earlier WELCOME gave, 0 to 64 octets.
    pub route_token: Vec<u8>,
    /// Name and version of the program, 1 to 64 octets; empty to tell nothing.
    pub agent: String,
    /// The time, in seconds since 1970, by which certificates are judged.
    pub unix_s: u64,
    /// The limits that hold here.
    pub limits: ClientLimits,
    /// Whether GREASE is sent.
    pub grease: Grease,
    /// Whether keys are told for debugging.
    pub key_log: KeyLog,
}

/// The limits of a client, by their names in `spec/data/limits.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "names, units, ranges and reasons stand in spec/data/limits.toml")]
pub struct ClientLimits {
    pub ping_ms: u64,
    pub handshake_ms: u64,
    pub alias_max: u64,
    pub credit_count_initial: u64,
    pub credit_bytes_initial: u64,
    pub transport_records_max: u64,
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self {
            ping_ms: limits::PING_MS.default,
            handshake_ms: limits::HANDSHAKE_MS.default,
            alias_max: limits::ALIAS_MAX.default,
            credit_count_initial: limits::CREDIT_COUNT_INITIAL.default,
            credit_bytes_initial: limits::CREDIT_BYTES_INITIAL.default,
            transport_records_max: limits::TRANSPORT_RECORDS_MAX.default,
        }
    }
}

/// An edge whose certificate held, to be stored for the next session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownEdge {
    /// Its static key.
    pub key: PublicKey,
    /// First second of its certificate.
    pub not_before_s: u64,
    /// Last second of its certificate.
    pub not_after_s: u64,
}

impl KnownEdge {
    /// The length of the stored form, in octets.
    pub const LEN: usize = 48;

    /// The form to store: key, first second, last second, the latter big-endian.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut out = [0; Self::LEN];
        let parts = self
            .key
            .0
            .into_iter()
            .chain(self.not_before_s.to_be_bytes())
            .chain(self.not_after_s.to_be_bytes());
        for (place, octet) in out.iter_mut().zip(parts) {
            *place = octet;
        }
        out
    }

    /// The edge that was stored so, or `None`.
    #[must_use]
    pub fn from_bytes(stored: &[u8]) -> Option<Self> {
        let (key, rest) = stored.split_first_chunk::<32>()?;
        let (not_before, rest) = rest.split_first_chunk::<8>()?;
        let not_after: [u8; 8] = rest.try_into().ok()?;
        Some(Self {
            key: PublicKey(*key),
            not_before_s: u64::from_be_bytes(*not_before),
            not_after_s: u64::from_be_bytes(not_after),
        })
    }

    pub(crate) const fn is_valid_at(&self, unix_s: u64) -> bool {
        self.not_before_s <= unix_s && unix_s <= self.not_after_s
    }
}

/// What a client says before it has heard anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstFlight {
    /// Above every earlier one. It and the next one are the session's, and durable before they are given to it: after
    /// RETRY a further HELLO takes the next one (SES-043).
    pub hello_counter: HelloCounter,
    /// Up to here all outcomes are known.
    pub settled: ClientMark,
    /// Up to here all items are durable at the device.
    pub cursor: MailboxMark,
    /// Whether a person is looking.
    pub activity: Activity,
    /// Items that are durable above the cursor.
    pub acked: Option<Acked>,
    /// Messages that need not wait for WELCOME; at most 16.
    pub sends: Vec<Message>,
}

/// Why a session did not start: our caller's doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstFlightError {
    /// More messages than early_send_max.
    TooManySends {
        /// How many.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// It does not fit one handshake message.
    TooLong {
        /// Its length in octets.
        len: usize,
        /// How long it may be.
        max: usize,
    },
    /// A text or a payload is longer than its bound.
    Invalid {
        /// The field's name in `spec/data/frames.toml`.
        field: &'static str,
    },
    /// The device key or the edge key is no key, or the engine refused it.
    Handshake,
}

impl fmt::Display for FirstFlightError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManySends { count, max } => {
                write!(f, "{count} messages in a first flight, at most {max}")
            }
            Self::TooLong { len, max } => write!(f, "first flight of {len} octets, at most {max}"),
            Self::Invalid { field } => write!(f, "{field} of the first flight is out of its range"),
            Self::Handshake => f.write_str("handshake cannot start with these keys"),
        }
    }
}

impl core::error::Error for FirstFlightError {}
