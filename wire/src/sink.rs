//! Where encodings go: first a [`Meter`], which counts octets and finds what is invalid, then a [`Writer`].
//!
//! Each frame says its layout once; the length can so never differ from what is written.

use crate::error::EncodeError;
use crate::list::{Codec, List};
use crate::number::Number;

/// Takes the octets of an encoding in order.
pub(crate) trait Sink {
    /// Takes octets.
    fn put(&mut self, octets: &[u8]);

    /// Takes octets whose number is known to the compiler.
    fn put_array<const LEN: usize>(&mut self, octets: [u8; LEN]);

    /// Hears that a field holds what a decoder does not accept.
    fn refuse(&mut self, field: &'static str);

    /// Refuses a length or count out of its range.
    #[inline]
    fn limit(&mut self, field: &'static str, (min, max): (usize, usize), len: usize) {
        if len < min || len > max {
            self.refuse(field);
        }
    }

    /// A varint in its fewest octets (FRM-001).
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "each arm is guarded by the range of its integer")]
    fn varint(&mut self, value: u64) {
        match value {
            0..0x40 => self.put_array([value as u8]),
            0x40..0x4000 => self.put_array((value as u16 | 0x4000).to_be_bytes()),
            0x4000..0x4000_0000 => self.put_array((value as u32 | 0x8000_0000).to_be_bytes()),
            _ => self.put_array((value | 0xc000_0000_0000_0000).to_be_bytes()),
        }
    }

    /// A length or count.
    #[inline]
    fn len(&mut self, len: usize) {
        self.varint(len as u64);
    }

    /// A number.
    #[inline]
    fn number(&mut self, number: impl Number) {
        self.varint(number.to_value());
    }

    /// Octets behind their length.
    #[inline]
    fn bytes(&mut self, field: &'static str, range: (usize, usize), octets: &[u8]) {
        self.limit(field, range, octets.len());
        self.len(octets.len());
        self.put(octets);
    }

    /// Items behind their count.
    fn list<'a, T: Codec<'a>>(&mut self, field: &'static str, range: (usize, usize), list: List<'a, T>)
    where
        Self: Sized,
    {
        self.limit(field, range, list.len());
        self.len(list.len());
        for item in list {
            item.emit(self);
        }
    }

    /// An extension that holds octets, when it is there.
    #[inline]
    fn bytes_extension(
        &mut self,
        field: &'static str,
        extension: u64,
        range: (usize, usize),
        octets: Option<&[u8]>,
    ) {
        if let Some(octets) = octets {
            self.varint(extension);
            self.bytes(field, range, octets);
        }
    }

    /// An extension that holds one number, when it is there.
    #[inline]
    fn number_extension(&mut self, extension: u64, number: Option<impl Number>)
    where
        Self: Sized,
    {
        if let Some(number) = number {
            self.varint(extension);
            self.len(measure(|meter| meter.number(number)));
            self.number(number);
        }
    }

    /// An extension that is empty: that it is there says all.
    #[inline]
    fn flag_extension(&mut self, extension: u64) {
        self.varint(extension);
        self.varint(0);
    }

    /// An extension that holds a list, unless the list is empty.
    fn list_extension<'a, T: Codec<'a>>(
        &mut self,
        field: &'static str,
        extension: u64,
        max: usize,
        list: List<'a, T>,
    ) where
        Self: Sized,
    {
        if !list.is_empty() {
            self.varint(extension);
            self.len(measure(|meter| meter.list(field, (1, max), list)));
            self.list(field, (1, max), list);
        }
    }
}

/// The length of what is put.
pub(crate) fn measure(emit: impl FnOnce(&mut Meter)) -> usize {
    let mut meter = Meter::default();
    emit(&mut meter);
    meter.len
}

/// Encodes into the front of `out` and tells the length.
pub(crate) fn encode(
    out: &mut [u8],
    emit: impl Fn(&mut Meter),
    write: impl Fn(&mut Writer<'_>),
) -> Result<usize, EncodeError> {
    let mut meter = Meter::default();
    emit(&mut meter);
    let needed = meter.valid_len()?;
    let room = out.get_mut(..needed).ok_or(EncodeError::BufferTooSmall { needed })?;
    write(&mut Writer { room });
    Ok(needed)
}

/// Counts octets; remembers the first field that is invalid.
#[derive(Default)]
pub(crate) struct Meter {
    len: usize,
    invalid: Option<&'static str>,
}

impl Meter {
    pub(crate) fn valid_len(&self) -> Result<usize, EncodeError> {
        match self.invalid {
            Some(field) => Err(EncodeError::Invalid { field }),
            None => Ok(self.len),
        }
    }
}

impl Sink for Meter {
    #[inline]
    fn put(&mut self, octets: &[u8]) {
        self.len += octets.len();
    }

    #[inline]
    fn put_array<const LEN: usize>(&mut self, _: [u8; LEN]) {
        self.len += LEN;
    }

    #[inline]
    fn refuse(&mut self, field: &'static str) {
        self.invalid = self.invalid.or(Some(field));
    }
}

/// Writes into room that a [`Meter`] has measured.
pub(crate) struct Writer<'r> {
    pub(crate) room: &'r mut [u8],
}

impl Sink for Writer<'_> {
    #[inline]
    fn put(&mut self, octets: &[u8]) {
        if let Some((head, tail)) = core::mem::take(&mut self.room).split_at_mut_checked(octets.len()) {
            head.copy_from_slice(octets);
            self.room = tail;
        }
    }

    #[inline]
    fn put_array<const LEN: usize>(&mut self, octets: [u8; LEN]) {
        if let Some((head, tail)) = core::mem::take(&mut self.room).split_first_chunk_mut() {
            *head = octets;
            self.room = tail;
        }
    }

    /// The meter has heard it.
    #[inline]
    fn refuse(&mut self, _: &'static str) {}
}
