//! POST.

use nom::Parser as _;

use crate::extension::Extensions;
use crate::frame::Body;
use crate::limits::PAYLOAD_LEN;
use crate::number::{Class, ClientSeq, ConversationAlias, DurationS, FrameType};
use crate::parse::{Bad, bytes, number};
use crate::sink::Sink;

/// Hands one message to the server for all devices of a conversation. Spec: POST.
///
/// ```text
/// POST Body { Client Seq (i), Alias (i), Payload Length (i), Payload (8..491520), Extensions (..) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Post<'a> {
    /// The number of this frame among those of the device (DLV-001).
    pub client_seq: ClientSeq,
    /// The conversation, by its alias in the direction of this frame.
    pub alias: ConversationAlias,
    /// An MLSMessage, 1 to 61,440 octets.
    pub payload: &'a [u8],
    /// How urgent it is; absent is normal.
    pub class: Option<Class>,
    /// How long it is worth delivering, when that is shorter than the server's retention.
    pub expires_in_s: Option<DurationS>,
}

impl<'a> Post<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::POST;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (client_seq, alias, payload)) =
            (number("client_seq"), number("alias"), |rest| bytes(rest, "payload", (1, PAYLOAD_LEN)))
                .parse(body)?;
        let mut frame = Self { client_seq, alias, payload, class: None, expires_in_s: None };
        let mut extensions = Extensions::new(rest);
        while let Some(extension) = extensions.next_type()? {
            match extension {
                2 => frame.class = Some(extensions.number("class")?),
                3 => frame.expires_in_s = Some(extensions.number("expires_in_s")?),
                _ => extensions.unknown()?,
            }
        }
        Ok(frame)
    }
}

impl Body for Post<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.client_seq);
        sink.number(self.alias);
        sink.bytes("payload", (1, PAYLOAD_LEN), self.payload);
        sink.number_extension(2, self.class);
        sink.number_extension(3, self.expires_in_s);
    }
}
