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

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, client_seq) = number("client_seq")(body)?;
        none_known(rest)?;
        Ok(Self { client_seq })
    }
}

impl Body for Void {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.client_seq);
    }
}
