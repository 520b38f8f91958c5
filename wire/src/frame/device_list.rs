//! DEVICE_LIST.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{FrameType, RequestId};
use crate::parse::{Bad, number, structure};
use crate::sink::Sink;
use crate::structure::{SignedDeviceList, emit_structure};

/// The device list of an account, as its identity key signed it. Spec: DEVICE_LIST.
///
/// ```text
/// DEVICE_LIST Body { Request (i), List Length (i), List (1184..9368) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct DeviceList<'a> {
    /// That of the frame that it answers.
    pub request: RequestId,
    /// The account's word for its devices.
    pub list: SignedDeviceList<'a>,
}

impl<'a> DeviceList<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::DEVICE_LIST;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (request, list)) =
            (number("request"), structure("list", SignedDeviceList::LEN, SignedDeviceList::parse))
                .parse(body)?;
        none_known(rest)?;
        Ok(Self { request, list })
    }
}

impl Body for DeviceList<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.request);
        emit_structure(&self.list, sink);
    }
}
