//! Octets of stored rows: a version octet, then fields in order. By hand, because the rows are few, their layout is a
//! promise to the disk, and a derive would let a renamed field change it.

use alloc::vec::Vec;

/// A row that is not what these rules wrote.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Corrupt;

/// Builds a row.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    octets: Vec<u8>,
}

impl Writer {
    pub(crate) fn with_capacity(len: usize) -> Self {
        Self { octets: Vec::with_capacity(len) }
    }

    pub(crate) fn octet(&mut self, value: u8) {
        self.octets.push(value);
    }

    /// Seven bits an octet, lowest first; the high bit says that more follow.
    pub(crate) fn number(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.octets.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.octets.push(value.to_le_bytes()[0]);
    }

    pub(crate) fn count(&mut self, value: usize) {
        self.number(u64::try_from(value).unwrap_or(u64::MAX));
    }

    /// Octets whose number the reader knows, or the rest of the row.
    pub(crate) fn plain(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
    }

    /// A length, then that many octets.
    pub(crate) fn octets(&mut self, octets: &[u8]) {
        self.count(octets.len());
        self.plain(octets);
    }

    pub(crate) fn into_row(self) -> Vec<u8> {
        self.octets
    }
}

/// Takes a row apart.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(row: &'a [u8]) -> Self {
        Self { left: row }
    }

    pub(crate) fn octet(&mut self) -> Result<u8, Corrupt> {
        let (first, left) = self.left.split_first().ok_or(Corrupt)?;
        self.left = left;
        Ok(*first)
    }

    pub(crate) fn number(&mut self) -> Result<u64, Corrupt> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let octet = self.octet()?;
            value |= u64::from(octet & 0x7f).checked_shl(shift).ok_or(Corrupt)?;
            if octet < 0x80 {
                return Ok(value);
            }
        }
        Err(Corrupt)
    }

    /// A count of things that take at least one octet each: never more than octets are left.
    pub(crate) fn count(&mut self) -> Result<usize, Corrupt> {
        let count = usize::try_from(self.number()?).map_err(|_| Corrupt)?;
        if count > self.left.len() { Err(Corrupt) } else { Ok(count) }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Corrupt> {
        let (array, left) = self.left.split_first_chunk::<N>().ok_or(Corrupt)?;
        self.left = left;
        Ok(*array)
    }

    pub(crate) fn octets(&mut self) -> Result<&'a [u8], Corrupt> {
        let len = self.count()?;
        let (octets, left) = self.left.split_at_checked(len).ok_or(Corrupt)?;
        self.left = left;
        Ok(octets)
    }

    pub(crate) fn rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.left)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.left.is_empty()
    }
}

/// A stored row.
pub(crate) trait Row: Sized {
    /// First octet of the row. A later layout takes the next number and keeps reading the older ones.
    const VERSION: u8 = 1;
    /// About how long a row is, in octets.
    const LEN_HINT: usize = 64;

    fn write(&self, to: &mut Writer);
    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt>;

    fn encode(&self) -> Vec<u8> {
        let mut to = Writer::with_capacity(Self::LEN_HINT);
        to.octet(Self::VERSION);
        self.write(&mut to);
        to.into_row()
    }

    fn decode(row: &[u8]) -> Result<Self, Corrupt> {
        let mut from = Reader::new(row);
        if from.octet()? != Self::VERSION {
            return Err(Corrupt);
        }
        let row = Self::read(&mut from)?;
        if from.is_empty() { Ok(row) } else { Err(Corrupt) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length_come_back() {
        for value in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX - 1, u64::MAX] {
            let mut to = Writer::default();
            to.number(value);
            let row = to.into_row();
            assert_eq!(Reader::new(&row).number(), Ok(value));
        }
    }

    #[test]
    fn a_number_that_never_ends_is_corrupt() {
        assert_eq!(Reader::new(&[0xff; 12]).number(), Err(Corrupt));
        assert_eq!(Reader::new(&[0xff; 3]).number(), Err(Corrupt));
    }

    #[test]
    fn a_row_with_an_octet_too_many_or_of_another_version_is_corrupt() {
        let row = crate::row::Mark(300).encode();
        assert_eq!(crate::row::Mark::decode(&row), Ok(crate::row::Mark(300)));
        let (longer, mut later) = ([row.as_slice(), &[0]].concat(), row.clone());
        later[0] += 1;
        for other in [&longer, &later, &row[..row.len() - 1].to_vec()] {
            assert_eq!(crate::row::Mark::decode(other), Err(Corrupt), "{other:?}");
        }
    }

    #[test]
    fn a_count_beyond_the_row_is_corrupt() {
        assert_eq!(Reader::new(&[5, 0, 0]).count(), Err(Corrupt));
        assert_eq!(Reader::new(&[2, 0, 0]).count(), Ok(2));
    }
}
