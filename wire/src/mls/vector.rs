//! Vectors of RFC 9420, 2.1.2: a length of one, two or four octets, minimal, then so many octets.

use nom::Offset as _;

use crate::parse::{self, Bad, Parsed};

/// The longest vector: its length has two bits for its own length.
const LEN_MAX: usize = (1 << 30) - 1;

/// A vector of octets.
pub(super) fn vector<'a>(field: &'static str) -> impl Fn(&'a [u8]) -> Parsed<'a, &'a [u8]> {
    move |input| parse::bytes(input, field, (0, LEN_MAX))
}

/// A vector of items, each of which the parser takes; its octets.
pub(super) fn items<'a, T>(
    field: &'static str,
    item: impl Fn(&'a [u8]) -> Parsed<'a, T>,
) -> impl Fn(&'a [u8]) -> Parsed<'a, &'a [u8]> {
    move |input| {
        let (rest, octets) = vector(field)(input)?;
        let mut left = octets;
        while !left.is_empty() {
            (left, _) = item(left)?;
        }
        Ok((rest, octets))
    }
}

/// An integer of two octets, big-endian.
pub(super) fn uint16<'a>(field: &'static str) -> impl Fn(&'a [u8]) -> Parsed<'a, u16> {
    move |input| {
        let (rest, octets) = parse::array(field)(input)?;
        Ok((rest, u16::from_be_bytes(*octets)))
    }
}

/// An integer of four octets, big-endian.
pub(super) fn uint32<'a>(field: &'static str) -> impl Fn(&'a [u8]) -> Parsed<'a, u32> {
    move |input| {
        let (rest, octets) = parse::array(field)(input)?;
        Ok((rest, u32::from_be_bytes(*octets)))
    }
}

/// An integer of eight octets, big-endian.
pub(super) fn uint64<'a>(field: &'static str) -> impl Fn(&'a [u8]) -> Parsed<'a, u64> {
    move |input| {
        let (rest, octets) = parse::array(field)(input)?;
        Ok((rest, u64::from_be_bytes(*octets)))
    }
}

/// An integer of two octets that must have this value.
pub(super) fn constant<'a>(field: &'static str, wanted: u16) -> impl Fn(&'a [u8]) -> Parsed<'a, ()> {
    move |input| {
        let (rest, found) = uint16(field)(input)?;
        if found == wanted { Ok((rest, ())) } else { Err(out_of_range(input, field)) }
    }
}

/// A value that no field of this kind has here.
pub(super) fn out_of_range<'a>(at: &'a [u8], field: &'static str) -> Bad<'a> {
    parse::bad(at, crate::error::DecodeErrorKind::OutOfRange, field)
}

/// The octets that were read between two places.
pub(super) fn between<'a>(start: &'a [u8], end: &'a [u8]) -> &'a [u8] {
    start.get(..start.offset(end)).unwrap_or_default()
}
