//! The registry of cases, one module a chapter of the specification.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what a server may send besides the awaited is one thing here: not the awaited"
)]

mod carriers;
mod channel;
mod delivery;
mod durability;
mod errors;
mod framing;
mod races;
mod registration;
mod session;
mod words;

use crate::case::Case;

/// Every case, in the order of the specification.
#[must_use]
pub fn all() -> Vec<Case> {
    [
        carriers::cases(),
        channel::cases(),
        framing::cases(),
        session::cases(),
        registration::cases(),
        delivery::cases(),
        errors::cases(),
        races::cases(),
        durability::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use pinnace_spec::Role;
    use serde::Deserialize;

    use super::all;

    #[derive(Deserialize)]
    struct Exclusions {
        schema: u32,
        exclusion: Vec<Exclusion>,
        retired: Vec<Retired>,
    }

    #[derive(Deserialize)]
    struct Retired {
        id: String,
        now: String,
    }

    #[derive(Deserialize)]
    struct Exclusion {
        id: String,
        reason: String,
    }

    fn exclusions() -> Exclusions {
        toml::from_str(include_str!("../../exclusions.toml")).unwrap()
    }

    fn judged() -> BTreeSet<&'static str> {
        all().iter().flat_map(|case| case.requirements).copied().collect()
    }

    #[test]
    fn every_requirement_that_binds_a_server_is_judged_or_excluded() {
        let excluded = exclusions();
        assert_eq!(excluded.schema, 1);
        let excluded: BTreeSet<&str> = excluded.exclusion.iter().map(|row| row.id.as_str()).collect();
        let judged = judged();
        let missing: Vec<&str> = pinnace_spec::requirements()
            .unwrap()
            .iter()
            .filter(|requirement| requirement.role != Role::Client)
            .map(|requirement| requirement.id.as_str())
            .filter(|id| !judged.contains(id) && !excluded.contains(id))
            .collect();
        assert_eq!(missing, Vec::<&str>::new());
    }

    #[test]
    fn an_id_that_was_given_up_is_not_used_again() {
        let ids: BTreeSet<&str> = all().iter().map(|case| case.id).collect();
        for Retired { id, now } in exclusions().retired {
            assert!(!ids.contains(id.as_str()), "{id} is back");
            assert!(ids.contains(now.as_str()), "{now} is no case");
        }
    }

    #[test]
    fn every_exclusion_is_of_a_requirement_without_a_case_and_has_a_reason() {
        let judged = judged();
        for Exclusion { id, reason } in exclusions().exclusion {
            assert!(pinnace_spec::requirement(&id).is_some(), "{id} is not in the specification");
            assert!(!judged.contains(id.as_str()), "{id} is judged");
            assert!(reason.len() > 20, "{id}");
        }
    }
}
