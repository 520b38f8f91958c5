//! What a fault is, and how an area lists its own.

#[cfg(feature = "gallery")]
use core::sync::atomic::{AtomicBool, Ordering};

/// One planted fault.
#[derive(Debug)]
pub struct Fault {
    #[cfg(feature = "gallery")]
    pub(crate) facts: Facts,
    #[cfg(feature = "gallery")]
    on: AtomicBool,
}

/// What the gallery tells of a fault.
#[cfg(feature = "gallery")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) requirements: &'static [&'static str],
    pub(crate) what: &'static str,
}

/// What a fault breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something wrong is not refused, or something right is.
    Check,
    /// What is refused is refused with another code.
    Code,
    /// Things come in another order.
    Order,
    /// Something is done wrongly, too often or not at all.
    Effect,
    /// Something does not outlive a restart, or is told before it does.
    Durability,
    /// Somebody learns what is not theirs.
    Leak,
    /// Something comes too early, too late or never.
    Time,
    /// A limit that is told is not kept.
    Limit,
}

impl Fault {
    /// Whether the fault is switched on.
    #[cfg(not(feature = "gallery"))]
    #[must_use]
    #[inline(always)]
    pub const fn is_on(&self) -> bool {
        false
    }

    /// Whether the fault is switched on.
    #[cfg(feature = "gallery")]
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// Switches the fault on, for the rest of the process.
    #[cfg(feature = "gallery")]
    pub fn switch_on(&self) {
        self.on.store(true, Ordering::Relaxed);
    }

    #[cfg(feature = "gallery")]
    pub(crate) const fn new(facts: Facts) -> Self {
        Self { facts, on: AtomicBool::new(false) }
    }
}

/// Lists the faults of an area: a sentence, a name, a kind, and the requirements that it breaks.
macro_rules! faults {
    ($(#[doc = $what:literal] $name:ident: $kind:ident [$($requirement:literal),+];)*) => {
        $(
            #[cfg(not(feature = "gallery"))]
            #[doc = $what]
            pub const $name: crate::Fault = crate::Fault {};

            #[cfg(feature = "gallery")]
            #[doc = $what]
            pub static $name: crate::Fault = crate::Fault::new(crate::table::Facts {
                name: stringify!($name),
                kind: crate::Kind::$kind,
                requirements: &[$($requirement),+],
                what: $what,
            });
        )*

        #[cfg(feature = "gallery")]
        pub(crate) static ALL: &[&crate::Fault] = &[$(&$name),*];
    };
}
