//! CLAIMED.

use nom::Parser as _;

use crate::extension::Extensions;
use crate::frame::Body;
use crate::limits::KEY_PACKAGE_LEN;
use crate::number::{ClaimsLeft, FrameType, RequestId};
use crate::octets::DeviceId;
use crate::parse::{Bad, array, bytes, number};
use crate::sink::Sink;

/// The KeyPackage of one device of a claimed account. Spec: CLAIMED.
///
/// ```text
/// CLAIMED Body { Request (i), Device (128), Left (i), Key Package Length (i), Key Package (0..24576),
///     Extensions (..) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Claimed<'a> {
    /// That of the CLAIM.
    pub request: RequestId,
    /// Whose KeyPackage this is.
    pub device: DeviceId,
    /// How many CLAIMED of the same claim follow.
    pub left: ClaimsLeft,
    /// The octets of the KeyPackage, at most 3,072; empty where the device has none of the suite.
    pub key_package: &'a [u8],
    /// Whether it is the one of last resort, which others get too.
    pub last_resort: bool,
}

impl<'a> Claimed<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::CLAIMED;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (request, device, left, key_package)) =
            (number("request"), array("device"), number("left"), |rest| {
                bytes(rest, "key_package", (0, KEY_PACKAGE_LEN))
            })
                .parse(body)?;
        let device = DeviceId::new(*device);
        let mut frame = Self { request, device, left, key_package, last_resort: false };
        let mut extensions = Extensions::new(rest);
        while let Some(extension) = extensions.next_type()? {
            match extension {
                3 => frame.last_resort = extensions.flag("last_resort")?,
                _ => extensions.unknown()?,
            }
        }
        Ok(frame)
    }
}

impl Body for Claimed<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.request);
        sink.put_array(*self.device.as_bytes());
        sink.number(self.left);
        sink.bytes("key_package", (0, KEY_PACKAGE_LEN), self.key_package);
        if self.last_resort {
            sink.flag_extension(3);
        }
    }
}
