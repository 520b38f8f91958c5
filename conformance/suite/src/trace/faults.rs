//! What is wrong with the books: unknown ids, wrong sides, exclusions of what is tested.

use std::collections::BTreeSet;

use super::books::{Books, Exclusion, Held, Side};
use super::evidence::Evidence;
use super::finding::{Finding, FindingKind};
use crate::case::Case;

/// Shortest reason that can be one.
const REASON_LEN_MIN: usize = 20;

/// Every fault.
pub(super) fn find(cases: &[Case], books: &Books, evidence: &Evidence) -> Vec<Finding> {
    let mut found = unknown_citations(cases, books);
    found.extend(books.exclusions.iter().flat_map(|exclusion| of_exclusion(exclusion, cases, books)));
    found.extend(books.held.iter().flat_map(|held| of_held(held, books)));
    found.extend(twice(books));
    let known: BTreeSet<&str> = cases.iter().map(|case| case.id).collect();
    found.extend(evidence.seen().filter(|id| !known.contains(id)).map(|id| {
        Finding::new(FindingKind::UnknownCase, id, "is in a report, and not in this suite: another version?")
    }));
    found
}

fn unknown_citations(cases: &[Case], books: &Books) -> Vec<Finding> {
    let cited = cases.iter().flat_map(|case| case.requirements.iter().map(move |id| (case, *id)));
    cited
        .filter(|(_, id)| books.requirement(id).is_none())
        .map(|(case, id)| {
            Finding::new(FindingKind::UnknownId, id, format!("{} cites it; no such requirement", case.id))
        })
        .collect()
}

fn of_exclusion(exclusion: &Exclusion, cases: &[Case], books: &Books) -> Vec<Finding> {
    let id = exclusion.id.as_str();
    let Some(requirement) = books.requirement(id) else {
        return vec![Finding::new(FindingKind::UnknownId, id, "is excluded; no such requirement")];
    };
    let Some(side) = books.side_of(exclusion).filter(|side| side.is_bound(requirement.role)) else {
        return vec![Finding::new(FindingKind::WrongSide, id, "is excluded for no side that it binds")];
    };
    let mut found = Vec::new();
    let citing: Vec<&str> =
        cases.iter().filter(|case| case.requirements.contains(&id)).map(|case| case.id).collect();
    if side == Side::Server && !citing.is_empty() {
        let what = format!("is excluded, and {} cites it", citing.join(", "));
        found.push(Finding::new(FindingKind::ExcludedButTested, id, what));
    }
    if books.held.iter().any(|held| held.side == side && held.ids.iter().any(|held| held == id)) {
        let what = format!("is excluded for the {}, and held by a test of it", side.word());
        found.push(Finding::new(FindingKind::ExcludedButTested, id, what));
    }
    if exclusion.reason.trim().len() < REASON_LEN_MIN {
        found.push(Finding::new(FindingKind::Unfounded, id, "is excluded without a reason"));
    }
    found
}

fn of_held(held: &Held, books: &Books) -> Vec<Finding> {
    let mut found = Vec::new();
    for id in &held.ids {
        match books.requirement(id) {
            None => found.push(Finding::new(FindingKind::UnknownId, id, "is held; no such requirement")),
            Some(requirement) if !held.side.is_bound(requirement.role) => {
                let what = format!("is held for the {}, which it does not bind", held.side.word());
                found.push(Finding::new(FindingKind::WrongSide, id, what));
            }
            Some(_) if held.by.is_empty() => {
                found.push(Finding::new(FindingKind::Unfounded, id, "is held by no test"));
            }
            Some(_) => {}
        }
        if let Some(machine) = held.machine.as_deref().filter(|machine| !has_cell(machine, id)) {
            let what = format!("no cell of the machine {machine} is about it");
            found.push(Finding::new(FindingKind::Unfounded, id, what));
        }
    }
    found
}

fn has_cell(machine: &str, id: &str) -> bool {
    pinnace_spec::machine(machine)
        .is_some_and(|machine| machine.cells.iter().any(|cell| cell.requirement == id))
}

/// A requirement's half is excluded once.
fn twice(books: &Books) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let again = books.exclusions.iter().filter(|row| !seen.insert((row.id.as_str(), row.side)));
    again.map(|row| Finding::new(FindingKind::Unfounded, &row.id, "is excluded twice")).collect()
}
