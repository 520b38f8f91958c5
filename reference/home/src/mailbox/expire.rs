//! Ends what is too old.

use super::{BATCH, Mailbox};
use crate::row::{ItemRow, Queue};
use crate::{Fault, GapReason, ReceiptStatus, Table, View, key};
use pinnace_fault as fault;

impl<V: View> Mailbox<'_, V> {
    /// Ends up to [`BATCH`] items that are due in each order of age, and asks for the next sweep.
    pub(crate) fn expire(&mut self, now_ms: u64) -> Result<(), Fault<V::Error>> {
        if fault::mailbox::EXPIRED_DELIVERED.is_on() {
            return Ok(());
        }
        self.expire_in_order(now_ms)?;
        self.expire_indexed(now_ms)
    }

    /// Items that expire in order: from the oldest, up to the first that is not due.
    fn expire_in_order(&mut self, now_ms: u64) -> Result<(), Fault<V::Error>> {
        let from = self.row.aged.max(self.row.cursor);
        let rows = self.items(from.saturating_add(1), self.row.last, BATCH)?;
        let is_whole = rows.len() < BATCH;
        self.row.aged = rows.last().map_or(from, |(seq, _)| *seq);
        for (seq, item) in rows {
            match item {
                ItemRow::Held(held) if held.queue() == Queue::InOrder => {
                    if now_ms < held.due_ms() {
                        self.row.aged = seq.saturating_sub(1);
                        self.wake_at(held.due_ms());
                        return Ok(());
                    }
                    self.tell(&held, ReceiptStatus::Expired);
                    self.end(seq, &held, GapReason::Expired);
                }
                ItemRow::Held(_) | ItemRow::Ended(_) | ItemRow::Run(..) => {}
            }
        }
        if !is_whole {
            self.wake_at(now_ms);
        }
        Ok(())
    }

    /// Items that expire before an older one: the index tells which.
    fn expire_indexed(&mut self, now_ms: u64) -> Result<(), Fault<V::Error>> {
        let owner = self.owner();
        let (first, end) = (key::row(owner, Table::Due), key::table_end(owner, Table::Due));
        let keys = self.view.scan(&first, &end, BATCH)?;
        for (key, _) in &keys {
            let (due_ms, seq) = key::parse_due(key).ok_or(Fault::Corrupt(Table::Due))?;
            if now_ms < due_ms {
                self.wake_at(due_ms);
                return Ok(());
            }
            match self.item(seq)? {
                // The cursor has passed it: cleaning will come by, and takes the index row along.
                Some(_) if seq <= self.row.cursor => {}
                Some(ItemRow::Held(held)) => {
                    self.tell(&held, ReceiptStatus::Expired);
                    self.end(seq, &held, GapReason::Expired);
                }
                Some(ItemRow::Ended(_) | ItemRow::Run(..)) | None => {}
            }
            self.view.delete(key.clone());
        }
        if keys.len() == BATCH {
            self.wake_at(now_ms);
        }
        Ok(())
    }
}
