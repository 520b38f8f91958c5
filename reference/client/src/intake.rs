//! Which mailbox items are durable at this device: the cursor, and the runs above it.

use std::collections::BTreeMap;

use pinnace_session::{Acked, MailboxRange};
use pinnace_wire::{MailboxMark, MailboxSeq};

/// Runs above the cursor at most. Only items of class call come ahead of their turn; one more run than this is left to a
/// later session.
const RUNS_MAX: usize = 1024;

/// The numbers of the items that this device has, so that each is taken once (DLV-049).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Intake {
    /// Every item up to here is durable; 0 is none.
    cursor: u64,
    /// First to last of each run above the cursor; runs neither touch nor overlap.
    above: BTreeMap<u64, u64>,
}

/// What becomes of an item that arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is new: keep it.
    Fresh,
    /// The device has it.
    Known,
    /// It came too far ahead of its turn; the server will offer it again.
    NoRoom,
}

impl Intake {
    /// What the store kept.
    pub(crate) fn from_parts(cursor: u64, runs: impl IntoIterator<Item = (u64, u64)>) -> Self {
        Self { cursor, above: runs.into_iter().collect() }
    }

    /// The cursor: everything up to it is durable.
    #[must_use]
    pub fn cursor(&self) -> MailboxMark {
        MailboxMark::new(self.cursor).unwrap_or(MailboxMark::NOTHING)
    }

    /// First and last of each run above the cursor, rising.
    pub(crate) fn runs(&self) -> impl Iterator<Item = (u64, u64)> {
        self.above.iter().map(|(first, last)| (*first, *last))
    }

    /// What ACK says.
    #[must_use]
    pub fn acked(&self) -> Acked {
        let range = |(first, last)| {
            Some(MailboxRange { first: MailboxSeq::new(first)?, last: MailboxSeq::new(last)? })
        };
        Acked { cursor: self.cursor(), above: self.runs().filter_map(range).collect() }
    }

    /// An item with this number arrived.
    pub fn take(&mut self, seq: MailboxSeq) -> Taken {
        if self.has(seq.value()) {
            return Taken::Known;
        }
        self.add(seq.value(), seq.value())
    }

    /// Nothing will come under these numbers any more (DLV-050).
    pub fn skip(&mut self, seq: MailboxSeq, count: u64) -> Taken {
        let last = seq.value().saturating_add(count.saturating_sub(1)).min(MailboxSeq::MAX);
        if last <= self.cursor { Taken::Known } else { self.add(seq.value(), last) }
    }

    /// The server's own cursor is ahead: this device lost its numbers, and nothing below comes again.
    pub fn raise(&mut self, cursor: MailboxMark) {
        self.cursor = self.cursor.max(cursor.value());
        self.close_up();
    }

    fn has(&self, seq: u64) -> bool {
        seq <= self.cursor || self.above.range(..=seq).next_back().is_some_and(|(_, last)| seq <= *last)
    }

    fn add(&mut self, first: u64, last: u64) -> Taken {
        if first > self.cursor.saturating_add(1) && self.above.len() >= RUNS_MAX {
            return Taken::NoRoom;
        }
        let (mut first, mut last) = (first, last);
        // Runs that touch or overlap the new one become part of it.
        while let Some((low, high)) =
            self.above.range(..=last.saturating_add(1)).next_back().map(|(l, h)| (*l, *h))
        {
            if high.saturating_add(1) < first {
                break;
            }
            self.above.remove(&low);
            (first, last) = (first.min(low), last.max(high));
        }
        self.above.insert(first, last);
        self.close_up();
        Taken::Fresh
    }

    fn close_up(&mut self) {
        while let Some(run) = self.above.first_entry() {
            if *run.key() > self.cursor.saturating_add(1) {
                break;
            }
            self.cursor = self.cursor.max(run.remove());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn seq(value: u64) -> MailboxSeq {
        MailboxSeq::new(value).unwrap()
    }

    #[test]
    fn items_ahead_wait_above_the_cursor() {
        let mut intake = Intake::default();
        assert_eq!(intake.take(seq(3)), Taken::Fresh);
        assert_eq!(intake.cursor().value(), 0);
        assert_eq!(intake.take(seq(1)), Taken::Fresh);
        assert_eq!(intake.runs().collect::<Vec<_>>(), [(3, 3)]);
        assert_eq!(intake.take(seq(2)), Taken::Fresh);
        assert_eq!((intake.cursor().value(), intake.runs().count()), (3, 0));
    }

    #[test]
    fn too_many_runs_are_left_to_a_later_session() {
        let mut intake = Intake::default();
        for run in 1..=1024 {
            assert_eq!(intake.take(seq(run * 2 + 1)), Taken::Fresh);
        }
        assert_eq!(intake.take(seq(5000)), Taken::NoRoom);
        assert_eq!(intake.take(seq(1)), Taken::Fresh);
    }

    proptest! {
        #[test]
        fn intake_is_a_set_of_numbers(steps in prop::collection::vec((1_u64..40, 1_u64..6, any::<bool>()), 0..80)) {
            let mut intake = Intake::default();
            let mut model = BTreeSet::new();
            for (first, count, gap) in steps {
                if gap {
                    intake.skip(seq(first), count);
                    model.extend(first..first + count);
                } else {
                    let fresh = intake.take(seq(first)) == Taken::Fresh;
                    prop_assert_eq!(fresh, model.insert(first));
                }
                let cursor = (1..).take_while(|n| model.contains(n)).last().unwrap_or(0);
                prop_assert_eq!(intake.cursor().value(), cursor);
                let above: BTreeSet<u64> = intake.runs().flat_map(|(low, high)| low..=high).collect();
                let expected: BTreeSet<u64> = model.iter().copied().filter(|n| *n > cursor).collect();
                prop_assert_eq!(above, expected);
                let runs: Vec<_> = intake.runs().collect();
                prop_assert!(runs.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
            }
        }
    }
}
