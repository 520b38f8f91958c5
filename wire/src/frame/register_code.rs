//! REGISTER_CODE.

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::FrameType;
use crate::parse::{Bad, text};
use crate::sink::Sink;

/// Presents the code that the person received. Spec: REGISTER_CODE.
///
/// ```text
/// REGISTER_CODE Body { Code Length (i), Code (32..96) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct RegisterCode<'a> {
    /// The digits, 4 to 12 octets.
    pub code: &'a str,
}

impl<'a> RegisterCode<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::REGISTER_CODE;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, code) = text("code", 4, 12)(body)?;
        none_known(rest)?;
        Ok(Self { code })
    }
}

impl Body for RegisterCode<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.bytes("code", (4, 12), self.code.as_bytes());
    }
}
