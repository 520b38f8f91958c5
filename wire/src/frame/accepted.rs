//! ACCEPTED.

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{ClientSeq, FrameType};
use crate::parse::{Bad, number};
use crate::sink::Sink;

/// The outcome of a SEND: the message is durable at the server. Spec: ACCEPTED.
///
/// ```text
/// ACCEPTED Body { Client Seq (i) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Accepted {
    /// The number that has this outcome.
    pub client_seq: ClientSeq,
}

impl Accepted {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::ACCEPTED;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, client_seq) = number("client_seq")(body)?;
        none_known(rest)?;
        Ok(Self { client_seq })
    }
}

impl Body for Accepted {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.client_seq);
    }
}
