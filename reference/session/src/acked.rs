//! What a device has, as an ACK tells it.

use alloc::vec::Vec;

use pinnace_wire::{Ack, AckRange, Count, List, MailboxMark, MailboxSeq};

/// A run of mailbox numbers, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MailboxRange {
    /// First number.
    pub first: MailboxSeq,
    /// Last number, not below the first.
    pub last: MailboxSeq,
}

/// Mailbox items that are durable at the device: all up to the cursor, and runs above it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Acked {
    /// Every item up to here.
    pub cursor: MailboxMark,
    /// Runs above the cursor: rising, disjoint, not adjacent.
    pub above: Vec<MailboxRange>,
}

/// A number lies beyond the number space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BeyondNumbers;

impl Acked {
    /// The most runs that one ACK carries.
    pub const RANGES_MAX: usize = 32;

    /// Everything up to the cursor and nothing above it.
    #[must_use]
    pub const fn up_to(cursor: MailboxMark) -> Self {
        Self { cursor, above: Vec::new() }
    }

    pub(crate) fn from_wire(ack: &Ack<'_>) -> Result<Self, BeyondNumbers> {
        let mut last = ack.cursor.value();
        let mut above = Vec::with_capacity(ack.ranges.len());
        for AckRange { skip, count } in ack.ranges {
            let first = last.checked_add(skip.value()).and_then(|skipped| skipped.checked_add(1));
            let first = first.ok_or(BeyondNumbers)?;
            last = first.checked_add(count.value().saturating_sub(1)).ok_or(BeyondNumbers)?;
            let range = MailboxSeq::new(first).zip(MailboxSeq::new(last));
            let (first, last) = range.ok_or(BeyondNumbers)?;
            above.push(MailboxRange { first, last });
        }
        Ok(Self { cursor: ack.cursor, above })
    }

    /// The runs as ACK writes them; runs beyond the 32nd are left out.
    pub(crate) fn to_ranges(&self) -> Vec<AckRange> {
        let mut last = self.cursor.value();
        let mut ranges = Vec::with_capacity(self.above.len().min(Self::RANGES_MAX));
        for range in self.above.iter().take(Self::RANGES_MAX) {
            let skip = range.first.value().saturating_sub(last).checked_sub(1).and_then(Count::new);
            let count = range.last.value().checked_sub(range.first.value());
            let count = count.and_then(|more| Count::new(more.saturating_add(1)));
            let Some((skip, count)) = skip.zip(count) else { break };
            last = range.last.value();
            ranges.push(AckRange { skip, count });
        }
        ranges
    }

    /// The highest number that is named.
    pub(crate) fn highest(&self) -> MailboxMark {
        self.above.last().map_or(self.cursor, |range| range.last.mark().max(self.cursor))
    }

    /// Whether the number is named.
    #[must_use]
    pub fn covers(&self, seq: MailboxSeq) -> bool {
        self.cursor.covers(seq) || self.above.iter().any(|range| range.first <= seq && seq <= range.last)
    }

    /// What both tell together, in the same form.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Self {
        let mut runs: Vec<MailboxRange> = self.above.iter().chain(&other.above).copied().collect();
        runs.sort_by_key(|range| range.first);
        let mut merged = Self::up_to(self.cursor.max(other.cursor));
        for run in runs {
            merged.add(run);
        }
        merged
    }

    /// Adds a run that does not begin before the last one.
    fn add(&mut self, run: MailboxRange) {
        if self.above.is_empty() && self.cursor.next().is_some_and(|next| run.first <= next) {
            self.cursor = self.cursor.max(run.last.mark());
            return;
        }
        match self.above.last_mut() {
            Some(last) if last.last.next().is_some_and(|next| run.first <= next) => {
                last.last = last.last.max(run.last);
            }
            Some(_) | None => self.above.push(run),
        }
    }

    /// Gives the frame to `with`; the frame borrows.
    pub(crate) fn with_frame<T>(&self, with: impl FnOnce(Ack<'_>) -> T) -> T {
        let ranges = self.to_ranges();
        with(Ack { cursor: self.cursor, ranges: List::from_slice(&ranges) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acked(cursor: u64, above: &[(u64, u64)]) -> Acked {
        let seq = |value| MailboxSeq::new(value).unwrap();
        Acked {
            cursor: MailboxMark::new(cursor).unwrap(),
            above: above
                .iter()
                .map(|(first, last)| MailboxRange { first: seq(*first), last: seq(*last) })
                .collect(),
        }
    }

    #[test]
    fn frame_and_back() {
        let sent = acked(5, &[(7, 8), (10, 10), (20, 29)]);
        assert_eq!(sent.with_frame(|ack| Acked::from_wire(&ack)), Ok(sent.clone()));
        assert_eq!(sent.highest().value(), 29);
        assert!(sent.covers(MailboxSeq::new(8).unwrap()) && !sent.covers(MailboxSeq::new(9).unwrap()));
    }

    #[test]
    fn number_beyond_the_number_space_is_refused() {
        let count = Count::new(Count::MAX).unwrap();
        let ranges = [AckRange { skip: count, count }];
        let ack = Ack { cursor: MailboxMark::NOTHING, ranges: List::from_slice(&ranges) };
        assert_eq!(Acked::from_wire(&ack), Err(BeyondNumbers));
    }

    #[test]
    fn merging_keeps_the_form() {
        let merged =
            acked(5, &[(9, 10), (20, 22)]).merged(&acked(7, &[(8, 8), (11, 12), (21, 30), (40, 40)]));
        assert_eq!(merged, acked(12, &[(20, 30), (40, 40)]));
        assert_eq!(acked(3, &[]).merged(&acked(1, &[(2, 6)])), acked(6, &[]));
    }
}
