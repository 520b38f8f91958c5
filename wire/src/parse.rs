//! Parsers of the field kinds, built on nom. Each names its field and the first bad octet when it fails.

use nom::error::{ErrorKind, ParseError};
use nom::number::complete::{be_u8, be_u16, be_u32, be_u64};
use nom::{IResult, Parser as _};

use crate::error::DecodeErrorKind;
use crate::number::Number;

/// What is wrong, and the octets from the first bad one on.
#[derive(Debug, PartialEq)]
pub(crate) struct Fault<'a> {
    pub(crate) at: &'a [u8],
    pub(crate) kind: DecodeErrorKind,
    pub(crate) field: &'static str,
}

/// The rest of the input and the value, or a fault.
pub(crate) type Parsed<'a, T> = IResult<&'a [u8], T, Fault<'a>>;
/// A fault as nom wraps it.
pub(crate) type Bad<'a> = nom::Err<Fault<'a>>;

impl<'a> ParseError<&'a [u8]> for Fault<'a> {
    /// The primitives of nom used here fail for one reason: the input ends too early.
    fn from_error_kind(input: &'a [u8], _: ErrorKind) -> Self {
        Self { at: end(input), kind: DecodeErrorKind::Truncated, field: "" }
    }

    fn append(_: &'a [u8], _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// The empty slice that stands at the end of the input.
fn end(input: &[u8]) -> &[u8] {
    input.split_at_checked(input.len()).map_or(input, |(_, end)| end)
}

#[cold]
pub(crate) fn bad<'a>(at: &'a [u8], kind: DecodeErrorKind, field: &'static str) -> Bad<'a> {
    nom::Err::Failure(Fault { at, kind, field })
}

#[cold]
fn named<'a>(error: Bad<'a>, field: &'static str) -> Bad<'a> {
    error.map(|fault| Fault { field, ..fault })
}

/// The fault inside nom's wrapping; the parsers of this crate never ask for more input.
pub(crate) fn fault<'a>(error: Bad<'a>, input: &'a [u8]) -> Fault<'a> {
    match error {
        nom::Err::Error(fault) | nom::Err::Failure(fault) => fault,
        nom::Err::Incomplete(_) => Fault { at: end(input), kind: DecodeErrorKind::Truncated, field: "body" },
    }
}

/// A varint of two, four or eight octets, and the least value that needs so many.
#[inline]
fn wide_varint(input: &[u8]) -> Parsed<'_, (u64, u64)> {
    let (_, first) = be_u8(input)?;
    match first {
        0..0x80 => be_u16.map(|value| (u64::from(value & 0x3fff), 1 << 6)).parse(input),
        0x80..0xc0 => be_u32.map(|value| (u64::from(value & 0x3fff_ffff), 1 << 14)).parse(input),
        0xc0.. => be_u64.map(|value| (value & crate::number::U62_MAX, 1 << 30)).parse(input),
    }
}

/// A QUIC variable-length integer in its fewest octets (RFC 9000, 16; FRM-002).
///
/// Nearly all have one or two octets: those are read in place, the others by a call.
#[inline]
pub(crate) fn varint<'a>(input: &'a [u8], field: &'static str) -> Parsed<'a, u64> {
    if let [first @ 0..0x40, rest @ ..] = input {
        return Ok((rest, u64::from(*first)));
    }
    if let Some((octets, rest)) = input.split_first_chunk() {
        let value = u16::from_be_bytes(*octets);
        // One comparison: two octets begin with 01, and hold what one octet cannot.
        if (0x4040..0x8000).contains(&value) {
            return Ok((rest, u64::from(value & 0x3fff)));
        }
    }
    other_varint(input, field)
}

/// What is not read in place: a wide varint, one that is too wide for its value, one that is cut.
#[inline(never)]
fn other_varint<'a>(input: &'a [u8], field: &'static str) -> Parsed<'a, u64> {
    match wide_varint(input) {
        Ok((rest, (value, least))) if value >= least => Ok((rest, value)),
        Ok(_) => Err(bad(input, DecodeErrorKind::NonMinimal, field)),
        Err(error) => Err(named(error, field)),
    }
}

