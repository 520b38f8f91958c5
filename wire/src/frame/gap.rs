//! GAP.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{Count, FrameType, GapReason, MailboxSeq};
use crate::parse::{Bad, number};
use crate::sink::Sink;

/// Says that a run of mailbox numbers carries nothing any more, and why. Spec: GAP.
///
/// ```text
/// GAP Body { Mailbox Seq (i), Count (i), Reason (i) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Gap {
    /// The first number of the run.
    pub mailbox_seq: MailboxSeq,
    /// How many numbers the run has.
    pub count: Count,
    /// Why they are empty.
    pub reason: GapReason,
}

impl Gap {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::GAP;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, (mailbox_seq, count, reason)) =
            (number("mailbox_seq"), number("count"), number("reason")).parse(body)?;
        none_known(rest)?;
        Ok(Self { mailbox_seq, count, reason })
    }
}

impl Body for Gap {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.mailbox_seq);
        sink.number(self.count);
        sink.number(self.reason);
    }
}
