//! The preface: the clear octets at the front of a client's first record.

use nom::Offset as _;
use nom::number::complete::be_u8;

use crate::VERSION;
use crate::error::{DecodeErrorKind, EncodeError};
use crate::limits::ROUTE_TOKEN_LEN;
use crate::parse::{self, Fault, Parsed};
use crate::registry::RejectReason;
use crate::sink::{self, Sink};

/// The algorithms of the secure channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[repr(u8)]
pub enum Suite {
    /// X25519, ChaCha20-Poly1305, BLAKE2s: mandatory.
    X25519ChaChaPolyBlake2s = 1,
}

impl Suite {
    /// The suite of this octet, or `None` when it is not spoken here (CHN-003).
    #[must_use]
    pub const fn from_wire(value: u8) -> Option<Self> {
        match value {
            1 => Some(Self::X25519ChaChaPolyBlake2s),
            _ => None,
        }
    }

    /// The octet on the wire.
    #[must_use]
    pub const fn value(self) -> u8 {
        self as u8
    }
}

/// The Noise pattern of the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[repr(u8)]
pub enum Pattern {
    /// First contact.
    Xx = 1,
    /// The client knows the edge.
    Ik = 2,
}

impl Pattern {
    /// The pattern of this octet, or `None` when it is not spoken here (CHN-004).
    #[must_use]
    pub const fn from_wire(value: u8) -> Option<Self> {
        match value {
            1 => Some(Self::Xx),
            2 => Some(Self::Ik),
            _ => None,
        }
    }

    /// The octet on the wire.
    #[must_use]
    pub const fn value(self) -> u8 {
        self as u8
    }
}

/// What a client wants to speak. The first Noise message follows it in the same record.
///
/// ```text
/// Preface { "PNCE" (32), Version (8), Suite (8), Pattern (8), Token Length (8), Route Token (0..512) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Preface<'a> {
    /// The algorithms.
    pub suite: Suite,
    /// The handshake.
    pub pattern: Pattern,
    /// What an earlier WELCOME gave, 0 to 64 octets; a server takes any (CHN-016).
    pub route_token: &'a [u8],
}

/// Why a first record holds no preface that is spoken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrefaceErrorKind {
    /// The record ends within the preface (CHN-001).
    Truncated,
    /// The first octets are not `PNCE` (INV-001).
    BadMagic,
    /// The version is not spoken here (CHN-002).
    UnsupportedVersion,
    /// The suite is not spoken here (CHN-003).
    UnsupportedSuite,
    /// The pattern is not spoken here (CHN-004).
    UnsupportedPattern,
    /// The route token is longer than 64 octets (CHN-001).
    OverLimit,
}

impl PrefaceErrorKind {
    /// The name in `spec/vectors`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::BadMagic => "bad_magic",
            Self::UnsupportedVersion => "unsupported_version",
            Self::UnsupportedSuite => "unsupported_suite",
            Self::UnsupportedPattern => "unsupported_pattern",
            Self::OverLimit => "over_limit",
        }
    }

    /// The reason with which REJECT answers.
    #[must_use]
    pub const fn reason(self) -> RejectReason {
        match self {
            Self::Truncated | Self::BadMagic | Self::OverLimit => RejectReason::BAD_PREFACE,
            Self::UnsupportedVersion => RejectReason::UNSUPPORTED_VERSION,
            Self::UnsupportedSuite => RejectReason::UNSUPPORTED_SUITE,
            Self::UnsupportedPattern => RejectReason::UNSUPPORTED_PATTERN,
        }
    }
}

/// The first thing that is wrong with a preface, in reading order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PrefaceError {
    /// What is wrong.
    pub kind: PrefaceErrorKind,
    /// Where, in octets from the start of the record.
    pub offset: usize,
}

impl core::fmt::Display for PrefaceError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} in the preface at octet {}", self.kind.name(), self.offset)
    }
}

impl core::error::Error for PrefaceError {}

impl<'a> Preface<'a> {
    /// The first four octets of every first record, in every version (INV-001).
    pub const MAGIC: [u8; 4] = *b"PNCE";

    /// The preface of a first record, and the Noise message after it.
    ///
    /// # Errors
    /// The first thing that is wrong; [`PrefaceErrorKind::reason`] is what REJECT says.
    pub fn decode(record: &'a [u8]) -> Result<(Self, &'a [u8]), PrefaceError> {
        use PrefaceErrorKind::{UnsupportedPattern, UnsupportedSuite, UnsupportedVersion};
        let wrong = |at: &[u8], kind| PrefaceError { kind, offset: record.offset(at) };
        let version_at = magic(record)?;
        let choose = |at, kind| match be_u8::<&'a [u8], Fault<'a>>(at) {
            Ok((rest, value)) => Ok((rest, value, wrong(at, kind))),
            Err(error) => Err(wrong(parse::fault(error, at).at, PrefaceErrorKind::Truncated)),
        };
        let (suite_at, version, bad_version) = choose(version_at, UnsupportedVersion)?;
        if version != VERSION {
            return Err(bad_version);
        }
        let (pattern_at, suite, bad_suite) = choose(suite_at, UnsupportedSuite)?;
        let suite = Suite::from_wire(suite).ok_or(bad_suite)?;
        let (token_at, pattern, bad_pattern) = choose(pattern_at, UnsupportedPattern)?;
        let pattern = Pattern::from_wire(pattern).ok_or(bad_pattern)?;
        match token(token_at) {
            Ok((noise, route_token)) => Ok((Self { suite, pattern, route_token }, noise)),
            Err(error) => {
                let fault = parse::fault(error, token_at);
                let is_cut = fault.kind == DecodeErrorKind::Truncated;
                let kind = if is_cut { PrefaceErrorKind::Truncated } else { PrefaceErrorKind::OverLimit };
                Err(wrong(fault.at, kind))
            }
        }
    }

    /// The length of the encoding in octets.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        sink::measure(|meter| self.emit(meter))
    }

    /// Writes the preface into the front of `out` and tells its length.
    ///
    /// # Errors
    /// `Invalid` when the route token is longer than 64 octets; `BufferTooSmall`.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        sink::encode(out, |meter| self.emit(meter), |writer| self.emit(writer))
    }

    fn emit(&self, sink: &mut impl Sink) {
        sink.put_array(Self::MAGIC);
        sink.put_array([VERSION, self.suite.value(), self.pattern.value()]);
        let len = u8::try_from(self.route_token.len()).unwrap_or(u8::MAX);
        sink.limit("route_token", (0, ROUTE_TOKEN_LEN), self.route_token.len());
        sink.put_array([len]);
        sink.put(self.route_token);
    }
}

/// What follows the magic. A prefix of it is cut, anything else is bad at its first octet that differs.
fn magic(record: &[u8]) -> Result<&[u8], PrefaceError> {
    let same = record.iter().zip(Preface::MAGIC).take_while(|(found, wanted)| *found == wanted).count();
    match record.split_at_checked(Preface::MAGIC.len()) {
        Some((_, rest)) if same == Preface::MAGIC.len() => Ok(rest),
        None if same == record.len() => Err(PrefaceError { kind: PrefaceErrorKind::Truncated, offset: same }),
        Some(_) | None => Err(PrefaceError { kind: PrefaceErrorKind::BadMagic, offset: same }),
    }
}

fn token(input: &[u8]) -> Parsed<'_, &[u8]> {
    let (rest, len) = be_u8(input)?;
    if usize::from(len) > ROUTE_TOKEN_LEN {
        return Err(parse::bad(input, DecodeErrorKind::OverLimit, "route_token"));
    }
    parse::octets(rest, "route_token", usize::from(len))
}
