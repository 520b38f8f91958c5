//! Extensions: what stands after the fields of a body. Type, length, value; types strictly rise (INV-006, FRM-006).

use crate::error::DecodeErrorKind;
use crate::list::{Codec, List, list};
use crate::number::Number;
use crate::parse::{self, Bad, Parsed, bad};

/// Walks the extensions of one body. After each type its caller asks for the value, once.
pub(crate) struct Extensions<'a> {
    rest: &'a [u8],
    /// The octets from the current extension's type on.
    at: &'a [u8],
    current: Option<u64>,
}

impl<'a> Extensions<'a> {
    pub(crate) const fn new(rest: &'a [u8]) -> Self {
        Self { rest, at: rest, current: None }
    }

    /// The type of the next extension, or `None` at the end of the body.
    pub(crate) fn next_type(&mut self) -> Result<Option<u64>, Bad<'a>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.at = self.rest;
        let (rest, next) = parse::varint(self.rest, "extension")?;
        match self.current {
            Some(last) if next == last => Err(bad(self.at, DecodeErrorKind::ExtensionDuplicate, "extension")),
            Some(last) if next < last => Err(bad(self.at, DecodeErrorKind::ExtensionOrder, "extension")),
            Some(_) | None => {
                self.rest = rest;
                self.current = Some(next);
                Ok(self.current)
            }
        }
    }

    fn advance<T>(&mut self, parsed: Parsed<'a, T>) -> Result<T, Bad<'a>> {
        let (rest, value) = parsed?;
        self.rest = rest;
        Ok(value)
    }

    /// The value is octets.
    pub(crate) fn bytes(&mut self, field: &'static str, min: usize, max: usize) -> Result<&'a [u8], Bad<'a>> {
        self.advance(parse::bytes(self.rest, field, (min, max)))
    }

    /// The value is UTF-8.
    pub(crate) fn text(&mut self, field: &'static str, min: usize, max: usize) -> Result<&'a str, Bad<'a>> {
        self.advance(parse::text(field, min, max)(self.rest))
    }

    /// The value is empty: that the extension is there says all.
    pub(crate) fn flag(&mut self, field: &'static str) -> Result<bool, Bad<'a>> {
        self.bytes(field, 0, 0).map(|_| true)
    }

    /// The value is one structure.
    pub(crate) fn structure<T>(
        &mut self,
        field: &'static str,
        range: (usize, usize),
        parser: impl Fn(&'a [u8]) -> Parsed<'a, T>,
    ) -> Result<T, Bad<'a>> {
        self.advance(parse::structure(field, range, parser)(self.rest))
    }

    /// The value is one varint.
    pub(crate) fn number<N: Number>(&mut self, field: &'static str) -> Result<N, Bad<'a>> {
        let value = self.bytes(field, 0, usize::MAX)?;
        parse::whole(parse::number(field), value, field)
    }

    /// The value is one list.
    pub(crate) fn list<T: Codec<'a>>(
        &mut self,
        field: &'static str,
        min: usize,
        max: usize,
    ) -> Result<List<'a, T>, Bad<'a>> {
        let value = self.bytes(field, 0, usize::MAX)?;
        parse::whole(list(field, min, max), value, field)
    }

    /// The type is not in the frame's table: skipped when odd, refused when even (FRM-009, FRM-010).
    pub(crate) fn unknown(&mut self) -> Result<(), Bad<'a>> {
        match self.current {
            Some(current) if current % 2 == 1 => self.bytes("extension", 0, usize::MAX).map(|_| ()),
            Some(_) | None => Err(bad(self.at, DecodeErrorKind::UnknownExtension, "extension")),
        }
    }
}

/// The end of a body that knows no extension.
#[inline]
pub(crate) fn none_known(rest: &[u8]) -> Result<(), Bad<'_>> {
    if rest.is_empty() { Ok(()) } else { all_unknown(rest) }
}

fn all_unknown(rest: &[u8]) -> Result<(), Bad<'_>> {
    let mut extensions = Extensions::new(rest);
    while extensions.next_type()?.is_some() {
        extensions.unknown()?;
    }
    Ok(())
}
