//! Credit, from both ends: totals since the session began (SES-020 to SES-023).

use pinnace_fault as fault;
use pinnace_wire::{Credit, CreditBytes, CreditCount, U62_MAX};

/// A count of credited frames and of the octets of their bodies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Credited frames.
    pub count: u64,
    /// Octets of bodies.
    pub bytes: u64,
}

impl Budget {
    /// What one frame with a body of that length costs.
    pub(crate) fn frame(body_len: usize) -> Self {
        Self { count: 1, bytes: u64::try_from(body_len).unwrap_or(u64::MAX) }
    }

    const fn plus(self, other: Self) -> Self {
        Self { count: self.count.saturating_add(other.count), bytes: self.bytes.saturating_add(other.bytes) }
    }

    const fn minus(self, other: Self) -> Self {
        Self { count: self.count.saturating_sub(other.count), bytes: self.bytes.saturating_sub(other.bytes) }
    }

    pub(crate) const fn holds(self, other: Self) -> bool {
        self.count >= other.count && self.bytes >= other.bytes
    }

    pub(crate) fn capped(self) -> (CreditCount, CreditBytes) {
        const FULL: (CreditCount, CreditBytes) = match (CreditCount::new(U62_MAX), CreditBytes::new(U62_MAX))
        {
            (Some(count), Some(bytes)) => (count, bytes),
            (None, _) | (_, None) => unreachable!(),
        };
        (CreditCount::new(self.count).unwrap_or(FULL.0), CreditBytes::new(self.bytes).unwrap_or(FULL.1))
    }
}

impl From<Credit> for Budget {
    fn from(credit: Credit) -> Self {
        Self { count: credit.count_limit.value(), bytes: credit.bytes_limit.value() }
    }
}

/// What the peer lets us send.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Allowance {
    limit: Budget,
    used: Budget,
}

/// The peer lowered a limit (SES-022).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lowered;

impl Allowance {
    /// The first limits, which count from the start of the session: what early frames used stays used.
    pub(crate) const fn begin(&mut self, limit: Budget) {
        self.limit = limit;
    }

    pub(crate) fn raise(&mut self, limit: Budget) -> Result<(), Lowered> {
        if !limit.holds(self.limit) && !fault::session::LOWERED_TAKEN.is_on() {
            return Err(Lowered);
        }
        self.limit = limit;
        Ok(())
    }

    pub(crate) fn left(&self) -> Budget {
        let left = self.limit.minus(self.used);
        if fault::session::CREDIT_IGNORED.is_on() {
            return Budget { count: U62_MAX, bytes: U62_MAX };
        }
        if fault::session::CREDIT_BYTES_IGNORED.is_on() {
            return Budget { bytes: U62_MAX, ..left };
        }
        left
    }

    pub(crate) const fn spend(&mut self, cost: Budget) {
        self.used = self.used.plus(cost);
    }
}

/// Octets of the longest body of a credited frame: a COMMIT that fills its record.
const LONGEST_LEN: u64 = 65_513;

/// What we let the peer send.
///
/// The window is what may be under way: a frame leaves it when it has been handled. The peer is told a new limit when half
/// of the window has been given back, or when what it has left would not do for the longest frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grant {
    window: Budget,
    told: Budget,
    used: Budget,
    handled: Budget,
}

/// The peer sent more than it may (SES-021).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overspent;

impl Grant {
    pub(crate) const fn new(window: Budget) -> Self {
        Self {
            window,
            told: window,
            used: Budget { count: 0, bytes: 0 },
            handled: Budget { count: 0, bytes: 0 },
        }
    }

    /// A credited frame arrived.
    pub(crate) fn spend(&mut self, cost: Budget) -> Result<(), Overspent> {
        self.used = self.used.plus(cost);
        if self.told.holds(self.used) || fault::session::OVERSPENT_TAKEN.is_on() {
            Ok(())
        } else {
            Err(Overspent)
        }
    }

