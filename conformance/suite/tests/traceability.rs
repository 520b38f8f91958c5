//! Traceability of the real cases over the real books; and that it fails when either is tampered with.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::path::Path;

use pinnace_conformance::case::Case;
use pinnace_conformance::cases;
use pinnace_conformance::trace::books::{Books, Class, Exclusion, Side};
use pinnace_conformance::trace::confirm::{NEW, confirm};
use pinnace_conformance::trace::evidence::Evidence;
use pinnace_conformance::trace::finding::{Finding, FindingKind};
use pinnace_conformance::trace::model::{Standing, Trace};
use pinnace_conformance::trace::trace;
use pinnace_conformance::trace::tree::Tree;

fn tree() -> Tree {
    Tree::above(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn books() -> Books {
    Books::embedded().unwrap()
}

fn of(cases: &[Case], books: &Books) -> Trace {
    trace(cases, books, &Evidence::declared(cases), Some(&tree()))
}

/// The same without a look at the source tree, which takes longest.
fn of_books(cases: &[Case], books: &Books) -> Trace {
    trace(cases, books, &Evidence::declared(cases), None)
}

/// The trace of tampered books has this finding about this subject, and fails for it.
#[track_caller]
fn finds(kind: FindingKind, subject: &str, tamper: impl FnOnce(&mut Books)) -> Finding {
    let mut books = books();
    tamper(&mut books);
    let trace = of(&cases::all(), &books);
    assert_eq!(trace.exit_code, 1);
    let mut findings = trace.lists.drift.into_iter().chain(trace.lists.faults);
    let found = findings.find(|finding| finding.kind == kind && finding.subject == subject);
    found.unwrap_or_else(|| unreachable!("{kind:?} of {subject} is not found"))
}

#[test]
fn every_requirement_is_accounted_for_and_nothing_moved() {
    let trace = of(&cases::all(), &books());
    assert_eq!(trace.lists.untested, []);
    assert_eq!(trace.lists.drift, []);
    assert_eq!(trace.lists.faults, []);
    assert_eq!(trace.lists.unchecked, []);
    assert!(trace.is_accounted && trace.exit_code == 0);
    assert!(trace.tested * 10 >= trace.requirements * 9, "at least nine in ten are tested");
    assert!(trace.tested_live * 5 >= trace.requirements * 4, "and four in five on a live server");
    let parts = trace.tested_live + trace.tested_by_reference_test + trace.excluded + trace.untested;
    assert_eq!(parts, trace.requirements);
}

#[test]
fn each_case_that_is_removed_is_missed() {
    let books = books();
    for at in 0..cases::all().len() {
        let mut left = cases::all();
        let removed = left.remove(at);
        let trace = of_books(&left, &books);
        assert_eq!(trace.exit_code, 1, "{}", removed.id);
        assert_eq!(trace.lists.drift.len(), 1, "{}", removed.id);
        assert_eq!(trace.lists.drift[0].kind, FindingKind::CaseDropped);
        assert_eq!(trace.lists.drift[0].subject, removed.id);
    }
}

#[test]
fn a_requirement_whose_cases_are_withdrawn_is_untested() {
    let mut books = books();
    let (gone, left): (Vec<Case>, Vec<Case>) =
        cases::all().into_iter().partition(|case| case.requirements.contains(&"DLV-014"));
    assert!(!gone.is_empty());
    books.cases.withdrawn.extend(gone.iter().map(|case| (case.id.to_owned(), "a test".to_owned())));
    let trace = of_books(&left, &books);
    assert_eq!(trace.lists.drift, [], "they were withdrawn as it should be");
    assert!(
        trace.lists.untested.iter().any(|missing| missing.id == "DLV-014" && missing.side == Side::Server)
    );
    assert_eq!(trace.exit_code, 1);
}

#[test]
fn each_sentence_that_is_edited_is_drift() {
    let cases = cases::all();
    for at in 0..books().requirements.len() {
        let mut books = books();
        let requirement = &mut books.requirements[at];
        requirement.text = requirement.text.replacen(" a ", " the ", 1).replace('.', ", now.");
        let id = requirement.id.clone();
        let trace = of_books(&cases, &books);
        assert_eq!(trace.exit_code, 1, "{id}");
        assert_eq!(trace.lists.drift.len(), 1, "{id}");
        assert_eq!(trace.lists.drift[0].kind, FindingKind::SentenceEdited);
        assert_eq!(trace.lists.drift[0].subject, id);
    }
}

#[test]
fn drift_names_the_cases_that_have_to_be_read_again() {
    let found = finds(FindingKind::SentenceEdited, "SES-005", |books| {
        let at = books.requirements.iter().position(|requirement| requirement.id == "SES-005").unwrap();
        books.requirements[at].text.push('!');
    });
    assert!(found.what.contains("read SES-005/1, "), "{}", found.what);
    assert!(found.what.contains("trace --confirm SES-005"), "{}", found.what);
}

#[test]
fn ids_are_for_ever() {
    finds(FindingKind::IdReused, "DLV-014", |books| {
        let at = books.ledger.iter().position(|entry| entry.id == "DLV-014").unwrap();
        books.ledger[at].withdrawn = Some("1.1".to_owned());
    });
    finds(FindingKind::IdDropped, "DLV-014", |books| books.requirements.retain(|r| r.id != "DLV-014"));
    finds(FindingKind::IdDropped, "DLV-014", |books| {
        books.requirements.retain(|requirement| requirement.id != "DLV-014");
        books.ledger.retain(|entry| entry.id != "DLV-014");
    });
    finds(FindingKind::IdUnlisted, "DLV-014", |books| books.ledger.retain(|entry| entry.id != "DLV-014"));
    finds(FindingKind::SentenceUnconfirmed, "DLV-014", |books| drop(books.sentences.remove("DLV-014")));
}

#[test]
fn case_ids_are_for_ever() {
    finds(FindingKind::CaseReused, "DLV-014/1", |books| {
        books.cases.withdrawn.insert("DLV-014/1".to_owned(), "a test".to_owned());
    });
    finds(FindingKind::CaseUnpublished, "DLV-014/1", |books| {
        books.cases.published.retain(|id| id != "DLV-014/1");
    });
    finds(FindingKind::CaseDropped, "DLV-014/999", |books| {
        books.cases.published.push("DLV-014/999".to_owned());
    });
}

fn exclusion(id: &str, side: Option<Side>) -> Exclusion {
    let reason = "a reason that is long enough".to_owned();
    Exclusion { id: id.to_owned(), side, class: Class::Unobservable, reason }
}

#[test]
fn books_that_are_wrong_are_faults() {
    finds(FindingKind::ExcludedButTested, "DLV-014", |books| {
        books.exclusions.push(exclusion("DLV-014", None))
    });
    finds(FindingKind::ExcludedButTested, "DLV-050", |books| {
        books.exclusions.push(exclusion("DLV-050", None))
    });
    finds(FindingKind::UnknownId, "DLV-999", |books| books.exclusions.push(exclusion("DLV-999", None)));
    finds(FindingKind::WrongSide, "INV-001", |books| books.exclusions.push(exclusion("INV-001", None)));
    finds(FindingKind::WrongSide, "DLV-014", |books| {
        books.exclusions.push(exclusion("DLV-014", Some(Side::Client)));
    });
    finds(FindingKind::Unfounded, "REG-029", |books| books.exclusions.push(exclusion("REG-029", None)));
    finds(FindingKind::Unfounded, "REG-029", |books| books.exclusions[0].reason.clear());
    finds(FindingKind::UnknownId, "DLV-999", |books| books.held[0].ids.push("DLV-999".to_owned()));
    finds(FindingKind::WrongSide, "DLV-014", |books| books.held[0].ids.push("DLV-014".to_owned()));
    finds(FindingKind::Unfounded, "REG-029", |books| books.held[0].ids.push("REG-029".to_owned()));
    finds(FindingKind::UnknownId, "DLV-014", |books| books.requirements.retain(|r| r.id != "DLV-014"));
}

#[test]
fn a_test_that_is_said_to_hold_something_has_to_be_there() {
    for test in [
        "reference/session/tests/session/walk_client.rs::nothing_of_that_name",
        "reference/session/tests/session/walk_client.rs::record_event",
        "reference/session/tests/session/absent.rs::every_state_with_every_event_is_as_the_table_says",
        "no test at all",
    ] {
        finds(FindingKind::TestMissing, test, |books| books.held[0].by = vec![test.to_owned()]);
    }
}

#[test]
fn without_evidence_nothing_is_tested_live() {
    let (cases, books) = (cases::all(), books());
    let trace = trace(&cases, &books, &Evidence::of_runs(&[]), Some(&tree()));
    assert_eq!(trace.tested_live, 0);
    assert!(trace.lists.requirements.iter().all(|account| account.standing != Standing::TestedLive));
    assert_eq!(trace.unchecked, cases.iter().map(|case| case.requirements.len()).sum::<usize>());
    assert_eq!(trace.exit_code, 1);
}

/// A tree with the ledgers of the real one.
fn copied() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let suite = folder.path().join("conformance/suite/ledger");
    std::fs::create_dir_all(&suite).unwrap();
    for file in ["held.toml", "ledger/sentences.toml", "ledger/cases.toml"] {
        let below = format!("conformance/suite/{file}");
        std::fs::copy(tree().path(&below), folder.path().join(&below)).unwrap();
    }
    folder
}

#[test]
fn confirming_writes_the_ledgers_and_nothing_else() {
    let folder = copied();
    let tree = Tree::above(folder.path()).unwrap();
    let read =
        |file: &str| std::fs::read_to_string(tree.path(&format!("conformance/suite/ledger/{file}"))).unwrap();
    let before = (read("sentences.toml"), read("cases.toml"));
    let (cases, mut books) = (cases::all(), books());

    assert_eq!(confirm(&tree, &cases, &books, &[NEW.to_owned()]).unwrap(), Vec::<String>::new());
    assert_eq!((read("sentences.toml"), read("cases.toml")), before);

    let text = "A sentence that was edited, with \"quotes\" and \\ in it.";
    books.requirements.iter_mut().find(|r| r.id == "DLV-014").unwrap().text = text.to_owned();
    let said = confirm(&tree, &cases, &books, &["DLV-014".to_owned()]).unwrap();
    assert_eq!(said, ["DLV-014 is confirmed"]);
    let changed: Vec<(String, String)> = before
        .0
        .lines()
        .zip(read("sentences.toml").lines())
        .filter(|(old, new)| old != new)
        .map(|(old, new)| (old.to_owned(), new.to_owned()))
        .collect();
    assert_eq!(changed.len(), 1);
    assert!(changed[0].1.starts_with("DLV-014 = \"A sentence that was edited"));

    let fault = confirm(&tree, &cases, &books, &["DLV-998".to_owned()]).unwrap_err();
    assert_eq!(fault, "DLV-998 is neither a requirement nor a case of this suite");
}
