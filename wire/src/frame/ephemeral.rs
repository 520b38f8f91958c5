//! EPHEMERAL.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::limits::EPHEMERAL_LEN;
use crate::number::{Alias, FrameType};
use crate::parse::{Bad, bytes, number};
use crate::sink::Sink;

/// Carries a payload that is never stored, never acknowledged and dropped first. Spec: EPHEMERAL.
///
/// ```text
/// EPHEMERAL Body { Alias (i), Payload Length (i), Payload (8..32768) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Ephemeral<'a> {
    /// The other device, by its alias in the direction of this frame (SES-031).
    pub alias: Alias,
    /// What is carried, 1 to 4,096 octets.
    pub payload: &'a [u8],
}

impl<'a> Ephemeral<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::EPHEMERAL;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (alias, payload)) =
            (number("alias"), |rest| bytes(rest, "payload", (1, EPHEMERAL_LEN))).parse(body)?;
        none_known(rest)?;
        Ok(Self { alias, payload })
    }
}

impl Body for Ephemeral<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.alias);
        sink.bytes("payload", (1, EPHEMERAL_LEN), self.payload);
    }
}
