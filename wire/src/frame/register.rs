//! REGISTER.

use crate::extension::Extensions;
use crate::frame::Body;
use crate::number::FrameType;
use crate::parse::{Bad, text};
use crate::sink::Sink;

/// Starts the registration of this device under a telephone number. Spec: REGISTER.
///
/// ```text
/// REGISTER Body { E164 Length (i), E164 (64..128), Extensions (..) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Register<'a> {
    /// The number: `+` and digits, 8 to 16 octets. Whether it is E.164 the server judges (REG-003).
    pub e164: &'a str,
    /// Whether the number may be taken from another account (REG-021).
    pub replace: bool,
}

impl<'a> Register<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::REGISTER;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, e164) = text("e164", 8, 16)(body)?;
        let mut frame = Self { e164, replace: false };
        let mut extensions = Extensions::new(rest);
        while let Some(extension) = extensions.next_type()? {
            match extension {
                2 => frame.replace = extensions.flag("replace")?,
                _ => extensions.unknown()?,
            }
        }
        Ok(frame)
    }
}

impl Body for Register<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.bytes("e164", (8, 16), self.e164.as_bytes());
        if self.replace {
            sink.flag_extension(2);
        }
    }
}
