//! Where random octets come from.

/// A source of random octets. Keys and handshakes need a cryptographic one; tests bring their own.
pub trait Random: Send {
    /// Fills the octets.
    fn fill(&mut self, octets: &mut [u8]);

    /// A number from 0 to `max`, both included.
    fn up_to(&mut self, max: u64) -> u64 {
        let mut octets = [0; 8];
        self.fill(&mut octets);
        // Scaling instead of a remainder: no number is drawn noticeably more often.
        let scaled = (u128::from(u64::from_le_bytes(octets)) * (u128::from(max) + 1)) >> 64;
        u64::try_from(scaled).unwrap_or(max)
    }

    /// Thirty-two octets: a seed or a key.
    fn key(&mut self) -> [u8; 32] {
        let mut octets = [0; 32];
        self.fill(&mut octets);
        octets
    }
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&mut self, octets: &mut [u8]) {
        // Without randomness there is neither a key nor a session, and nothing to fall back to.
        if getrandom::fill(octets).is_err() {
            std::process::abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u64);

    impl Random for Fixed {
        fn fill(&mut self, octets: &mut [u8]) {
            octets.copy_from_slice(&self.0.to_le_bytes());
        }
    }

    #[test]
    fn the_bounds_are_reached_and_not_passed() {
        assert_eq!(Fixed(0).up_to(500), 0);
        assert_eq!(Fixed(u64::MAX).up_to(500), 500);
        assert_eq!(Fixed(u64::MAX).up_to(u64::MAX), u64::MAX);
        assert_eq!(Fixed(u64::MAX).up_to(0), 0);
    }
}
