//! ACK.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::list::{Codec, List, list};
use crate::number::{Count, FrameType, MailboxMark};
use crate::parse::{Bad, Parsed, number};
use crate::sink::Sink;

/// Says which mailbox items are durable at the device: the server may delete them. Spec: ACK.
///
/// ```text
/// ACK Body { Cursor (i), Ranges Count (i), Ranges [Skip (i), Count (i)] }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Ack<'a> {
    /// Every item up to here is durable.
    pub cursor: MailboxMark,
    /// Items above the cursor that are durable too, at most 32 ranges.
    pub ranges: List<'a, AckRange>,
}

impl<'a> Ack<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::ACK;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (cursor, ranges)) = (number("cursor"), list("ranges", 0, 32)).parse(body)?;
        none_known(rest)?;
        Ok(Self { cursor, ranges })
    }
}

impl Body for Ack<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.cursor);
        sink.list("ranges", (0, 32), self.ranges);
    }
}

/// A run of items above what went before: `skip` that are not durable, then `count` that are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct AckRange {
    /// How many items are left out.
    pub skip: Count,
    /// How many items are durable.
    pub count: Count,
}

impl<'a> Codec<'a> for AckRange {
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, (skip, count)) = (number("skip"), number("count")).parse(input)?;
        Ok((rest, Self { skip, count }))
    }

    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.skip);
        sink.number(self.count);
    }
}
