//! PONG.

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{FrameType, PingToken};
use crate::parse::{Bad, number};
use crate::sink::Sink;

/// Answers a PING with its token. Spec: PONG.
///
/// ```text
/// PONG Body { Token (i) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Pong {
    /// The token of the PING.
    pub token: PingToken,
}

impl Pong {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::PONG;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, token) = number("token")(body)?;
        none_known(rest)?;
        Ok(Self { token })
    }
}

impl Body for Pong {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.token);
    }
}
