//! Receipts of one transaction, folded into runs.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::item::RECEIPT_RANGES_MAX;
use crate::row::Effect;
use crate::{ClientRange, ClientSeq, DeviceId, ReceiptStatus};

/// What became of messages, by sender and status. At most one number a handled row.
#[derive(Debug, Default)]
pub(super) struct ReceiptSet {
    runs: BTreeMap<(DeviceId, ReceiptStatus), Vec<ClientRange>>,
}

impl ReceiptSet {
    pub(super) const fn new() -> Self {
        Self { runs: BTreeMap::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Adds a number: messages of one sender lie in a mailbox in the order of their numbers (DLV-022).
    pub(super) fn add(&mut self, sender: DeviceId, status: ReceiptStatus, seq: ClientSeq) {
        let runs = self.runs.entry((sender, status)).or_default();
        if let Some(run) = runs.last_mut()
            && run.first.value().checked_add(run.count) == Some(seq.value())
        {
            run.count = run.count.saturating_add(1);
        } else {
            runs.push(ClientRange { first: seq, count: 1 });
        }
    }

    pub(super) fn into_effects(self) -> impl Iterator<Item = Effect> {
        self.runs.into_iter().flat_map(|((to, status), mut runs)| {
            runs.sort_by_key(|run| run.first);
            let chunks: Vec<Effect> = runs
                .chunks(RECEIPT_RANGES_MAX)
                .map(|ranges| Effect::Receipt { to, status, ranges: ranges.to_vec() })
                .collect();
            chunks
        })
    }
}
