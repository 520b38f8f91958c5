//! Which cases a run plays.

use crate::case::{Case, Level};
use crate::clause::Clauses;

/// What the command line asks for. Every part that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Substrings, or globs with `*` and `?`, of the id, the title or a requirement; one of them must match.
    pub filters: Vec<String>,
    /// Profiles; one of them.
    pub profiles: Vec<String>,
    /// Levels; one of them.
    pub levels: Vec<Level>,
}

impl Selection {
    /// The cases it keeps, in their order.
    #[must_use]
    pub fn pick<'a>(&self, cases: &'a [Case], clauses: Clauses) -> Vec<&'a Case> {
        // A filter that is an id means that case, and not the others that begin alike.
        let is_id = |filter: &str| cases.iter().any(|case| case.id.eq_ignore_ascii_case(filter));
        cases.iter().filter(|case| self.is_wanted(case, clauses, &is_id)).collect()
    }

    fn is_wanted(&self, case: &Case, clauses: Clauses, is_id: &impl Fn(&str) -> bool) -> bool {
        let is_named = |filter: &String| {
            if is_id(filter) {
                return case.id.eq_ignore_ascii_case(filter);
            }
            let mut names = case.requirements.iter().chain([&case.id, &case.title]);
            names.any(|name| is_match(filter, name))
        };
        let has_level = |level: &Level| {
            let level_of = |id: &&str| clauses(id).map_or(case.level, |clause| clause.level);
            case.requirements.iter().any(|id| level_of(id) == *level)
        };
        (self.filters.is_empty() || self.filters.iter().any(is_named))
            && (self.profiles.is_empty() || self.profiles.iter().any(|profile| profile == case.profile))
            && (self.levels.is_empty() || self.levels.iter().any(has_level))
    }
}

/// A filter with `*` or `?` is a glob over the whole name; any other is a substring. ASCII case is ignored.
pub(crate) fn is_match(filter: &str, name: &str) -> bool {
    let (filter, name) = (filter.to_ascii_lowercase(), name.to_ascii_lowercase());
    if filter.contains(['*', '?']) {
        return is_glob_match(filter.as_bytes(), name.as_bytes());
    }
    name.contains(&filter)
}

fn is_glob_match(glob: &[u8], name: &[u8]) -> bool {
    // The classic two-pointer walk: on a mismatch, the last star takes one character more.
    let (mut at_glob, mut at_name, mut star) = (0_usize, 0_usize, None);
    while let Some(have) = name.get(at_name) {
        match glob.get(at_glob) {
            Some(b'*') => {
                star = Some((at_glob, at_name));
                at_glob = at_glob.saturating_add(1);
            }
            Some(want) if want == have || *want == b'?' => {
                at_glob = at_glob.saturating_add(1);
                at_name = at_name.saturating_add(1);
            }
            Some(_) | None => {
                let Some((star_glob, star_name)) = star else { return false };
                star = Some((star_glob, star_name.saturating_add(1)));
                at_glob = star_glob.saturating_add(1);
                at_name = star_name.saturating_add(1);
            }
        }
    }
    glob.get(at_glob..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::is_match;

    #[test]
    fn filters_are_substrings_or_globs() {
        let yes = [
            ("dlv-0", "DLV-014/1"),
            ("DLV-*", "DLV-014/1"),
            ("*/1", "DLV-014/1"),
            ("???-014/*", "DLV-014/1"),
        ];
        let no = [
            ("DLV-015", "DLV-014/1"),
            ("DLV-*/2", "DLV-014/1"),
            ("?", "ab"),
            ("*a", "ab"),
            ("LV-*", "DLV-1"),
        ];
        for (filter, name) in yes {
            assert!(is_match(filter, name), "{filter} {name}");
        }
        for (filter, name) in no {
            assert!(!is_match(filter, name), "{filter} {name}");
        }
    }
}
