//! A device's offer to be linked.

use super::Row;
use crate::HelloCounter;
use crate::codec::{Corrupt, Reader, Writer};

/// An offer. It stays until its timer has come, used or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct LinkRow {
    /// When it ends, in Unix milliseconds; 0: it was used.
    pub expires_ms: u64,
    /// When the sweep is asked for, in Unix milliseconds.
    pub timer_ms: u64,
    /// The counter of the HELLO of the session that waits.
    pub hello_counter: HelloCounter,
}

impl Row for LinkRow {
    const LEN_HINT: usize = 32;

    fn write(&self, to: &mut Writer) {
        for value in [self.expires_ms, self.timer_ms, self.hello_counter.value()] {
            to.number(value);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            expires_ms: from.number()?,
            timer_ms: from.number()?,
            hello_counter: HelloCounter::new(from.number()?).ok_or(Corrupt)?,
        })
    }
}
