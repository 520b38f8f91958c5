//! What moved unseen: sentences, requirement ids, case ids.

use std::collections::BTreeSet;

use super::books::Books;
use super::finding::{Finding, FindingKind};
use crate::case::Case;

/// Everything that moved, requirements first.
pub(super) fn find(cases: &[Case], books: &Books) -> Vec<Finding> {
    [sentences(cases, books), ids(books), case_ids(cases, books)].concat()
}

fn sentences(cases: &[Case], books: &Books) -> Vec<Finding> {
    let mut found = Vec::new();
    for requirement in &books.requirements {
        let id = requirement.id.as_str();
        let confirm = format!("pinnace-conform trace --confirm {id}");
        match books.sentences.get(id) {
            Some(confirmed) if *confirmed == requirement.text => {}
            Some(confirmed) => found.push(Finding::new(
                FindingKind::SentenceEdited,
                id,
                format!(
                    "was \"{confirmed}\", is \"{}\": read {} again, then {confirm}",
                    requirement.text,
                    citing(cases, id)
                ),
            )),
            None => found.push(Finding::new(
                FindingKind::SentenceUnconfirmed,
                id,
                format!("its sentence was never confirmed: {confirm}"),
            )),
        }
    }
    found
}

/// The cases that cite an id, in words.
fn citing(cases: &[Case], id: &str) -> String {
    let citing: Vec<&str> =
        cases.iter().filter(|case| case.requirements.contains(&id)).map(|case| case.id).collect();
    if citing.is_empty() { "what holds it".to_owned() } else { citing.join(", ") }
}

fn ids(books: &Books) -> Vec<Finding> {
    let text: BTreeSet<&str> = books.requirements.iter().map(|requirement| requirement.id.as_str()).collect();
    let mut found = Vec::new();
    for entry in &books.ledger {
        if entry.withdrawn.is_some() && text.contains(entry.id.as_str()) {
            let what = "was withdrawn and stands in the text again: give the requirement another id";
            found.push(Finding::new(FindingKind::IdReused, &entry.id, what));
        }
        if entry.withdrawn.is_none() && !text.contains(entry.id.as_str()) {
            let what = "is not in the text any more: mark it as `withdrawn` in spec/data/ids.toml";
            found.push(Finding::new(FindingKind::IdDropped, &entry.id, what));
        }
    }
    let listed: BTreeSet<&str> = books.ledger.iter().map(|entry| entry.id.as_str()).collect();
    for id in text.iter().filter(|id| !listed.contains(**id)) {
        found.push(Finding::new(FindingKind::IdUnlisted, *id, "is not in spec/data/ids.toml"));
    }
    for id in books.sentences.keys().filter(|id| !listed.contains(id.as_str()) && !text.contains(id.as_str()))
    {
        let what = "was given out and is in spec/data/ids.toml no more: ids stay there, marked";
        found.push(Finding::new(FindingKind::IdDropped, id, what));
    }
    found
}

fn case_ids(cases: &[Case], books: &Books) -> Vec<Finding> {
    let now: BTreeSet<&str> = cases.iter().map(|case| case.id).collect();
    let published: BTreeSet<&str> = books.cases.published.iter().map(String::as_str).collect();
    let withdrawn: BTreeSet<&str> = books.cases.withdrawn.keys().map(String::as_str).collect();
    let dropped = published.difference(&now).filter(|id| !withdrawn.contains(**id)).map(|id| {
        let what = "is gone: bring it back, or withdraw it in conformance/suite/ledger/cases.toml";
        Finding::new(FindingKind::CaseDropped, *id, what)
    });
    let reused = withdrawn.intersection(&now).map(|id| {
        Finding::new(FindingKind::CaseReused, *id, "was withdrawn: give the case the next free number")
    });
    let unpublished = now.difference(&published).filter(|id| !withdrawn.contains(**id)).map(|id| {
        let what = format!("is not in the ledger yet: pinnace-conform trace --confirm {id}");
        Finding::new(FindingKind::CaseUnpublished, *id, what)
    });
    dropped.chain(reused).chain(unpublished).collect()
}
