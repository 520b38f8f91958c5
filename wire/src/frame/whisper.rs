//! WHISPER.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::limits::EPHEMERAL_LEN;
use crate::number::{ConversationAlias, FrameType};
use crate::parse::{Bad, bytes, number};
use crate::sink::Sink;

/// Carries a payload to the devices of a conversation that are there; never stored, never acknowledged and dropped
/// first. Spec: WHISPER.
///
/// ```text
/// WHISPER Body { Alias (i), Payload Length (i), Payload (8..32768) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Whisper<'a> {
    /// The conversation, by its alias in the direction of this frame.
    pub alias: ConversationAlias,
    /// What is carried, 1 to 4,096 octets.
    pub payload: &'a [u8],
}

impl<'a> Whisper<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::WHISPER;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (alias, payload)) =
            (number("alias"), |rest| bytes(rest, "payload", (1, EPHEMERAL_LEN))).parse(body)?;
        none_known(rest)?;
        Ok(Self { alias, payload })
    }
}

impl Body for Whisper<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.alias);
        sink.bytes("payload", (1, EPHEMERAL_LEN), self.payload);
    }
}
