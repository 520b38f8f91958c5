//! DELIVER.

use nom::Parser as _;

use crate::extension::Extensions;
use crate::frame::Body;
use crate::limits::PAYLOAD_LEN;
use crate::number::{Alias, Class, FrameType, MailboxSeq};
use crate::parse::{Bad, bytes, number};
use crate::sink::Sink;

/// Brings one message of the mailbox. Spec: DELIVER.
///
/// ```text
/// DELIVER Body { Mailbox Seq (i), Alias (i), Payload Length (i), Payload (8..491520), Extensions (..) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Deliver<'a> {
    /// The item's number (DLV-021).
    pub mailbox_seq: MailboxSeq,
    /// The other device, by its alias in the direction of this frame (SES-031).
    pub alias: Alias,
    /// What is carried, 1 to 61,440 octets.
    pub payload: &'a [u8],
    /// How urgent it is; absent is normal.
    pub class: Option<Class>,
}

impl<'a> Deliver<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::DELIVER;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (mailbox_seq, alias, payload)) =
            (number("mailbox_seq"), number("alias"), |rest| bytes(rest, "payload", (1, PAYLOAD_LEN)))
                .parse(body)?;
        let mut frame = Self { mailbox_seq, alias, payload, class: None };
        let mut extensions = Extensions::new(rest);
        while let Some(extension) = extensions.next_type()? {
            match extension {
                2 => frame.class = Some(extensions.number("class")?),
                _ => extensions.unknown()?,
            }
        }
        Ok(frame)
    }
}

impl Body for Deliver<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.mailbox_seq);
        sink.number(self.alias);
        sink.bytes("payload", (1, PAYLOAD_LEN), self.payload);
        sink.number_extension(2, self.class);
    }
}
