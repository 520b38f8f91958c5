//! A place in a record, and the octets up to the end of what is being read.

use crate::error::{OracleError, OracleErrorKind};

/// The octets that are left of a record, a body or a value.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    octets: &'a [u8],
    offset: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self { octets, offset: 0 }
    }

    /// Octets from the start of the record.
    pub(crate) const fn offset(&self) -> usize {
        self.offset
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Takes so many octets, as a cursor of their own.
    pub(crate) fn take(&mut self, len: u64, field: &str) -> Result<Self, OracleError> {
        let split = usize::try_from(len).ok().and_then(|len| self.octets.split_at_checked(len));
        let Some((taken, rest)) = split else {
            return Err(self.fault_at(
                self.offset.saturating_add(self.octets.len()),
                OracleErrorKind::Truncated,
                field,
            ));
        };
        let taken = Self { octets: taken, offset: self.offset };
        self.octets = rest;
        self.offset = self.offset.saturating_add(taken.octets.len());
        Ok(taken)
    }

    /// Takes a minimal varint.
    pub(crate) fn varint(&mut self, field: &str) -> Result<u64, OracleError> {
        let start = self.offset;
        let first = self.take(1, field)?.octet();
        let more = (1_u64 << (first >> 6)).saturating_sub(1);
        let mut value = u64::from(first & 0x3f);
        for octet in self.take(more, field)?.octets {
            value = (value << 8) | u64::from(*octet);
        }
        let shortest = match value {
            0..64 => 0,
            64..16_384 => 1,
            16_384..1_073_741_824 => 3,
            _ => 7,
        };
        if more == shortest {
            Ok(value)
        } else {
            Err(self.fault_at(start, OracleErrorKind::NonMinimal, field))
        }
    }

    /// Everything that is left.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.octets
    }

    /// The first octet; 0 when there is none.
    pub(crate) fn octet(&self) -> u8 {
        self.octets.first().copied().unwrap_or(0)
    }

    pub(crate) fn fault_at(&self, offset: usize, kind: OracleErrorKind, field: &str) -> OracleError {
        OracleError { kind, offset, field: field.to_owned() }
    }
}
