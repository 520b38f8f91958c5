//! `trace` on the command line.

use pinnace_conformance::case::Case;
use pinnace_conformance::cases;
use pinnace_conformance::suite::Suite;
use pinnace_conformance::trace::books::Books;
use pinnace_spec::{LedgerEntry, Level, Requirement, Role};
use serde_json::Value;

use crate::schema;
use crate::toy::{Told, case, conform, dawdles, echoes, judge, should_shout, suite};

/// The real cases and books, and the toy's probe.
fn real(cases: Vec<Case>) -> Suite {
    Suite { books: Books::embedded, ..suite(cases) }
}

/// The toy with books that are in order for its first two requirements.
fn booked(cases: Vec<Case>) -> Suite {
    Suite { books: || Ok(toy_books()), ..suite(cases) }
}

fn toy_books() -> Books {
    let mut books = Books::default();
    for (id, level) in [("TOY-001", Level::Must), ("TOY-002", Level::Should)] {
        books.requirements.push(Requirement {
            id: id.to_owned(),
            role: Role::Server,
            level,
            text: "A toy.".to_owned(),
            chapter: "text/toy.md",
            anchor: String::new(),
            line: 7,
            trigger: String::new(),
            observable: String::new(),
            error: None,
        });
        let id = id.to_owned();
        books.sentences.insert(id.clone(), "A toy.".to_owned());
        books.ledger.push(LedgerEntry {
            id: id.clone(),
            level,
            role: Role::Server,
            since: "1.0".to_owned(),
            withdrawn: None,
        });
        books.cases.published.push(format!("{id}/1"));
    }
    books
}

fn parsed(told: &Told) -> Value {
    let trace: Value = serde_json::from_str(&told.out).expect("standard output holds the JSON alone");
    schema::check(include_str!("../../schema/trace.schema.json"), &trace);
    assert_eq!(trace["exit_code"], told.code);
    trace
}

#[test]
fn json_holds_to_its_schema_and_adds_up() {
    let told = conform(&real(cases::all()), &["trace", "--declared", "--json", "-"]);
    let trace = parsed(&told);
    assert_eq!(told.code, 0, "{}", told.err);
    let count = |key: &str| trace[key].as_u64().unwrap();
    assert_eq!(trace["lists"]["requirements"].as_array().unwrap().len() as u64, count("requirements"));
    assert_eq!(count("tested") + count("excluded"), count("requirements"));
    assert_eq!(count("tested_live") + count("tested_by_reference_test"), count("tested"));
    assert_eq!(trace["computed_from"]["kind"], "declared");
    assert!(told.err.contains("computed from what the cases declare: nothing was run"));
}

#[test]
fn a_suite_that_lost_a_case_ends_with_1_and_says_which() {
    let mut left = cases::all();
    let removed = left.pop().unwrap().id;
    let told = conform(&real(left), &["trace", "--declared", "--json", "-"]);
    assert_eq!(told.code, 1);
    assert_eq!(parsed(&told)["lists"]["drift"][0]["subject"], removed);
    assert!(told.err.contains(&format!("drift {removed}: is gone")), "{}", told.err);
}

#[test]
fn a_run_counts_by_its_checks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.json").to_str().unwrap().to_owned();
    let suite = booked(vec![case("TOY-001/1", echoes), case("TOY-002/1", should_shout)]);
    judge(&suite, &["--json", &path]);
    let told = conform(&suite, &["trace", "--run", &path, "--json", "-"]);
    let trace = parsed(&told);
    assert_eq!(told.code, 0, "{}", told.err);
    assert_eq!((&trace["tested_live"], &trace["unchecked"]), (&2.into(), &0.into()));
    assert_eq!(trace["computed_from"]["runs"][0]["judged"], 2);
}

#[test]
fn a_citation_that_no_run_checked_is_told_in_the_report_and_fails_the_trace() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.json").to_str().unwrap().to_owned();
    let suite = booked(vec![case("TOY-001/1", dawdles), case("TOY-002/1", should_shout)]);
    let told = judge(&suite, &["--json", &path]);
    let report: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(report["unchecked"]["TOY-001"][0], "TOY-001/1");
    assert_eq!(report["cases"][0]["unchecked"][0], "TOY-001");
    assert!(
        told.out.contains("unchecked cited, and judged by no case of this run: TOY-001 (TOY-001/1)"),
        "{}",
        told.out
    );
    let told = conform(&suite, &["trace", "--run", &path, "--json", "-"]);
    let trace = parsed(&told);
    assert_eq!(told.code, 1);
    assert_eq!(trace["lists"]["untested"][0]["id"], "TOY-001");
    assert_eq!(trace["lists"]["unchecked"][0]["verdicts"][0], "not-testable");
}

#[test]
fn a_report_of_other_cases_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.json").to_str().unwrap().to_owned();
    judge(&booked(vec![case("TOY-001/1", echoes), case("TOY-001/7", echoes)]), &["--json", &path]);
    let suite = booked(vec![case("TOY-001/1", echoes), case("TOY-002/1", should_shout)]);
    let trace = parsed(&conform(&suite, &["trace", "--run", &path, "--json", "-"]));
    assert_eq!(trace["lists"]["faults"][0]["kind"], "unknown-case");
    assert_eq!(trace["lists"]["faults"][0]["subject"], "TOY-001/7");
}

#[test]
fn usage_faults_end_with_2() {
    let suite = real(cases::all());
    for args in [
        &["trace", "--run", "/nonexistent/report.json"][..],
        &["trace", "--run", "/dev/null"],
        &["trace", "--target", "/nonexistent/target.toml"],
        &["trace", "--declared", "--run", "x"],
        &["trace", "--confirm", "DLV-014", "--declared"],
        &["trace", "--confirm", "NOSUCH-1"],
        &["trace", "--declared", "--json", "/nonexistent/folder/t.json"],
    ] {
        let told = conform(&suite, args);
        assert_eq!(told.code, 2, "{args:?}: {}", told.err);
        assert!(!told.err.is_empty());
    }
}
