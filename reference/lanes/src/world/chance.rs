//! Chance that one seed decides.

/// A number from a number, well mixed (SplitMix64).
#[must_use]
pub(super) const fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A row of numbers that follows from a seed.
#[derive(Clone, Copy, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The row of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number, from 0 to `max`, both included.
    pub const fn up_to(&mut self, max: u64) -> u64 {
        self.0 = mix(self.0);
        match max.checked_add(1) {
            Some(count) => self.0 % count,
            None => self.0,
        }
    }
}
