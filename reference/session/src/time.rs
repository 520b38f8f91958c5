//! Time as an argument.

/// A moment on a clock that never goes back, in milliseconds from an origin of the caller's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Now {
    /// Milliseconds since the origin.
    pub ms: u64,
}

impl Now {
    /// The moment `ms` milliseconds later; the end of time when there is none.
    #[must_use]
    pub const fn after(self, ms: u64) -> Self {
        Self { ms: self.ms.saturating_add(ms) }
    }
}
