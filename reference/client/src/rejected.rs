//! Items that this device rejects, until the server is known to have heard so.

use std::collections::{BTreeMap, BTreeSet};

use pinnace_session::{Acked, MailboxRange};
use pinnace_wire::{MailboxMark, MailboxSeq, NackReason};

/// Rejections that are kept at most. The oldest make way: a server that sent so many items since has read their NACKs,
/// for they stand before the CREDIT that let it.
const WAITING_MAX: usize = 1024;

/// The terminal NACKs that a later session may have to say again (DLV-054).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rejected {
    /// What is durable: the reason by the number of the item.
    waiting: BTreeMap<MailboxSeq, NackReason>,
    /// What this session has not said yet.
    untold: BTreeSet<MailboxSeq>,
}

impl Rejected {
    /// What the store kept.
    pub(crate) fn from_parts(parts: impl IntoIterator<Item = (MailboxSeq, NackReason)>) -> Self {
        Self { waiting: parts.into_iter().collect(), untold: BTreeSet::new() }
    }

    /// What the store keeps, rising.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (MailboxSeq, NackReason)> {
        self.waiting.iter().map(|(seq, reason)| (*seq, *reason))
    }

    /// The device rejects this item.
    pub fn add(&mut self, seq: MailboxSeq, reason: NackReason) {
        if self.waiting.len() >= WAITING_MAX
            && let Some((oldest, _)) = self.waiting.pop_first()
        {
            self.untold.remove(&oldest);
        }
        self.waiting.insert(seq, reason);
        self.untold.insert(seq);
    }

    /// A session began: what the server has acknowledged needs no word any more, nor what its mailbox does not have;
    /// all else is to be said again. Gives whether anything was forgotten.
    pub fn on_welcome(&mut self, cursor: MailboxMark, mailbox_last: MailboxMark) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|seq, _| !cursor.covers(*seq) && mailbox_last.covers(*seq));
        self.untold = self.waiting.keys().copied().collect();
        self.waiting.len() != before
    }

    /// What is to be said before the cursor moves over it.
    pub fn take_untold(&mut self) -> Vec<(MailboxSeq, NackReason)> {
        let untold = core::mem::take(&mut self.untold);
        untold.iter().filter_map(|seq| Some((*seq, *self.waiting.get(seq)?))).collect()
    }

    /// What may be acknowledged before a session has said any NACK: all but these items.
    #[must_use]
    pub fn without(&self, acked: &Acked) -> Acked {
        let up_to_cursor = MailboxSeq::new(acked.cursor.value());
        let whole = up_to_cursor.map(|last| MailboxRange { first: MailboxSeq::FIRST, last });
        let mut above = Vec::new();
        for range in whole.into_iter().chain(acked.above.iter().copied()) {
            self.split(range, &mut above);
        }
        let lowest = above.first().filter(|run| run.first == MailboxSeq::FIRST).map(|run| run.last.mark());
        if lowest.is_some() {
            above.remove(0);
        }
        Acked { cursor: lowest.unwrap_or(MailboxMark::NOTHING), above }
    }

    /// The runs of a range that are left without the rejected items.
    fn split(&self, range: MailboxRange, into: &mut Vec<MailboxRange>) {
        let mut from = range.first.value();
        let ends = self.waiting.range(range.first..=range.last).map(|(seq, _)| seq.value());
        let beyond = range.last.value().saturating_add(1);
        for end in ends.chain([beyond]) {
            let run = MailboxSeq::new(from).zip(MailboxSeq::new(end.saturating_sub(1)));
            into.extend(
                run.filter(|(first, last)| first <= last).map(|(first, last)| MailboxRange { first, last }),
            );
            from = end.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seq(value: u64) -> MailboxSeq {
        MailboxSeq::new(value).unwrap()
    }

    fn mark(value: u64) -> MailboxMark {
        MailboxMark::new(value).unwrap()
    }

    fn rejected(numbers: &[u64]) -> Rejected {
        Rejected::from_parts(numbers.iter().map(|number| (seq(*number), NackReason::MALFORMED)))
    }

    #[track_caller]
    fn check(numbers: &[u64], acked: (u64, &[(u64, u64)]), left: (u64, &[(u64, u64)])) {
        let runs = |runs: &[(u64, u64)]| {
            runs.iter().map(|(first, last)| MailboxRange { first: seq(*first), last: seq(*last) }).collect()
        };
        let acked = Acked { cursor: mark(acked.0), above: runs(acked.1) };
        let left = Acked { cursor: mark(left.0), above: runs(left.1) };
        assert_eq!(rejected(numbers).without(&acked), left, "{numbers:?}");
    }

    #[test]
    fn what_is_rejected_is_left_out_and_nothing_else() {
        check(&[], (0, &[]), (0, &[]));
        check(&[], (7, &[(9, 9)]), (7, &[(9, 9)]));
        check(&[7], (7, &[]), (6, &[]));
        check(&[1], (7, &[]), (0, &[(2, 7)]));
        check(&[1], (1, &[]), (0, &[]));
        check(&[3, 4], (7, &[(9, 12)]), (2, &[(5, 7), (9, 12)]));
        check(&[9, 11], (7, &[(9, 12)]), (7, &[(10, 10), (12, 12)]));
        check(&[3], (0, &[(3, 3), (5, 6)]), (0, &[(5, 6)]));
        check(&[1, 2, 3], (3, &[(5, 6)]), (0, &[(5, 6)]));
    }

    #[test]
    fn each_session_says_what_the_server_has_not_passed() {
        let mut rejected = Rejected::default();
        rejected.add(seq(4), NackReason::MALFORMED);
        rejected.add(seq(9), NackReason::UNSUPPORTED);
        assert_eq!(rejected.take_untold().len(), 2);
        assert_eq!(rejected.take_untold(), []);
        assert!(rejected.on_welcome(mark(4), mark(20)));
        assert_eq!(rejected.take_untold(), [(seq(9), NackReason::UNSUPPORTED)]);
        assert!(!rejected.on_welcome(mark(8), mark(20)));
        assert!(rejected.on_welcome(mark(0), mark(3)), "a mailbox that begins anew has no such item");
        assert_eq!(rejected, Rejected::default());
    }

    #[test]
    fn the_oldest_make_way() {
        let mut rejected = Rejected::default();
        for number in 1..=1025 {
            rejected.add(seq(number), NackReason::MALFORMED);
        }
        assert_eq!((rejected.parts().count(), rejected.parts().next().unwrap().0), (1024, seq(2)));
    }
}
