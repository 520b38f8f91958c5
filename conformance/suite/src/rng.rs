//! Deterministic bytes for cases: the same seed and label give the same bytes for ever.

/// A SplitMix64 stream. Not for secrets: whoever knows the seed knows every key of the run, which is what
/// makes a run repeatable.
#[derive(Clone, Debug)]
pub struct CaseRng {
    state: u64,
}

impl CaseRng {
    /// The stream of one label under one seed. Labels are `CASE-ID` and the purpose, so that a new use of
    /// randomness in a case does not move the bytes of the others.
    #[must_use]
    pub fn new(seed: u64, labels: &[&str]) -> Self {
        // FNV-1a, with a byte between labels that no label holds.
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in labels.iter().flat_map(|label| label.bytes().chain([0xff])) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        let mut stream = Self { state: seed };
        stream.state = stream.u64() ^ hash;
        stream
    }

    /// The next 64 bits.
    pub const fn u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to, not including, `bound`; 0 when `bound` is 0. The bias is below bound / 2^64.
    pub const fn below(&mut self, bound: u64) -> u64 {
        match self.u64().checked_rem(bound) {
            Some(rest) => rest,
            None => 0,
        }
    }

    /// Fills a buffer.
    pub fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            for (to, from) in chunk.iter_mut().zip(self.u64().to_le_bytes()) {
                *to = from;
            }
        }
    }

    /// An array of bytes, such as a key or an id.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::CaseRng;

    #[test]
    fn same_seed_and_labels_give_the_same_bytes_for_ever() {
        let bytes: [u8; 12] = CaseRng::new(7, &["DLV-014/1", "device"]).array();
        assert_eq!(bytes, CaseRng::new(7, &["DLV-014/1", "device"]).array::<12>());
        assert_ne!(bytes, CaseRng::new(8, &["DLV-014/1", "device"]).array::<12>());
        assert_ne!(bytes, CaseRng::new(7, &["DLV-014/1", "devices"]).array::<12>());
        assert_ne!(bytes, CaseRng::new(7, &["DLV-014/1d", "evice"]).array::<12>());
    }

    #[test]
    fn first_value_is_pinned_so_that_old_seeds_still_repeat() {
        // SplitMix64 reference: the first outputs of seed 0.
        let mut plain = CaseRng { state: 0 };
        assert_eq!([plain.u64(), plain.u64()], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
    }

    #[test]
    fn below_stays_below() {
        let mut rng = CaseRng::new(1, &["x"]);
        assert!((0..1000).all(|_| rng.below(10) < 10));
        assert_eq!(rng.below(0), 0);
    }
}
