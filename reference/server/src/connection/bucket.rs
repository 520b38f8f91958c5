//! A token bucket: what one session may send that has no outcome.

use pinnace_session::Now;

use crate::shared::Rate;

/// Tokens that fill by time, up to the burst.
#[derive(Debug)]
pub(super) struct Bucket {
    rate: Rate,
    /// Thousandths of tokens.
    held: u64,
    filled: Now,
}

impl Bucket {
    pub(super) const fn full(rate: Rate, now: Now) -> Self {
        Self { rate, held: rate.burst.saturating_mul(1000), filled: now }
    }

    /// Takes a token, if there is one.
    pub(super) fn take(&mut self, now: Now) -> bool {
        // A rate a second is as many thousandths a millisecond.
        let gained = now.ms.saturating_sub(self.filled.ms).saturating_mul(self.rate.per_s);
        self.held = self.held.saturating_add(gained).min(self.rate.burst.saturating_mul(1000));
        self.filled = now;
        let rest = self.held.checked_sub(1000);
        self.held = rest.unwrap_or(self.held);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burst_then_rate() {
        let mut bucket = Bucket::full(Rate { per_s: 10, burst: 3 }, Now { ms: 0 });
        let mut taken = |ms| (0..5).filter(|_| bucket.take(Now { ms })).count();
        assert_eq!([taken(0), taken(99), taken(100), taken(10_000)], [3, 0, 1, 3]);
    }
}
