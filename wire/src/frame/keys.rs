//! KEYS.

use nom::Parser as _;

use crate::extension::none_known;
use crate::frame::Body;
use crate::limits;
use crate::list::{Codec, List, list};
use crate::number::{FrameType, MlsSuite, OneTimeCount, RequestId};
use crate::octets::SetDigest;
use crate::parse::{Bad, Parsed, array, choice, number};
use crate::registry::HasLastResort;
use crate::sink::Sink;

/// The KeyPackages that the server has of this device. Spec: KEYS.
///
/// ```text
/// KEYS Body { Request (i),
///     Stocks Count (i), Stocks [Suite (i), One Time Count (i), Set Digest (256), Last Resort (8)] }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Keys<'a> {
    /// That of the KEYS_PUBLISH.
    pub request: RequestId,
    /// One for each suite of which the server has a KeyPackage, at most 8.
    pub stocks: List<'a, Stock<'a>>,
}

impl<'a> Keys<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::KEYS;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (request, stocks)) = (number("request"), list("stocks", 0, limits::STOCKS)).parse(body)?;
        none_known(rest)?;
        Ok(Self { request, stocks })
    }
}

impl Body for Keys<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.request);
        sink.list("stocks", (0, limits::STOCKS), self.stocks);
    }
}

/// The KeyPackages of one device and suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Stock<'a> {
    /// The suite.
    pub suite: MlsSuite,
    /// How many one-time KeyPackages there are.
    pub one_time_count: OneTimeCount,
    /// Which they are.
    pub set_digest: SetDigest<'a>,
    /// Whether there is one of last resort.
    pub last_resort: HasLastResort,
}

impl<'a> Codec<'a> for Stock<'a> {
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, (suite, one_time_count, set_digest, last_resort)) = (
            number("suite"),
            number("one_time_count"),
            array("set_digest").map(SetDigest::new),
            choice("last_resort", HasLastResort::from_wire),
        )
            .parse(input)?;
        Ok((rest, Self { suite, one_time_count, set_digest, last_resort }))
    }

    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.suite);
        sink.number(self.one_time_count);
        sink.put_array(*self.set_digest.as_bytes());
        sink.put_array([self.last_resort.value()]);
    }
}
