//! DEVICES.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::list::{Codec, List, list};
use crate::number::{FrameType, RequestId, UnixS};
use crate::octets::DeviceId;
use crate::parse::{Bad, Parsed, array, number};
use crate::sink::Sink;

/// The devices of the own account. Spec: DEVICES.
///
/// ```text
/// DEVICES Body { Request (i),
///     Devices Count (i), Devices [Device (128), Registered S (i), Not After S (i)] }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Devices<'a> {
    /// That of the query (REG-026).
    pub request: RequestId,
    /// The devices, at most 64.
    pub devices: List<'a, DeviceEntry>,
}

impl<'a> Devices<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::DEVICES;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (request, devices)) = (number("request"), list("devices", 0, 64)).parse(body)?;
        none_known(rest)?;
        Ok(Self { request, devices })
    }
}

impl Body for Devices<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.request);
        sink.list("devices", (0, 64), self.devices);
    }
}

/// One device of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct DeviceEntry {
    /// The device.
    pub device: DeviceId,
    /// When it was registered.
    pub registered_s: UnixS,
    /// When its certificate ends.
    pub not_after_s: UnixS,
}

impl<'a> Codec<'a> for DeviceEntry {
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, (device, registered_s, not_after_s)) =
            (array("device"), number("registered_s"), number("not_after_s")).parse(input)?;
        Ok((rest, Self { device: DeviceId::new(*device), registered_s, not_after_s }))
    }

    fn emit(&self, sink: &mut impl Sink) {
        sink.put_array(*self.device.as_bytes());
        sink.number(self.registered_s);
        sink.number(self.not_after_s);
    }
}
