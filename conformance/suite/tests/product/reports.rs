//! Reports from one model, and the terminal's words.

use std::path::PathBuf;

use pinnace_conformance::case::Case;
use serde_json::Value;

use crate::schema;
use crate::toy::{
    case, conform, echoes, forgets, judge, keeps_case, lost_control, panics, should_shout, shouts, suite,
};

/// Cases of every verdict that needs no baseline.
pub(crate) fn every_sort() -> Vec<Case> {
    vec![
        case("TOY-001/1", echoes),
        case("TOY-001/2", shouts),
        case("TOY-001/3", lost_control),
        case("TOY-001/4", panics),
        case("TOY-001/5", forgets),
        case("TOY-002/1", should_shout),
        keeps_case(),
    ]
}

struct Written {
    folder: tempfile::TempDir,
}

impl Written {
    fn new(cases: Vec<Case>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (json, junit, html) = (at("r.json"), at("r.xml"), at("r.html"));
        judge(&suite(cases), &["--json", &json, "--junit", &junit, "--html", &html]);
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }
}

#[test]
fn json_holds_to_its_schema_and_adds_up() {
    let report: Value = serde_json::from_str(&Written::new(every_sort()).text("r.json")).unwrap();
    schema::check(include_str!("../../schema/report.schema.json"), &report);
    assert_eq!(report["exit_code"], 5);
    assert_eq!(report["seed"], 7);
    assert_eq!(report["totals"]["cases"], 7);
    let sum: u64 = report["totals"].as_object().unwrap().values().map(|tally| tally.as_u64().unwrap()).sum();
    assert_eq!(sum, 14, "each case has one verdict");
    assert_eq!(report["cases"][1]["verdict"], "fail");
    assert_eq!(report["cases"][1]["checks"][0]["mismatch"]["seen"], "\"hush\"");
    assert_eq!(report["clauses"]["TOY-001"]["place"], "text/toy.md:7");
}

#[test]
fn json_of_a_run_without_a_target_holds_to_its_schema() {
    let args = ["server", "--addr", "127.0.0.1:1", "--realm", crate::toy::REALM, "--json", "-", "--quiet"];
    let told = conform(&suite(every_sort()), &args);
    let report: Value = serde_json::from_str(&told.out).expect("standard output holds the JSON report alone");
    schema::check(include_str!("../../schema/report.schema.json"), &report);
    assert_eq!((told.code, &report["exit_code"]), (4, &4.into()));
    assert!(report["lost"].as_str().unwrap().contains("127.0.0.1:1: no connection"));
    assert!(told.err.contains("exit code 4"), "the terminal's report goes to standard error");
}

#[test]
fn junit_counts_what_ci_shows() {
    let text = Written::new(every_sort()).text("r.xml");
    let head = text.lines().nth(1).unwrap();
    for words in ["tests=\"7\"", "failures=\"1\"", "errors=\"3\""] {
        assert!(head.contains(words), "{words} is not in {head}");
    }
    assert!(text.contains("skipped=\"1\""));
    assert!(text.contains("TOY-001: A toy MUST answer echo with the same words. (text/toy.md:7)"));
    assert!(text.contains("the toy &lt;answers&gt; as it should"), "text is escaped");
}

#[test]
fn html_is_one_file_with_the_transcript_beside_the_clause() {
    let text = Written::new(every_sort()).text("r.html");
    for words in [
        "A toy MUST answer echo with the same words.",
        "A toy SHOULD answer &amp; not &lt;b&gt;shout&lt;",
        "LINE &lt;echo hush&gt;",
        "68 75 73 68 0a (5 B)",
        "pinnace-conform server --addr",
        "the case &lt;fell&gt; over",
    ] {
        assert!(text.contains(words), "{words:?} is not in the page");
    }
    assert!(!text.contains("http://") && !text.contains("https://"), "the page asks nobody for anything");
    assert!(!text.contains("{{") && !text.contains("{%"));
}

#[test]
fn terminal_tells_the_clause_the_bytes_and_the_command() {
    let told = judge(&suite(every_sort()), &[]);
    let block: Vec<&str> = told.out.lines().skip_while(|line| !line.starts_with("fail ")).take(11).collect();
    let expected = [
        "fail TOY-001/2 the toy <answers> as it should",
        "    TOY-001       A toy MUST answer echo with the same words.  spec/text/toy.md:7",
        "    check         the toy shouts",
        "    expected      \"HUSH\"",
        "    seen          \"hush\"",
        "    last sent     LINE <echo hush>",
        "                  65 63 68 6f 20 68 75 73 68  (9 B)",
        "    last received ANSWER <hush>",
        "                  68 75 73 68  (4 B)",
    ];
    assert_eq!(block[..9], expected);
    assert!(block[9].starts_with("    repeat        pinnace-conform server --addr 127.0.0.1:"));
    assert!(block[9].ends_with(&format!("--realm {} --filter TOY-001/2 --seed 7", crate::toy::REALM)));
    assert!(!told.out.contains('\u{1b}'), "no colour into a pipe");
    let coloured = judge(&suite(every_sort()), &["--color", "always"]);
    assert!(coloured.out.contains("\u{1b}[1;31mfail\u{1b}[0m"));
    let quiet = judge(&suite(every_sort()), &["--quiet"]);
    assert_eq!(quiet.out.lines().count(), 2, "{}", quiet.out);
}

#[test]
fn repeat_command_plays_the_same_case() {
    let told = judge(&suite(every_sort()), &["--filter", "TOY-001/2"]);
    let line = told.out.lines().find_map(|line| line.trim().strip_prefix("repeat")).unwrap();
    let words: Vec<&str> = line.trim().split(' ').skip(1).collect();
    let again = conform(&suite(every_sort()), &words);
    assert_eq!(again.code, 1);
    assert!(again.out.contains("1 case in") && again.out.contains("1 fail"), "{}", again.out);
}
