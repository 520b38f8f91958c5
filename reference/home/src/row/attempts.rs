//! What was tried for a telephone number.

use super::Row;
use crate::codec::{Corrupt, Reader, Writer};

/// Counters of a telephone number, across connections and devices (REG-010).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct AttemptsRow {
    /// When the whole burst of REGISTERs is free again, in Unix nanoseconds.
    pub rate_full_ns: u64,
    /// Since when wrong codes are counted, in Unix milliseconds.
    pub since_ms: u64,
    /// Wrong codes since then.
    pub wrong_count: u64,
    /// When the last code was sent, in Unix milliseconds; 0: none that counts.
    pub sent_ms: u64,
    /// When the sweep is asked for; 0: not at all.
    pub timer_ms: u64,
    /// Number of the next effect on another owner.
    pub outbox_next: u64,
}

impl Row for AttemptsRow {
    fn write(&self, to: &mut Writer) {
        for value in [
            self.rate_full_ns,
            self.since_ms,
            self.wrong_count,
            self.sent_ms,
            self.timer_ms,
            self.outbox_next,
        ] {
            to.number(value);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            rate_full_ns: from.number()?,
            since_ms: from.number()?,
            wrong_count: from.number()?,
            sent_ms: from.number()?,
            timer_ms: from.number()?,
            outbox_next: from.number()?,
        })
    }
}
