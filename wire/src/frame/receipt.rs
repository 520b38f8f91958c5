//! RECEIPT.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::list::{Codec, List, list};
use crate::number::{Alias, ClientSeq, Count, FrameType, MailboxSeq, ReceiptStatus};
use crate::parse::{Bad, Parsed, number};
use crate::sink::Sink;

/// A mailbox item that tells a sender what became of its messages to one device. Spec: RECEIPT.
///
/// ```text
/// RECEIPT Body { Mailbox Seq (i), Alias (i), Status (i),
///     Ranges Count (i), Ranges [First (i), Count (i)] }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Receipt<'a> {
    /// The item's number (DLV-021).
    pub mailbox_seq: MailboxSeq,
    /// The other device, by its alias in the direction of this frame (SES-031).
    pub alias: Alias,
    /// What became of the messages.
    pub status: ReceiptStatus,
    /// The messages, by client_seq of the reader, 1 to 32 ranges.
    pub ranges: List<'a, SeqRange>,
}

impl<'a> Receipt<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::RECEIPT;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (mailbox_seq, alias, status, ranges)) =
            (number("mailbox_seq"), number("alias"), number("status"), list("ranges", 1, 32)).parse(body)?;
        none_known(rest)?;
        Ok(Self { mailbox_seq, alias, status, ranges })
    }
}

impl Body for Receipt<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.mailbox_seq);
        sink.number(self.alias);
        sink.number(self.status);
        sink.list("ranges", (1, 32), self.ranges);
    }
}

/// A run of messages: `count` of them from `first` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct SeqRange {
    /// The first number.
    pub first: ClientSeq,
    /// How many numbers.
    pub count: Count,
}

impl<'a> Codec<'a> for SeqRange {
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, (first, count)) = (number("first"), number("count")).parse(input)?;
        Ok((rest, Self { first, count }))
    }

    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.first);
        sink.number(self.count);
    }
}