    /// A credited frame was handled.
    pub(crate) const fn give_back(&mut self, cost: Budget) {
        self.handled = self.handled.plus(cost);
    }

    /// The CREDIT that is due, if one is.
    pub(crate) fn poll_raise(&mut self) -> Option<Credit> {
        let next = self.handled.plus(self.window);
        let gain = next.minus(self.told);
        let is_long_frame_stuck = self.window.bytes >= LONGEST_LEN
            && self.told.minus(self.used).bytes < LONGEST_LEN
            && !fault::session::LONG_FRAME_STUCK.is_on();
        if gain.count.saturating_mul(2) < self.window.count
            && gain.bytes.saturating_mul(2) < self.window.bytes
            && !is_long_frame_stuck
        {
            return None;
        }
        if gain == Budget::default() || fault::session::CREDIT_NOT_RAISED.is_on() {
            return None;
        }
        self.told = next;
        let (count_limit, bytes_limit) = next.capped();
        Some(Credit { count_limit, bytes_limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn of(count: u64, bytes: u64) -> Budget {
        Budget { count, bytes }
    }

    #[test]
    fn the_longest_frame_is_that_of_the_data() {
        let frames = pinnace_spec::frames().unwrap();
        assert_eq!(LONGEST_LEN, pinnace_spec::tables::longest_credited(frames));
    }

    #[test]
    fn allowance_is_what_is_left_of_the_total() {
        let mut allowance = Allowance::default();
        allowance.spend(of(1, 100));
        allowance.begin(of(4, 1_000));
        assert_eq!(allowance.left(), of(3, 900));
        assert_eq!(allowance.raise(of(5, 1_000)), Ok(()));
        assert_eq!(allowance.left(), of(4, 900));
        assert_eq!(allowance.raise(of(5, 999)), Err(Lowered));
    }

    #[test]
    fn grant_rises_once_half_is_handled() {
        let mut grant = Grant::new(of(4, 1_000));
        for _ in 0..4 {
            assert_eq!(grant.spend(of(1, 10)), Ok(()));
        }
        assert_eq!(grant.poll_raise(), None);
        grant.give_back(of(1, 10));
        assert_eq!(grant.poll_raise(), None);
        grant.give_back(of(1, 10));
        assert_eq!(grant.poll_raise().map(Budget::from), Some(of(6, 1_020)));
        assert_eq!(grant.poll_raise(), None);
        assert_eq!(grant.spend(of(2, 20)), Ok(()));
        assert_eq!(grant.spend(of(1, 1)), Err(Overspent));
    }

    #[test]
    fn half_of_the_octets_is_enough_for_a_grant_to_rise() {
        let mut grant = Grant::new(of(100, 1_000));
        assert_eq!(grant.spend(of(2, 500)), Ok(()));
        grant.give_back(of(1, 499));
        assert_eq!(grant.poll_raise(), None);
        grant.give_back(of(1, 1));
        assert_eq!(grant.poll_raise().map(Budget::from), Some(of(102, 1_500)));
    }

    #[test]
    fn longest_frame_finds_room_though_half_of_the_grant_is_left() {
        let mut grant = Grant::new(of(256, 65_536));
        assert_eq!(grant.spend(of(1, 20)), Ok(()));
        grant.give_back(of(1, 20));
        assert_eq!(grant.poll_raise(), None);
        assert_eq!(grant.spend(of(1, 10)), Ok(()));
        grant.give_back(of(1, 10));
        assert_eq!(grant.poll_raise().map(Budget::from), Some(of(258, 65_566)));
        assert_eq!(grant.spend(of(1, LONGEST_LEN)), Ok(()));
    }

    #[test]
    fn octets_alone_use_up_a_grant() {
        let mut grant = Grant::new(of(4, 1_000));
        assert_eq!(grant.spend(of(1, 1_001)), Err(Overspent));
    }
}
