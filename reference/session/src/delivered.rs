//! Which mailbox items this session has offered: each once (DLV-026).

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use pinnace_wire::{Class, MailboxMark, MailboxSeq};

use crate::acked::{Acked, MailboxRange};
use crate::not_now::NotNow;
use crate::server::{Item, Pushed};

/// Items of class call that may be out of turn at once. More wait until the normal ones have caught up.
const AHEAD_MAX: usize = 64;

/// What was offered: everything up to a mark, and what overtook it.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash)]
pub struct Delivered {
    up_to: u64,
    ahead: BTreeSet<u64>,
    /// What the first flight acknowledged above its cursor: the device has it (DLV-027).
    acked: Vec<MailboxRange>,
}

/// Whether the item was offered before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Offer {
    First,
    Again,
}

impl Delivered {
    /// Nothing was offered yet; what the stored cursor and the first flight cover need not be.
    pub fn after(stored: MailboxMark, acked: &Acked) -> Self {
        let up_to = stored.max(acked.cursor).value();
        Self { up_to, ahead: BTreeSet::new(), acked: acked.above.clone() }
    }

    /// The first number that was not offered in turn.
    pub const fn next(&self) -> Option<MailboxSeq> {
        MailboxSeq::new(self.up_to.saturating_add(1))
    }

    /// Offers an item by `send`, unless it was offered before.
    ///
    /// # Errors
    /// [`NotNow`]: `send` could not, or too many items have overtaken others.
    pub fn offer(
        &mut self,
        item: &Item<'_>,
        send: impl FnOnce() -> Result<(), NotNow>,
    ) -> Result<Pushed, NotNow> {
        let (seq, count) = item.span();
        let is_ahead = matches!(item, Item::Message { class: Some(Class::CALL), .. });
        if self.judge(seq) == Offer::Again {
            self.in_turn_again(seq);
            return Ok(Pushed::Already);
        }
        if is_ahead {
            self.room_ahead()?;
        }
        send()?;
        if is_ahead {
            self.overtaking(seq);
        } else {
            self.in_turn(seq, count);
        }
        Ok(Pushed::Queued)
    }

    pub(crate) fn judge(&self, seq: MailboxSeq) -> Offer {
        let is_acked = self.acked.iter().any(|range| range.first <= seq && seq <= range.last);
        let is_offered = seq.value() <= self.up_to || self.ahead.contains(&seq.value());
        if is_acked || is_offered { Offer::Again } else { Offer::First }
    }

    /// A run of items that was offered in turn; those that overtook are passed over.
    pub(crate) fn in_turn(&mut self, first: MailboxSeq, count: u64) {
        let last = first.value().saturating_add(count.saturating_sub(1));
        self.up_to = self.up_to.max(last);
        while self.ahead.first().is_some_and(|seq| *seq <= self.up_to) {
            self.ahead.pop_first();
        }
    }

    /// What of a run was not offered before: all behind its leading items that were, as its first number and a count.
    pub(crate) fn rest_of(&self, first: MailboxSeq, count: u64) -> Option<(MailboxSeq, u64)> {
        let end = first.value().saturating_add(count);
        let mut start = first.value().max(self.up_to.saturating_add(1));
        while self.ahead.contains(&start) {
            start = start.saturating_add(1);
        }
        let left = end.checked_sub(start).filter(|left| *left > 0)?;
        MailboxSeq::new(start).map(|start| (start, left))
    }

    /// An item that had overtaken comes in its turn: it is passed over.
    pub(crate) fn in_turn_again(&mut self, seq: MailboxSeq) {
        if seq.value() == self.up_to.saturating_add(1) {
            self.in_turn(seq, 1);
        }
    }

    /// Whether one more item may overtake.
    pub(crate) fn room_ahead(&self) -> Result<(), NotNow> {
        if self.ahead.len() < AHEAD_MAX { Ok(()) } else { Err(NotNow) }
    }

    pub(crate) fn overtaking(&mut self, seq: MailboxSeq) {
        if seq.value() == self.up_to.saturating_add(1) {
            self.in_turn(seq, 1);
        } else {
            self.ahead.insert(seq.value());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seq(value: u64) -> MailboxSeq {
        MailboxSeq::new(value).unwrap()
    }

    fn after(mark: u64) -> Delivered {
        Delivered::after(MailboxMark::new(mark).unwrap(), &Acked::up_to(MailboxMark::NOTHING))
    }

    #[test]
    fn overtaken_items_are_offered_once() {
        let mut delivered = after(4);
        assert_eq!(delivered.judge(seq(4)), Offer::Again);
        delivered.overtaking(seq(7));
        assert_eq!((delivered.judge(seq(7)), delivered.judge(seq(6))), (Offer::Again, Offer::First));
        delivered.in_turn(seq(5), 1);
        delivered.in_turn(seq(6), 1);
        assert_eq!(delivered.next(), Some(seq(7)));
        assert_eq!(delivered.judge(seq(7)), Offer::Again);
        delivered.in_turn_again(seq(7));
        assert_eq!(delivered.judge(seq(8)), Offer::First);
        assert!(delivered.ahead.is_empty());
    }

    #[test]
    fn what_the_first_flight_acknowledged_is_not_offered() {
        let range = MailboxRange { first: seq(3), last: seq(5) };
        let acked = Acked { cursor: MailboxMark::new(1).unwrap(), above: Vec::from([range]) };
        let delivered = Delivered::after(MailboxMark::NOTHING, &acked);
        let first: Vec<u64> = (1..8).filter(|value| delivered.judge(seq(*value)) == Offer::First).collect();
        assert_eq!(first, [2, 6, 7]);
        assert_eq!(Delivered::after(MailboxMark::new(2).unwrap(), &acked).next(), Some(seq(3)));
    }

    #[test]
    fn of_a_run_the_rest_is_new() {
        let mut delivered = after(4);
        assert_eq!(delivered.rest_of(seq(5), 2), Some((seq(5), 2)));
        delivered.overtaking(seq(6));
        assert_eq!(delivered.rest_of(seq(3), 2), None);
        assert_eq!(delivered.rest_of(seq(3), 3), Some((seq(5), 1)));
        delivered.in_turn(seq(5), 1);
        assert_eq!(delivered.rest_of(seq(5), 2), None);
        assert_eq!(delivered.rest_of(seq(6), 3), Some((seq(7), 2)));
    }

    #[test]
    fn few_may_overtake() {
        let mut delivered = Delivered::default();
        for value in 0..64 {
            assert_eq!(delivered.room_ahead(), Ok(()));
            delivered.overtaking(seq(10 + value));
        }
        assert_eq!(delivered.room_ahead(), Err(NotNow));
    }
}
