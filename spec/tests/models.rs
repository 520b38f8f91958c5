//! The Verifpal models: what can be held of them without the tool. `models/check` runs it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use pinnace_spec::CHAPTERS;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    schema: u64,
    model: Vec<Model>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    file: String,
    codes: BTreeMap<String, String>,
    #[serde(default)]
    failure: Vec<Failure>,
    twin: Vec<Twin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    query: String,
    reason: String,
    says: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Twin {
    name: String,
    change: String,
    codes: BTreeMap<String, String>,
    flips: Vec<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

fn expected() -> Expected {
    toml::from_str(&read("expected.toml")).unwrap()
}

/// The queries of a model with the comment behind each.
fn queries(file: &str) -> Vec<(String, String)> {
    let text = read(file);
    let (_, block) = text.split_once("queries[\n").unwrap();
    let lines = block.lines().take_while(|line| *line != "]");
    lines
        .map(|line| line.trim().split_once(" // ").unwrap())
        .map(|(q, c)| (q.to_owned(), c.to_owned()))
        .collect()
}

/// The digits of a result code, once its letters are those of the queries.
fn digits(file: &str, code: &str, queries: &[(String, String)]) -> Vec<char> {
    let letters: String = code.chars().step_by(2).collect();
    let kinds: String = queries.iter().filter_map(|(query, _)| query.chars().next()).collect();
    assert_eq!(letters, kinds, "{file}: the letters of {code} are not those of the queries");
    let digits: Vec<char> = code.chars().skip(1).step_by(2).collect();
    assert_eq!(digits.len(), queries.len(), "{file}: {code}");
    assert!(digits.iter().all(|digit| matches!(digit, '0' | '1')), "{file}: {code}");
    digits
}

/// The twins that a line is marked for, as added or as removed there.
fn marks(line: &str) -> Vec<&str> {
    if let Some(added) = line.trim_start().strip_prefix("//+ ") {
        return vec![added.split_once(": ").unwrap_or_else(|| panic!("no name: {line}")).0];
    }
    match line.split_once(" //- ") {
        Some((_, names)) => names.split(' ').collect(),
        None => {
            assert!(!line.contains("//+") && !line.contains("//-"), "mark of no known form: {line}");
            Vec::new()
        }
    }
}

#[test]
fn each_model_has_an_entry() {
    let files: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "vp"))
        .collect();
    let expected = expected();
    assert_eq!(expected.schema, 1);
    assert_eq!(expected.model.len(), files.len(), "an entry twice, or none");
    assert_eq!(files, expected.model.into_iter().map(|model| model.file).collect());
}

#[test]
fn codes_have_a_letter_and_a_digit_for_each_query() {
    for model in expected().model {
        let queries = queries(&model.file);
        assert!(!model.codes.is_empty(), "{}: no code", model.file);
        for code in model.codes.values().chain(model.twin.iter().flat_map(|twin| twin.codes.values())) {
            digits(&model.file, code, &queries);
        }
    }
}

#[test]
fn the_comment_beside_a_query_tells_its_digits() {
    for model in expected().model {
        let queries = queries(&model.file);
        let codes: Vec<Vec<char>> =
            model.codes.values().map(|code| digits(&model.file, code, &queries)).collect();
        for (at, (query, comment)) in queries.iter().enumerate() {
            let mut told: Vec<String> = codes.iter().map(|digits| digits[at].to_string()).collect();
            told.dedup();
            let told = told.join("/");
            let (digits, why) = comment.split_once(": ").unwrap_or((comment.as_str(), ""));
            assert_eq!(digits, told, "{}: {query}", model.file);
            assert_eq!(
                told == "0",
                why.is_empty(),
                "{}: {query}: a failure has a reason, and only that",
                model.file
            );
        }
    }
}

#[test]
fn each_failure_has_a_reason_and_a_sentence_of_chapter_13() {
    let chapter = CHAPTERS.iter().find(|chapter| chapter.file == "text/13-security.md").unwrap();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let chapter = words(chapter.text);
    for model in expected().model {
        let queries = queries(&model.file);
        let failing: BTreeSet<&str> = model
            .codes
            .values()
            .flat_map(|code| digits(&model.file, code, &queries).into_iter().zip(&queries))
            .filter_map(|(digit, (query, _))| (digit == '1').then_some(query.as_str()))
            .collect();
        let explained: BTreeSet<&str> = model.failure.iter().map(|failure| failure.query.as_str()).collect();
        assert_eq!(failing, explained, "{}", model.file);
        assert_eq!(explained.len(), model.failure.len(), "{}: explained twice", model.file);
        for failure in &model.failure {
            assert!(failure.reason.ends_with('.'), "{}: {}: no sentence", model.file, failure.query);
            assert!(failure.says.len() > 20 && chapter.contains(&words(&failure.says)), "{}", failure.says);
        }
    }
}

#[test]
fn each_twin_flips_the_digits_that_it_names_and_no_other() {
    for model in expected().model {
        let queries = queries(&model.file);
        assert!(!model.twin.is_empty(), "{}: no twin", model.file);
        for twin in &model.twin {
            assert!(
                !twin.change.is_empty() && !twin.codes.is_empty() && !twin.flips.is_empty(),
                "{}",
                twin.name
            );
            for (sessions, code) in &twin.codes {
                let base = model.codes.get(sessions).unwrap_or_else(|| panic!("{}: {sessions}", model.file));
                let base = digits(&model.file, base, &queries);
                let other = digits(&model.file, code, &queries);
                let flipped: Vec<&str> = (base.iter().zip(&other).zip(&queries))
                    .filter_map(|((one, two), (query, _))| (one != two).then_some(query.as_str()))
                    .collect();
                assert_eq!(flipped, twin.flips, "{}: {}", model.file, twin.name);
            }
        }
    }
}

#[test]
fn marks_and_twins_name_each_other() {
    for model in expected().model {
        let text = read(&model.file);
        let marked: BTreeSet<&str> = text.lines().flat_map(marks).collect();
        let twins: BTreeSet<&str> = model.twin.iter().map(|twin| twin.name.as_str()).collect();
        assert_eq!(marked, twins, "{}", model.file);
        assert_eq!(twins.len(), model.twin.len(), "{}: a twin twice", model.file);
    }
}

#[test]
fn each_model_says_what_it_shows_its_bound_and_what_it_leaves_out() {
    for model in expected().model {
        let text = read(&model.file);
        let head: String = text.lines().take_while(|line| line.starts_with("//")).collect();
        for part in ["Shows: ", "Bound: ", "Abstracted: "] {
            assert!(head.contains(part), "{}: no {part}", model.file);
        }
    }
}

#[test]
fn the_readme_shows_each_code() {
    let page = read("README.md");
    let mut rows = 0;
    for model in expected().model {
        for (sessions, code) in &model.codes {
            let row = format!("| `{}` | {sessions} | `{code}` |\n", model.file);
            assert!(page.contains(&row), "no row {row}");
            rows += 1;
        }
        for twin in &model.twin {
            for (sessions, code) in &twin.codes {
                let Twin { name, change, .. } = twin;
                let row = format!("| `{}` | `{name}` | {change} | {sessions} | `{code}` |\n", model.file);
                assert!(page.contains(&row), "no row {row}");
                rows += 1;
            }
        }
    }
    let shown = page.lines().filter(|line| line.starts_with("| `") && line.ends_with("` |")).count();
    assert_eq!(shown, rows, "a row of no model");
}
