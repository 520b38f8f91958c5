//! REGISTER_DEVICE.

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::FrameType;
use crate::parse::{Bad, structure};
use crate::sink::Sink;
use crate::structure::{DeviceCertificate, emit_structure};

/// Presents the certificate of this device, after the number was verified. Spec: REGISTER_DEVICE.
///
/// ```text
/// REGISTER_DEVICE Body { Certificate Length (i), Certificate (1552..1608) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct RegisterDevice<'a> {
    /// The account's word for this device.
    pub certificate: DeviceCertificate<'a>,
}

impl<'a> RegisterDevice<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::REGISTER_DEVICE;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, certificate) =
            structure("certificate", DeviceCertificate::LEN, DeviceCertificate::parse)(body)?;
        none_known(rest)?;
        Ok(Self { certificate })
    }
}

impl Body for RegisterDevice<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        emit_structure(&self.certificate, sink);
    }
}
