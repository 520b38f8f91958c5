//! The gallery as a whole: what can be switched on.

extern crate alloc;

use alloc::string::String;

use crate::{Fault, Kind};

/// A fault as the gallery lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name: lower case words with hyphens.
    pub name: String,
    /// What it breaks.
    pub kind: &'static str,
    /// The ids of the requirements that it breaks.
    pub requirements: &'static [&'static str],
    /// One sentence that says what is wrong.
    pub what: &'static str,
}

/// Every fault, by area.
pub fn all() -> impl Iterator<Item = Named> {
    each().map(|fault| Named {
        name: spoken(fault.facts.name),
        kind: word(fault.facts.kind),
        requirements: fault.facts.requirements,
        what: fault.facts.what.trim(),
    })
}

/// The fault of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Fault> {
    each().find(|fault| spoken(fault.facts.name) == name)
}

fn each() -> impl Iterator<Item = &'static Fault> {
    let areas = [
        crate::carrier::ALL,
        crate::channel::ALL,
        crate::framing::ALL,
        crate::session::ALL,
        crate::registration::ALL,
        crate::outcome::ALL,
        crate::delivery::ALL,
        crate::mailbox::ALL,
        crate::limits::ALL,
        crate::devices::ALL,
        crate::keys::ALL,
        crate::conversations::ALL,
    ];
    areas.into_iter().flatten().copied()
}

fn spoken(name: &str) -> String {
    name.chars().map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect()
}

const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Check => "check",
        Kind::Code => "code",
        Kind::Order => "order",
        Kind::Effect => "effect",
        Kind::Durability => "durability",
        Kind::Leak => "leak",
        Kind::Time => "time",
        Kind::Limit => "limit",
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn names_are_distinct_and_a_quarter_at_most_are_wrong_codes() {
        let faults: Vec<Named> = all().collect();
        let names: BTreeSet<&String> = faults.iter().map(|fault| &fault.name).collect();
        assert_eq!(names.len(), faults.len());
        let codes = faults.iter().filter(|fault| fault.kind == "code").count();
        assert!(codes * 4 <= faults.len(), "{codes} of {}", faults.len());
    }

    #[test]
    fn a_fault_is_off_until_it_is_named() {
        let fault = named("ping-unanswered").unwrap();
        assert!(!fault.is_on());
        fault.switch_on();
        assert!(crate::session::PING_UNANSWERED.is_on());
        assert!(named("no-such-fault").is_none());
    }
}
