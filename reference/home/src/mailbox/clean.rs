//! Deletes what the cursor has passed, in bounded batches.

use super::{BATCH, Mailbox};
use crate::row::{Held, ItemRow};
use crate::{Fault, ReceiptStatus, View};

impl<V: View> Mailbox<'_, V> {
    /// What became of an item that the cursor has passed. An item that was due before counts as expired, as the device
    /// was or would have been told (DLV-038).
    fn fate(&self, seq: u64, held: &Held, now_ms: u64) -> ReceiptStatus {
        if held.due_ms() <= now_ms {
            ReceiptStatus::Expired
        } else if self.row.is_gone(seq) {
            ReceiptStatus::DeviceGone
        } else {
            ReceiptStatus::Delivered
        }
    }

    /// Deletes up to [`BATCH`] rows at or below the cursor and tells the senders; asks for a sweep if more are left.
    pub(crate) fn clean(&mut self, now_ms: u64) -> Result<(), Fault<V::Error>> {
        if self.row.swept == self.row.cursor {
            return Ok(());
        }
        let rows = self.items(self.row.swept.saturating_add(1), self.row.cursor, BATCH)?;
        // A short scan means that nothing is left up to the cursor.
        self.row.swept = if rows.len() < BATCH {
            self.row.cursor
        } else {
            rows.last().map_or(self.row.cursor, |(seq, _)| *seq)
        };
        for (seq, item) in rows {
            if let ItemRow::Held(held) = item {
                let status = self.fate(seq, &held, now_ms);
                self.tell(&held, status);
                self.uncount(seq, &held);
            }
            self.row.row_count = self.row.row_count.saturating_sub(1);
            let key = self.item_key(seq);
            self.view.delete(key);
        }
        if self.row.swept < self.row.cursor {
            self.wake_at(now_ms);
        }
        Ok(())
    }
}
