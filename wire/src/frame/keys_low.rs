//! KEYS_LOW.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{FrameType, MailboxSeq, MlsSuite, OneTimeCount};
use crate::parse::{Bad, number};
use crate::sink::Sink;

/// A mailbox item that tells a device that few of its one-time KeyPackages of a suite are left. Spec: KEYS_LOW.
///
/// ```text
/// KEYS_LOW Body { Mailbox Seq (i), Suite (i), One Time Count (i) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct KeysLow {
    /// The item's number (DLV-021).
    pub mailbox_seq: MailboxSeq,
    /// The suite.
    pub suite: MlsSuite,
    /// How many were left when the item was filed.
    pub one_time_count: OneTimeCount,
}

impl KeysLow {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::KEYS_LOW;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, (mailbox_seq, suite, one_time_count)) =
            (number("mailbox_seq"), number("suite"), number("one_time_count")).parse(body)?;
        none_known(rest)?;
        Ok(Self { mailbox_seq, suite, one_time_count })
    }
}

impl Body for KeysLow {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.mailbox_seq);
        sink.number(self.suite);
        sink.number(self.one_time_count);
    }
}
