//! RATE.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{FrameType, Subject, WaitMs};
use crate::parse::{Bad, number};
use crate::sink::Sink;

/// Says that a frame was not processed because its sender is over a rate: try the same again later. Spec: RATE.
///
/// ```text
/// RATE Body { Frame Type (i), Subject (i), Retry After Ms (i) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Rate {
    /// The type of the frame that was not processed.
    pub frame_type: FrameType,
    /// Its client_seq, otherwise 0.
    pub subject: Subject,
    /// When to send it again.
    pub retry_after_ms: WaitMs,
}

impl Rate {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::RATE;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, (frame_type, subject, retry_after_ms)) =
            (number("frame_type"), number("subject"), number("retry_after_ms")).parse(body)?;
        none_known(rest)?;
        Ok(Self { frame_type, subject, retry_after_ms })
    }
}

impl Body for Rate {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.frame_type);
        sink.number(self.subject);
        sink.number(self.retry_after_ms);
    }
}
