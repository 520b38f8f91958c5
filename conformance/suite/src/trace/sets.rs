//! Sets of the specification that cases have to cover: illegal cells, limits, registries. Who covers each member.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::cases::walk::plan::{self, Judge};
use crate::cases::walk::planned;
use crate::toml_fault::parse;

const COVERAGE: (&str, &str) = ("conformance/suite/coverage.toml", include_str!("../../coverage.toml"));

/// Counts and lists of the three sets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sets {
    /// Illegal pairs of state and event of the server's tables, whose event a peer can send.
    pub cells: Cover,
    /// Limits, each at minus one, at, and plus one.
    pub limits: Cover,
    /// Registries, each with an unknown and with a GREASE value.
    pub registries: Cover,
}

/// Who covers a set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cover {
    /// Members of the set.
    pub members: usize,
    /// Those that a case tries.
    pub covered: usize,
    /// Those that no case tries, with the reason.
    pub reasoned: usize,
    /// One line a member.
    pub list: Vec<Member>,
}

/// One member of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Member {
    /// `STATE × EVENT`, a limit, or a registry; what is tried of it behind a colon.
    pub name: String,
    /// The case that tries it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
    /// Why no case does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Coverage {
    #[serde(rename = "schema")]
    _schema: u32,
    limit: Vec<LimitRow>,
    registry: Vec<RegistryRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitRow {
    name: String,
    below: Option<String>,
    at: Option<String>,
    over: Option<String>,
    why: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegistryRow {
    name: String,
    unknown: Option<String>,
    grease: Option<String>,
    why: Option<String>,
}

impl Sets {
    /// The sets as this suite covers them.
    ///
    /// # Errors
    /// The line at which `coverage.toml` does not hold.
    pub fn embedded() -> Result<Self, String> {
        let keys = ["schema", "limit", "registry", "name", "below", "at", "over", "unknown", "grease", "why"];
        let file: Coverage =
            parse(Path::new(COVERAGE.0), COVERAGE.1, &keys).map_err(|fault| fault.to_string())?;
        let limits = file.limit.into_iter().flat_map(|LimitRow { name, below, at, over, why }| {
            [("minus one", below), ("at", at), ("plus one", over)]
                .map(|(point, case)| member(format!("{name}: {point}"), case, why.as_ref()))
        });
        let registries = file.registry.into_iter().flat_map(|RegistryRow { name, unknown, grease, why }| {
            [("unknown", unknown), ("GREASE", grease)]
                .map(|(value, case)| member(format!("{name}: {value}"), case, why.as_ref()))
        });
        Ok(Self {
            cells: Cover::new(cells()),
            limits: Cover::new(limits.collect()),
            registries: Cover::new(registries.collect()),
        })
    }
}

fn member(name: String, case: Option<String>, why: Option<&String>) -> Member {
    let why = if case.is_some() { None } else { why.cloned() };
    Member { name, case, why }
}

fn cells() -> Vec<Member> {
    let walker = |cell: &plan::Cell| {
        let found = planned().iter().find(|planned| planned.group.cells.contains(cell));
        found.map(|planned| planned.id.to_owned())
    };
    let of = |cell: plan::Cell| {
        let name = format!("{}: {} × {}", cell.machine.name(), cell.state, cell.event);
        match plan::judge(&cell) {
            Judge::Walk => Member { name, case: walker(&cell), why: None },
            Judge::Case(id) => Member { name, case: Some(id.to_owned()), why: None },
            Judge::Nobody(why) => Member { name, case: None, why: Some(why.to_owned()) },
        }
    };
    plan::cells().into_iter().map(of).collect()
}

impl Cover {
    fn new(list: Vec<Member>) -> Self {
        let covered = list.iter().filter(|member| member.case.is_some()).count();
        let reasoned = list.iter().filter(|member| member.why.is_some()).count();
        Self { members: list.len(), covered, reasoned, list }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Cover, Sets};

    fn names(cover: &Cover) -> BTreeSet<&str> {
        cover.list.iter().filter_map(|member| member.name.split(": ").next()).collect()
    }

    #[test]
    fn every_member_has_a_case_that_exists_or_a_reason() {
        let sets = Sets::embedded().unwrap();
        let cases = crate::cases::all();
        for cover in [&sets.cells, &sets.limits, &sets.registries] {
            assert_eq!(cover.covered + cover.reasoned, cover.members);
            for member in &cover.list {
                let exists = |id: &String| cases.iter().any(|case| case.id == id);
                assert!(member.case.as_ref().map_or_else(|| member.why.is_some(), exists), "{member:?}");
            }
        }
    }

    #[test]
    fn no_limit_and_no_registry_is_missing() {
        let sets = Sets::embedded().unwrap();
        let limits = pinnace_spec::limits().unwrap();
        assert_eq!(names(&sets.limits), limits.entries.iter().map(|limit| limit.name.as_str()).collect());
        let known = names(&sets.registries);
        for registry in &pinnace_spec::frames().unwrap().registries {
            assert!(known.contains(registry.name.as_str()), "{}", registry.name);
        }
    }
}
