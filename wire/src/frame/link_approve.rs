//! LINK_APPROVE.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{FrameType, RequestId};
use crate::parse::{Bad, number, structure};
use crate::sink::Sink;
use crate::structure::{DeviceCertificate, SignedDeviceList, emit_structure};

/// Takes a device that asked for it into the own account: its certificate, and the device list that names it. Spec: LINK_APPROVE.
///
/// ```text
/// LINK_APPROVE Body { Request (i), Certificate Length (i), Certificate (1552..1608),
///     List Length (i), List (1184..9368) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct LinkApprove<'a> {
    /// Comes back in DEVICE_LIST.
    pub request: RequestId,
    /// The account's word for the new device.
    pub certificate: DeviceCertificate<'a>,
    /// The list that names it.
    pub list: SignedDeviceList<'a>,
}

impl<'a> LinkApprove<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::LINK_APPROVE;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (request, certificate, list)) = (
            number("request"),
            structure("certificate", DeviceCertificate::LEN, DeviceCertificate::parse),
            structure("list", SignedDeviceList::LEN, SignedDeviceList::parse),
        )
            .parse(body)?;
        none_known(rest)?;
        Ok(Self { request, certificate, list })
    }
}

impl Body for LinkApprove<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.request);
        emit_structure(&self.certificate, sink);
        emit_structure(&self.list, sink);
    }
}
