//! PING.

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{FrameType, PingToken};
use crate::parse::{Bad, number};
use crate::sink::Sink;

/// Asks for a PONG: proves that the peer lives. Spec: PING.
///
/// ```text
/// PING Body { Token (i) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Ping {
    /// Any number; it comes back in PONG (SES-018).
    pub token: PingToken,
}

impl Ping {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::PING;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, token) = number("token")(body)?;
        none_known(rest)?;
        Ok(Self { token })
    }
}

impl Body for Ping {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.token);
    }
}
