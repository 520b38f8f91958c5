//! VOIDED.

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{ClientSeq, FrameType};
use crate::parse::{Bad, number};
use crate::sink::Sink;

/// The outcome of a VOID: the number is used and carries no message. Spec: VOIDED.
///
/// ```text
/// VOIDED Body { Client Seq (i) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Voided {
    /// The number that has this outcome.
    pub client_seq: ClientSeq,
}

impl Voided {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::VOIDED;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, client_seq) = number("client_seq")(body)?;
        none_known(rest)?;
        Ok(Self { client_seq })
    }
}

impl Body for Voided {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.client_seq);
    }
}
