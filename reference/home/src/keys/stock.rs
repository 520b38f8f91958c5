//! The stock of one device and suite inside a transaction.

use alloc::vec::Vec;

use crate::codec::Row;
use crate::row::{self, KeyPackageRow, KeyRef, StockEntry, StockRow};
use crate::{AccountId, DeviceId, Fault, MlsSuite, Owner, Rows, Table, View, key};
use pinnace_fault as fault;

/// Whose stock, and of which suite.
#[derive(Clone, Copy)]
pub(super) struct Shelf {
    pub(super) account: AccountId,
    pub(super) device: DeviceId,
    pub(super) suite: MlsSuite,
}

impl Shelf {
    const fn owner(self) -> Owner {
        Owner::Account(self.account)
    }

    fn suffix(self) -> Vec<u8> {
        // A suite fits 16 bits.
        let [.., high, low] = self.suite.value().to_be_bytes();
        [self.device.as_bytes().as_slice(), &[high, low]].concat()
    }

    fn stock_key(self) -> Vec<u8> {
        key::row_with(self.owner(), Table::Stock, &self.suffix())
    }

    /// The key of the KeyPackage with this number.
    fn package_key(self, seq: u64) -> Vec<u8> {
        let mut suffix = self.suffix();
        suffix.extend_from_slice(&seq.to_be_bytes());
        key::row_with(self.owner(), Table::KeyPackage, &suffix)
    }

    /// The key under which it is remembered that a KeyPackage was handed out: those whose time is over come first.
    pub(super) fn taken_key(self, name: &KeyRef, not_after_s: u64) -> Vec<u8> {
        let suffix = [not_after_s.to_be_bytes().as_slice(), self.device.as_bytes(), name].concat();
        key::row_with(self.owner(), Table::Taken, &suffix)
    }

    pub(super) fn open<V: Rows>(self, view: &V) -> Result<StockRow, Fault<V::Error>> {
        Ok(row::get(view, Table::Stock, &self.stock_key())?.unwrap_or_default())
    }

    /// Puts a KeyPackage on the shelf.
    pub(super) fn lay<V: View>(
        self,
        view: &mut V,
        row: &mut StockRow,
        package: (KeyRef, u64, &[u8]),
    ) -> StockEntry {
        let (name, not_after_s, octets) = package;
        row.last_seq = row.last_seq.saturating_add(1);
        view.create(self.package_key(row.last_seq), KeyPackageRow(octets.to_vec()).encode());
        StockEntry { name, not_after_s, seq: row.last_seq }
    }

    /// The octets of a KeyPackage in stock.
    pub(super) fn octets<V: Rows>(self, view: &V, entry: StockEntry) -> Result<Vec<u8>, Fault<V::Error>> {
        let row: Option<KeyPackageRow> = row::get(view, Table::KeyPackage, &self.package_key(entry.seq))?;
        row.map(|row| row.0).ok_or(Fault::Corrupt(Table::KeyPackage))
    }

    pub(super) fn discard<V: View>(self, view: &mut V, entry: StockEntry) {
        view.delete(self.package_key(entry.seq));
    }

    /// Discards what has lived its time. Gives whether there was any.
    pub(super) fn expire<V: View>(self, view: &mut V, row: &mut StockRow, now_ms: u64) -> Aged {
        let is_over = |entry: &StockEntry| !entry.lives(now_ms);
        let last_resort = row.last_resort.filter(|_| !fault::keys::EXPIRED_LAST_RESORT_GIVEN.is_on());
        let one_time = row.one_time.iter().filter(|_| !fault::keys::EXPIRED_GIVEN.is_on());
        let over: Vec<StockEntry> = one_time.chain(&last_resort).copied().filter(is_over).collect();
        row.one_time.retain(|entry| !over.contains(entry));
        row.last_resort = row.last_resort.filter(|entry| !over.contains(entry));
        for entry in &over {
            self.discard(view, *entry);
        }
        if over.is_empty() { Aged::Same } else { Aged::Changed }
    }

    /// Writes the stock. It stays though nothing is in it: it says whether the device was told.
    pub(super) fn close<V: View>(self, view: &mut V, row: &StockRow) {
        view.put(self.stock_key(), row.encode());
    }
}

/// Whether expiry changed a stock.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Aged {
    Same,
    Changed,
}

impl StockEntry {
    /// Whether the KeyPackage may be handed out at this time.
    pub(super) const fn lives(&self, now_ms: u64) -> bool {
        now_ms / 1_000 < self.not_after_s
    }
}

/// The stocks of an account, or of one of its devices.
pub(super) fn shelves<V: Rows>(
    view: &V,
    account: AccountId,
    device: Option<DeviceId>,
) -> Result<Vec<(Shelf, StockRow)>, Fault<V::Error>> {
    let owner = Owner::Account(account);
    let (first, end) = match device {
        Some(device) => {
            let from = |suite: [u8; 3]| {
                key::row_with(owner, Table::Stock, &[device.as_bytes().as_slice(), &suite].concat())
            };
            (from([0; 3]), from([u8::MAX; 3]))
        }
        None => (key::row(owner, Table::Stock), key::table_end(owner, Table::Stock)),
    };
    // At most one a device and suite.
    let rows = view.scan(&first, &end, usize::MAX)?;
    rows.iter()
        .map(|(key, row)| {
            let (device, suite) = key::parse_stock(key).ok_or(Fault::Corrupt(Table::Stock))?;
            Ok((Shelf { account, device, suite }, row::decode(Table::Stock, row)?))
        })
        .collect()
}

/// Deletes all KeyPackages of a device that leaves its account. What it handed out stays remembered.
pub(crate) fn forget_device<V: View>(
    view: &mut V,
    account: AccountId,
    device: DeviceId,
) -> Result<(), Fault<V::Error>> {
    if fault::keys::REMOVED_KEYS_STAY.is_on() {
        return Ok(());
    }
    for (shelf, row) in shelves(view, account, Some(device))? {
        for entry in row.one_time.iter().chain(&row.last_resort) {
            shelf.discard(view, *entry);
        }
        view.delete(shelf.stock_key());
    }
    Ok(())
}
