//! What a server has of a device's KeyPackages, as KEYS tells it.

use pinnace_wire::{HasLastResort, MlsSuite, OneTimeCount, SetDigest, Stock};

/// The stock of one suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyStock {
    /// The suite.
    pub suite: MlsSuite,
    /// How many one-time KeyPackages there are.
    pub one_time_count: OneTimeCount,
    /// Which they are.
    pub set_digest: [u8; 32],
    /// Whether there is one of last resort.
    pub last_resort: HasLastResort,
}

/// How often a KeyPackage may serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resort {
    /// Once, or there is none.
    OneTime,
    /// Whenever nothing else is there.
    Last,
}

impl KeyStock {
    pub(crate) fn from_wire(stock: &Stock<'_>) -> Self {
        Self {
            suite: stock.suite,
            one_time_count: stock.one_time_count,
            set_digest: *stock.set_digest.as_bytes(),
            last_resort: stock.last_resort,
        }
    }

    pub(crate) const fn as_wire(&self) -> Stock<'_> {
        Stock {
            suite: self.suite,
            one_time_count: self.one_time_count,
            set_digest: SetDigest::new(&self.set_digest),
            last_resort: self.last_resort,
        }
    }
}