/// A varint within the range of its type.
pub(crate) fn number<'a, N: Number>(field: &'static str) -> impl Fn(&'a [u8]) -> Parsed<'a, N> {
    move |input| {
        let (rest, value) = varint(input, field)?;
        match N::from_value(value) {
            Some(number) => Ok((rest, number)),
            None => Err(bad(input, outside(value, N::MAX), field)),
        }
    }
}

/// Which side of its range a value is on that is not in it.
fn outside<N: PartialOrd>(value: N, max: N) -> DecodeErrorKind {
    if value > max { DecodeErrorKind::OverLimit } else { DecodeErrorKind::UnderLimit }
}

/// One octet of a closed enumeration.
pub(crate) fn choice<'a, T>(
    field: &'static str,
    from_wire: impl Fn(u8) -> Option<T>,
) -> impl Fn(&'a [u8]) -> Parsed<'a, T> {
    move |input| {
        let (rest, value) = be_u8(input).map_err(|error| named(error, field))?;
        from_wire(value)
            .map(|value| (rest, value))
            .ok_or_else(|| bad(input, DecodeErrorKind::OutOfRange, field))
    }
}

/// A length or count within its range; checked before what it announces is looked at (FRM-015).
#[inline]
pub(crate) fn length<'a>(
    input: &'a [u8],
    field: &'static str,
    (min, max): (usize, usize),
) -> Parsed<'a, usize> {
    let (rest, value) = varint(input, field)?;
    let len = usize::try_from(value).unwrap_or(usize::MAX);
    if len < min || len > max {
        return Err(bad(input, outside(len, max), field));
    }
    Ok((rest, len))
}

/// So many octets.
#[inline]
pub(crate) fn octets<'a>(input: &'a [u8], field: &'static str, len: usize) -> Parsed<'a, &'a [u8]> {
    match input.split_at_checked(len) {
        Some((octets, rest)) => Ok((rest, octets)),
        None => Err(bad(end(input), DecodeErrorKind::Truncated, field)),
    }
}

/// A fixed number of octets, borrowed.
pub(crate) fn array<'a, const LEN: usize>(
    field: &'static str,
) -> impl Fn(&'a [u8]) -> Parsed<'a, &'a [u8; LEN]> {
    move |input| match input.split_first_chunk() {
        Some((array, rest)) => Ok((rest, array)),
        None => Err(bad(end(input), DecodeErrorKind::Truncated, field)),
    }
}

/// A length and so many octets. No closure of its own: that of its caller is read in place.
#[inline]
pub(crate) fn bytes<'a>(
    input: &'a [u8],
    field: &'static str,
    (min, max): (usize, usize),
) -> Parsed<'a, &'a [u8]> {
    let (rest, len) = length(input, field, (min, max))?;
    octets(rest, field, len)
}

/// A length and so many octets of UTF-8.
pub(crate) fn text<'a>(
    field: &'static str,
    min: usize,
    max: usize,
) -> impl Fn(&'a [u8]) -> Parsed<'a, &'a str> {
    move |input| {
        let (rest, octets) = bytes(input, field, (min, max))?;
        Ok((rest, utf8(octets, field)?))
    }
}

/// Octets that are all text.
pub(crate) fn utf8<'a>(octets: &'a [u8], field: &'static str) -> Result<&'a str, Bad<'a>> {
    core::str::from_utf8(octets).map_err(|error| {
        let at = octets.split_at_checked(error.valid_up_to()).map_or(octets, |(_, bad)| bad);
        bad(at, DecodeErrorKind::BadUtf8, field)
    })
}

/// Octets that are one value and nothing after it (FRM-005).
pub(crate) fn whole<'a, T>(
    parser: impl Fn(&'a [u8]) -> Parsed<'a, T>,
    octets: &'a [u8],
    field: &'static str,
) -> Result<T, Bad<'a>> {
    let (rest, value) = parser(octets)?;
    if rest.is_empty() { Ok(value) } else { Err(bad(rest, DecodeErrorKind::Trailing, field)) }
}

/// A length and a structure that fills it.
pub(crate) fn structure<'a, T>(
    field: &'static str,
    (min, max): (usize, usize),
    parser: impl Fn(&'a [u8]) -> Parsed<'a, T>,
) -> impl Fn(&'a [u8]) -> Parsed<'a, T> {
    move |input| {
        let (rest, octets) = bytes(input, field, (min, max))?;
        Ok((rest, whole(&parser, octets, field)?))
    }
}
