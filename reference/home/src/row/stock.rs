//! Which KeyPackages of one device and suite are in stock.

use alloc::vec::Vec;

use super::Row;
use crate::codec::{Corrupt, Reader, Writer};

/// The name of a KeyPackage.
pub(crate) type KeyRef = [u8; 16];

/// A KeyPackage in stock: its octets stand in a row of their own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct StockEntry {
    pub name: KeyRef,
    /// The last second of its life.
    pub not_after_s: u64,
    /// The number of its row.
    pub seq: u64,
}

/// Whether a device was told that its stock is low since it last was not.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum LowTold {
    #[default]
    Untold,
    Told,
}

/// A stock, at most `key_packages_max` one-time entries.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct StockRow {
    /// The number of the last row that was given.
    pub last_seq: u64,
    pub low: LowTold,
    /// For one claim each, the oldest first.
    pub one_time: Vec<StockEntry>,
    /// For every claim beyond those.
    pub last_resort: Option<StockEntry>,
}

impl StockEntry {
    fn write(self, to: &mut Writer) {
        to.plain(&self.name);
        to.number(self.not_after_s);
        to.number(self.seq);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self { name: from.array()?, not_after_s: from.number()?, seq: from.number()? })
    }
}

impl Row for StockRow {
    const LEN_HINT: usize = 2_560;

    fn write(&self, to: &mut Writer) {
        to.number(self.last_seq);
        to.octet(match self.low {
            LowTold::Untold => 0,
            LowTold::Told => 1,
        });
        to.count(self.one_time.len());
        for entry in self.one_time.iter().chain(&self.last_resort) {
            entry.write(to);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let last_seq = from.number()?;
        let low = match from.octet()? {
            0 => LowTold::Untold,
            1 => LowTold::Told,
            _ => return Err(Corrupt),
        };
        let count = from.count()?;
        let mut one_time = Vec::with_capacity(count);
        for _ in 0..count {
            one_time.push(StockEntry::read(from)?);
        }
        let last_resort = if from.is_empty() { None } else { Some(StockEntry::read(from)?) };
        Ok(Self { last_seq, low, one_time, last_resort })
    }
}

/// The octets of a KeyPackage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct KeyPackageRow(pub Vec<u8>);

impl Row for KeyPackageRow {
    const LEN_HINT: usize = 512;

    fn write(&self, to: &mut Writer) {
        to.plain(&self.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self(from.rest().to_vec()))
    }
}
