//! The item of the `limits` extension.

use nom::Parser as _;

use crate::list::Codec;
use crate::number::{LimitId, LimitValue};
use crate::parse::{Parsed, number};
use crate::sink::Sink;

/// The advertised value of one limit (LIM-001).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct LimitEntry {
    /// The limit; an unknown one is ignored (EXT-001).
    pub limit: LimitId,
    /// Its value.
    pub value: LimitValue,
}

impl<'a> Codec<'a> for LimitEntry {
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, (limit, value)) = (number("limit"), number("value")).parse(input)?;
        Ok((rest, Self { limit, value }))
    }

    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.limit);
        sink.number(self.value);
    }
}
