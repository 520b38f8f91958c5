//! VOID.

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{ClientSeq, FrameType};
use crate::parse::{Bad, number};
use crate::sink::Sink;

/// Settles a client_seq without a message. Spec: VOID.
///
/// ```text
/// VOID Body { Client Seq (i) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Void {
    /// The number to settle.
    pub client_seq: ClientSeq,
}

impl Void {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::VOID;
}

impl<'a> Body<'a> for Void {
    #[inline]
    fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, client_seq) = number("client_seq")(body)?;
        none_known(rest)?;
        Ok(Self { client_seq })
    }

    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.client_seq);
    }
}
