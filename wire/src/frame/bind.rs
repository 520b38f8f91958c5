//! BIND.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{Alias, FrameType};
use crate::octets::DeviceId;
use crate::parse::{Bad, array, number};
use crate::sink::Sink;

/// Gives a device a short alias for the rest of this session, in the sender's direction. Spec: BIND.
///
/// ```text
/// BIND Body { Alias (i), Device (128) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Bind {
    /// The other device, by its alias in the direction of this frame (SES-031).
    pub alias: Alias,
    /// The device that the alias stands for.
    pub device: DeviceId,
}

impl Bind {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::BIND;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, (alias, device)) =
            (number("alias"), array("device").map(|octets| DeviceId::new(*octets))).parse(body)?;
        none_known(rest)?;
        Ok(Self { alias, device })
    }
}

impl Body for Bind {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.alias);
        sink.put_array(*self.device.as_bytes());
    }
}
