//! What a commit says of itself.

use xxhash_rust::xxh3::xxh3_64;

/// The key of the row that each commit carries: its number, before those of all rows of the rules.
pub(crate) const COUNT_KEY: [u8; 1] = [0];

/// Octets of that row: three numbers and their checksum.
pub(crate) const ROW_LEN: usize = 4 * 8;

/// The row under that key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Count {
    /// How many commits there are with this one.
    pub(crate) count: u64,
    /// The count of the commit before it in the journals: one less, unless what lay between is in the tables only.
    pub(crate) after: u64,
    /// The sequence number that the engine would have given out before it.
    pub(crate) seqno_min: u64,
}

impl Count {
    /// The row. Its own checksum is for a commit that is not whole.
    pub(crate) fn to_row(self) -> [u8; ROW_LEN] {
        let mut row = [0; ROW_LEN];
        let numbers = [self.count, self.after, self.seqno_min].map(u64::to_be_bytes);
        let checksum = xxh3_64(numbers.as_flattened()).to_be_bytes();
        row.iter_mut().zip(numbers.as_flattened().iter().chain(&checksum)).for_each(|(to, from)| *to = *from);
        row
    }

    pub(crate) fn from_row(row: &[u8]) -> Option<Self> {
        let (octets, _) = row.split_first_chunk::<{ ROW_LEN - 8 }>()?;
        let (numbers, _) = octets.as_chunks();
        let [count, after, seqno_min] = *<&[[u8; 8]; 3]>::try_from(numbers).ok()?;
        let [count, after, seqno_min] = [count, after, seqno_min].map(u64::from_be_bytes);
        let found = Self { count, after, seqno_min };
        (found.to_row() == *row).then_some(found)
    }
}
