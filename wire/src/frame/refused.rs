//! REFUSED.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{ClientSeq, FrameCode, FrameType};
use crate::parse::{Bad, number};
use crate::sink::Sink;

/// The outcome of a SEND: the message will never be delivered; its number is used. Spec: REFUSED.
///
/// ```text
/// REFUSED Body { Client Seq (i), Code (i) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Refused {
    /// The number that has this outcome.
    pub client_seq: ClientSeq,
    /// Why.
    pub code: FrameCode,
}

impl Refused {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::REFUSED;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, (client_seq, code)) = (number("client_seq"), number("code")).parse(body)?;
        none_known(rest)?;
        Ok(Self { client_seq, code })
    }
}

impl Body for Refused {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.client_seq);
        sink.number(self.code);
    }
}
