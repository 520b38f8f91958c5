//! LINK_OFFER.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{DurationMs, FrameType, RequestId};
use crate::parse::{Bad, number};
use crate::sink::Sink;

/// Says how long the new device may be linked. Spec: LINK_OFFER.
///
/// ```text
/// LINK_OFFER Body { Request (i), Expires In Ms (i) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct LinkOffer {
    /// That of the LINK_OPEN.
    pub request: RequestId,
    /// How long the offer stands.
    pub expires_in_ms: DurationMs,
}

impl LinkOffer {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::LINK_OFFER;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, (request, expires_in_ms)) = (number("request"), number("expires_in_ms")).parse(body)?;
        none_known(rest)?;
        Ok(Self { request, expires_in_ms })
    }
}

impl Body for LinkOffer {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.request);
        sink.number(self.expires_in_ms);
    }
}
