//! NACK.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{FrameType, MailboxSeq, NackReason};
use crate::parse::{Bad, number};
use crate::sink::Sink;

/// Says that the device will not or cannot take one mailbox item. Spec: NACK.
///
/// ```text
/// NACK Body { Mailbox Seq (i), Reason (i) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Nack {
    /// The item.
    pub mailbox_seq: MailboxSeq,
    /// Why.
    pub reason: NackReason,
}

impl Nack {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::NACK;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, (mailbox_seq, reason)) = (number("mailbox_seq"), number("reason")).parse(body)?;
        none_known(rest)?;
        Ok(Self { mailbox_seq, reason })
    }
}

impl Body for Nack {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.mailbox_seq);
        sink.number(self.reason);
    }
}
