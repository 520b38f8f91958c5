//! GOAWAY.

use nom::Parser as _;

use crate::extension::Extensions;
use crate::frame::Body;
use crate::list::{Codec, List};
use crate::number::{DurationMs, FrameType, GoawayReason};
use crate::parse::{Bad, Parsed, number, text};
use crate::sink::Sink;

/// Announces that this session will end: finish, then go elsewhere. Spec: GOAWAY.
///
/// ```text
/// GOAWAY Body { Reason (i), Drain Ms (i), Window Ms (i), Extensions (..) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Goaway<'a> {
    /// Why.
    pub reason: GoawayReason,
    /// When the server will close, from now.
    pub drain_ms: DurationMs,
    /// The client reconnects at a random time within it.
    pub window_ms: DurationMs,
    /// Where else the client may go, at most 8.
    pub alternates: List<'a, Address<'a>>,
}

impl<'a> Goaway<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::GOAWAY;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (reason, drain_ms, window_ms)) =
            (number("reason"), number("drain_ms"), number("window_ms")).parse(body)?;
        let mut frame = Self { reason, drain_ms, window_ms, alternates: List::EMPTY };
        let mut extensions = Extensions::new(rest);
        while let Some(extension) = extensions.next_type()? {
            match extension {
                3 => frame.alternates = extensions.list("alternates", 1, 8)?,
                _ => extensions.unknown()?,
            }
        }
        Ok(frame)
    }
}

impl Body for Goaway<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.reason);
        sink.number(self.drain_ms);
        sink.number(self.window_ms);
        sink.list_extension("alternates", 3, 8, self.alternates);
    }
}

/// Where a server can be reached, 1 to 255 octets of UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Address<'a> {
    /// The address.
    pub address: &'a str,
}

impl<'a> Codec<'a> for Address<'a> {
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        text("address", 1, 255).map(|address| Self { address }).parse(input)
    }

    fn emit(&self, sink: &mut impl Sink) {
        sink.bytes("address", (1, 255), self.address.as_bytes());
    }
}
