//! CREDIT.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::number::{CreditBytes, CreditCount, FrameType};
use crate::parse::{Bad, number};
use crate::sink::Sink;

/// Raises how much the peer may send: totals since the session began. Spec: CREDIT.
///
/// ```text
/// CREDIT Body { Count Limit (i), Bytes Limit (i) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Credit {
    /// How many credited frames may have been sent, in all (SES-022).
    pub count_limit: CreditCount,
    /// How many octets of their bodies may have been sent, in all (SES-022).
    pub bytes_limit: CreditBytes,
}

impl Credit {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::CREDIT;

    #[inline]
    pub(crate) fn parse(body: &[u8]) -> Result<Self, Bad<'_>> {
        let (rest, (count_limit, bytes_limit)) =
            (number("count_limit"), number("bytes_limit")).parse(body)?;
        none_known(rest)?;
        Ok(Self { count_limit, bytes_limit })
    }
}

impl Body for Credit {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.count_limit);
        sink.number(self.bytes_limit);
    }
}
