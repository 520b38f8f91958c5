//! Generic cell rate: one stored time per limited thing, however many operations it has seen.

/// A rate: `burst` operations at once, then one every `interval_ns`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    interval_ns: u64,
    burst: u64,
}

const NS_PER_MS: u64 = 1_000_000;

/// No answer asks for a longer wait, in milliseconds.
pub(crate) const WAIT_MAX_MS: u64 = 3_600_000;

impl Rate {
    /// `count` operations in each `period_ms`, `burst` of them at once.
    pub(crate) const fn new(count: u64, period_ms: u64, burst: u64) -> Self {
        let interval_ns = match period_ms.saturating_mul(NS_PER_MS).checked_div(count) {
            Some(interval_ns) => interval_ns,
            None => u64::MAX,
        };
        Self { interval_ns, burst }
    }

    /// Takes one operation at `now_ms`. `full_ns` is when all of the burst is free again, as stored; the new value is
    /// returned, or else the milliseconds to wait, from 1 to an hour.
    pub(crate) fn take(self, full_ns: u64, now_ms: u64) -> Result<u64, u64> {
        let now_ns = now_ms.saturating_mul(NS_PER_MS);
        let most_ns = now_ns.saturating_add(self.interval_ns.saturating_mul(self.burst));
        // No operation stores a time beyond a full burst: the clock was set back since, by how much nobody knows. The burst
        // counts as used, but this operation passes: its time is the first one of the new clock.
        let full_ns =
            if full_ns > most_ns { most_ns.saturating_sub(self.interval_ns) } else { full_ns.max(now_ns) };
        let next_ns = full_ns.saturating_add(self.interval_ns);
        if next_ns <= most_ns {
            return Ok(next_ns);
        }
        Err((next_ns - most_ns).div_ceil(NS_PER_MS).clamp(1, WAIT_MAX_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At each time, whether one more operation passes (`Ok`) or how long it must wait.
    #[track_caller]
    fn check(rate: Rate, script: &[(u64, Result<(), u64>)]) {
        let mut full_ns = 0;
        for (index, (now_ms, expected)) in script.iter().enumerate() {
            let got = rate.take(full_ns, *now_ms).map(|next_ns| full_ns = next_ns);
            assert_eq!(got, *expected, "step {index}");
        }
    }

    #[test]
    fn a_burst_passes_then_the_rate_holds() {
        let rate = Rate::new(10, 1_000, 3);
        check(
            rate,
            &[
                (1_000, Ok(())),
                (1_000, Ok(())),
                (1_000, Ok(())),
                (1_000, Err(100)),
                (1_050, Err(50)),
                (1_100, Ok(())),
                (1_100, Err(100)),
            ],
        );
    }

    #[test]
    fn a_wait_is_never_zero() {
        check(Rate::new(10_000_000, 1_000, 1), &[(5, Ok(())), (5, Err(1)), (6, Ok(()))]);
    }

    #[test]
    fn a_clock_set_back_costs_no_more_than_a_burst() {
        check(
            Rate::new(1, 1_000, 2),
            &[
                (9_000_000, Ok(())),
                (9_000_000, Ok(())),
                (1_000, Ok(())),
                (1_000, Err(1_000)),
                (2_000, Ok(())),
                (4_000, Ok(())),
                (4_000, Ok(())),
                (4_000, Err(1_000)),
            ],
        );
    }
}
