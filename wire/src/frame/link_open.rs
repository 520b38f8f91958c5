//! LINK_OPEN.

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{FrameType, RequestId};
use crate::parse::{Bad, number};
use crate::sink::Sink;

/// Says that this new device may be linked to an account. Spec: LINK_OPEN.
///
/// ```text
/// LINK_OPEN Body { Request (i) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct LinkOpen {
    /// Comes back in LINK_OFFER.
    pub request: RequestId,
}

impl LinkOpen {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::LINK_OPEN;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, request) = number("request")(body)?;
        none_known(rest)?;
        Ok(Self { request })
    }
}

impl Body for LinkOpen {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.request);
    }
}
