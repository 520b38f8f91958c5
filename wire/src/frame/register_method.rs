//! REGISTER_METHOD.

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{FrameType, Method};
use crate::parse::{Bad, number};
use crate::sink::Sink;

/// Asks that a code be sent by one of the offered methods. Spec: REGISTER_METHOD.
///
/// ```text
/// REGISTER_METHOD Body { Method (i) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct RegisterMethod {
    /// One of the offered methods.
    pub method: Method,
}

impl RegisterMethod {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::REGISTER_METHOD;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, method) = number("method")(body)?;
        none_known(rest)?;
        Ok(Self { method })
    }
}

impl Body for RegisterMethod {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.method);
    }
}
