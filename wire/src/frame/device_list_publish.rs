//! DEVICE_LIST_PUBLISH.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{FrameType, RequestId};
use crate::parse::{Bad, number, structure};
use crate::sink::Sink;
use crate::structure::{SignedDeviceList, emit_structure};

/// Puts the next device list of the own account into force. Spec: DEVICE_LIST_PUBLISH.
///
/// ```text
/// DEVICE_LIST_PUBLISH Body { Request (i), List Length (i), List (1184..9368) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct DeviceListPublish<'a> {
    /// Comes back in DEVICE_LIST.
    pub request: RequestId,
    /// The account's word for its devices.
    pub list: SignedDeviceList<'a>,
}

impl<'a> DeviceListPublish<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::DEVICE_LIST_PUBLISH;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (request, list)) =
            (number("request"), structure("list", SignedDeviceList::LEN, SignedDeviceList::parse))
                .parse(body)?;
        none_known(rest)?;
        Ok(Self { request, list })
    }
}

impl Body for DeviceListPublish<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.request);
        emit_structure(&self.list, sink);
    }
}
