//! STAGE.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::limits::STAGE_LEN;
use crate::number::{ClientSeq, FrameType, StageOffset};
use crate::parse::{Bad, bytes, choice, number};
use crate::registry::StagePart;
use crate::sink::Sink;

/// Brings a piece of a commit or a Welcome that is too long for one COMMIT. Spec: STAGE.
///
/// ```text
/// STAGE Body { Client Seq (i), Part (8), Offset (i), Data Length (i), Data (8..491520) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Stage<'a> {
    /// The number of the COMMIT that it belongs to.
    pub client_seq: ClientSeq,
    /// What the piece is of.
    pub part: StagePart,
    /// Where the piece begins.
    pub offset: StageOffset,
    /// The piece, 1 to 61,440 octets.
    pub data: &'a [u8],
}

impl<'a> Stage<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::STAGE;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (client_seq, part, offset, data)) =
            (number("client_seq"), choice("part", StagePart::from_wire), number("offset"), |rest| {
                bytes(rest, "data", (1, STAGE_LEN))
            })
                .parse(body)?;
        none_known(rest)?;
        Ok(Self { client_seq, part, offset, data })
    }
}

impl Body for Stage<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.client_seq);
        sink.put_array([self.part.value()]);
        sink.number(self.offset);
        sink.bytes("data", (1, STAGE_LEN), self.data);
    }
}
