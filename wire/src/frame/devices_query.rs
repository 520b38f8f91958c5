//! DEVICES_QUERY.

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{FrameType, RequestId};
use crate::parse::{Bad, number};
use crate::sink::Sink;

/// Asks for the devices of the own account. Spec: DEVICES_QUERY.
///
/// ```text
/// DEVICES_QUERY Body { Request (i) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct DevicesQuery {
    /// Comes back in DEVICES (REG-026).
    pub request: RequestId,
}

impl DevicesQuery {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::DEVICES_QUERY;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, request) = number("request")(body)?;
        none_known(rest)?;
        Ok(Self { request })
    }
}

impl Body for DevicesQuery {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.request);
    }
}
