//! Reads messages and items.

use redb::{ReadableDatabase, ReadableTable};

use super::octets::Reader;
use super::{INBOX, META, OUTBOX, Store, StoreError, meta, record};
use crate::item::{InboxItem, ItemNumber};
use crate::message::OutboxRecord;

impl Store {
    /// The message of this number, or `None` when it was never given or is no longer kept.
    ///
    /// # Errors
    ///
    /// [`StoreError::Engine`] and [`StoreError::Damaged`].
    pub fn message(&self, seq: u64) -> Result<Option<OutboxRecord>, StoreError> {
        let table = self.database.begin_read()?.open_table(OUTBOX)?;
        let Some(octets) = table.get(seq)? else { return Ok(None) };
        let record = record::outbox_from_bytes(octets.value());
        record.map(Some).ok_or(StoreError::Damaged { place: "outbox" })
    }

    /// The first item of the inbox after this number.
    ///
    /// # Errors
    ///
    /// [`StoreError::Engine`] and [`StoreError::Damaged`].
    pub fn item_after(&self, number: ItemNumber) -> Result<Option<(ItemNumber, InboxItem)>, StoreError> {
        let table = self.database.begin_read()?.open_table(INBOX)?;
        let Some(row) = table.range(number.saturating_add(1)..)?.next() else { return Ok(None) };
        let (number, octets) = row?;
        let item = record::item_from_bytes(octets.value()).ok_or(StoreError::Damaged { place: "inbox" })?;
        Ok(Some((number.value(), item)))
    }

    /// The last item that the application took; 0 is none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Engine`] and [`StoreError::Damaged`].
    pub fn taken(&self) -> Result<ItemNumber, StoreError> {
        let table = self.database.begin_read()?.open_table(META)?;
        let taken = table.get(meta::TAKEN)?.map_or(Some(0), |octets| Reader(octets.value()).u64());
        taken.ok_or(StoreError::Damaged { place: meta::TAKEN })
    }

    /// Up to `count_max` messages, the latest first.
    ///
    /// # Errors
    ///
    /// [`StoreError::Engine`] and [`StoreError::Damaged`].
    pub fn latest_messages(&self, count_max: usize) -> Result<Vec<(u64, OutboxRecord)>, StoreError> {
        let table = self.database.begin_read()?.open_table(OUTBOX)?;
        let mut latest = Vec::new();
        for row in table.iter()?.rev().take(count_max) {
            let (seq, octets) = row?;
            let record = record::outbox_from_bytes(octets.value());
            latest.push((seq.value(), record.ok_or(StoreError::Damaged { place: "outbox" })?));
        }
        Ok(latest)
    }

    /// Up to `count_max` items, taken or not, the latest first.
    ///
    /// # Errors
    ///
    /// [`StoreError::Engine`] and [`StoreError::Damaged`].
    pub fn latest_items(&self, count_max: usize) -> Result<Vec<(ItemNumber, InboxItem)>, StoreError> {
        let table = self.database.begin_read()?.open_table(INBOX)?;
        let mut latest = Vec::new();
        for row in table.iter()?.rev().take(count_max) {
            let (number, octets) = row?;
            let item = record::item_from_bytes(octets.value());
            latest.push((number.value(), item.ok_or(StoreError::Damaged { place: "inbox" })?));
        }
        Ok(latest)
    }
}
