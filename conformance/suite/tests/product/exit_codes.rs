//! The exit code can be trusted.

use pinnace_conformance::case::{Case, Need};

use crate::toy::{
    REALM, attachable, case, conform, conform_to_nobody, dawdles, echoes, forgets, judge, keeps_case,
    lost_control, panics, should_shout, shouts, suite,
};

#[track_caller]
fn check(cases: Vec<Case>, args: &[&str], code: u8, said: &str) {
    let told = judge(&suite(cases), args);
    let all = format!("{}{}", told.out, told.err);
    assert!(all.contains(said), "{said:?} is not in:\n{all}");
    assert_eq!(told.code, code, "{all}");
}

#[test]
fn zero_when_every_judged_case_passes() {
    check(vec![case("TOY-001/1", echoes)], &[], 0, "1 case in ");
    check(vec![case("TOY-001/1", echoes), case("TOY-002/1", should_shout)], &[], 0, "1 pass, 1 warn");
    check(
        vec![case("TOY-001/1", echoes), keeps_case()],
        &[],
        0,
        "not-testable 1: needs a target that the suite starts",
    );
}

#[test]
fn one_when_a_must_is_broken() {
    check(vec![case("TOY-001/1", echoes), case("TOY-001/2", shouts)], &[], 1, "the target does not conform");
}

#[test]
fn two_when_nothing_is_selected_or_the_line_is_wrong() {
    check(vec![case("TOY-001/1", echoes)], &["--filter", "nosuch"], 2, "no case is selected");
    check(vec![case("TOY-001/1", echoes)], &["--profile", "groups"], 2, "no case is selected");
    check(vec![case("TOY-001/1", echoes)], &["--profile", "cor"], 2, "did you mean `core`?");
    check(vec![case("TOY-001/1", echoes)], &["--level", "may"], 2, "no case is selected");
    check(Vec::new(), &[], 2, "no case is selected");
    check(vec![case("TOY-001/1", echoes)], &["--jobs", "0"], 2, "--jobs");
    check(vec![case("TOY-001/1", echoes)], &["--nosuch"], 2, "--nosuch");
    check(
        vec![case("TOY-001/1", echoes)],
        &["--json", "/nonexistent/r.json"],
        2,
        "cannot write /nonexistent/r.json: ",
    );
    check(vec![case("TOY-001/1", echoes)], &["--failures", "/proc/f"], 2, "cannot write /proc/f: ");
    check(vec![case("TOY-001/1", echoes)], &["--baseline", "/nonexistent/b"], 2, "baseline /nonexistent/b: ");
    let suite = suite(vec![case("TOY-001/1", echoes)]);
    for (args, said) in [
        (&["server"][..], "--addr"),
        (&["server", "--addr", "127.0.0.1:1"], "--realm"),
        (&["server", "--addr", "127.0.0.1:1", "--realm", "00"], "a realm key has 32 bytes"),
        (&["server", "--addr", "127.0.0.1:1", "--target", "x"], "cannot be used with"),
        (&["server", "--target", "nosuch"], "conformance/targets/nosuch.toml: No such file"),
        (&[], "Usage"),
    ] {
        let told = conform(&suite, args);
        assert_eq!(told.code, 2, "{args:?}");
        assert!(told.err.contains(said), "{said:?} is not in {}", told.err);
    }
}

#[test]
fn three_when_a_case_could_not_be_concluded() {
    check(vec![case("TOY-001/1", echoes), case("TOY-001/2", lost_control)], &[], 3, "expected      a pigeon");
    check(vec![keeps_case()], &[], 3, "no case could be judged");
    check(vec![case("TOY-001/1", dawdles)], &[], 3, "would wait 2 s: needs --slow");
}

#[test]
fn five_when_the_suite_is_at_fault() {
    check(vec![case("TOY-001/1", echoes), case("TOY-001/2", panics)], &[], 5, "the case <fell> over");
    check(vec![case("TOY-001/1", forgets)], &[], 5, "TOY-001 is declared but was never checked");
}

#[test]
fn a_path_that_cannot_be_written_is_told_before_a_case_runs() {
    let ran: fn(&_) -> _ = |_| panic!("a case was run");
    check(vec![case("TOY-001/1", ran)], &["--html", "/nonexistent/r.html"], 2, "cannot write");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r").display().to_string();
    check(vec![case("TOY-001/1", ran)], &["--json", &path, "--html", &path], 2, "two reports");
}

#[test]
fn a_source_of_codes_that_is_none_is_told_before_a_case_runs() {
    let ran: fn(&_) -> _ = |_| panic!("a case was run");
    for (args, said) in [
        (["--gateway-log", "/nonexistent/codes"], "--gateway-log /nonexistent/codes: No such file"),
        (["--gateway-log", "/"], "--gateway-log /: is a directory"),
        (["--code", "1"], "--code 1: a code is 4 to 12 digits"),
        (["--code", "12345x"], "--code 12345x: a code is 4 to 12 digits"),
    ] {
        check(vec![case("TOY-001/1", ran)], &args, 2, said);
    }
}

#[test]
fn reader_that_goes_away_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (json, address) = (folder.path().join("r.json"), attachable().to_string());
    let suite = suite(vec![case("TOY-001/1", shouts)]);
    let args = ["server", "--addr", &address, "--realm", REALM, "--json", json.to_str().unwrap()];
    assert_eq!(conform_to_nobody(&suite, &args), (1, String::new()));
    assert!(std::fs::read_to_string(json).unwrap().contains("\"exit_code\": 1"));
    assert_eq!(conform_to_nobody(&suite, &["list"]), (0, String::new()));
}

#[test]
fn baseline_knows_failures_and_cannot_rot() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baseline.toml");
    let check = |entry: &str, code: u8, said: &str| {
        std::fs::write(&path, entry).unwrap();
        let cases = vec![case("TOY-001/1", echoes), case("TOY-001/2", shouts)];
        check(cases, &["--baseline", path.to_str().unwrap()], code, said);
    };
    let entry = |case: &str, expires: &str| {
        format!("[[known]]\ncase = \"{case}\"\nreason = \"no voice\"\nexpires = \"{expires}\"\n")
    };
    check(&entry("TOY-001/2", "2999-01-01"), 0, "1 pass, 1 known-fail");
    check(&entry("TOY-001/2", "2020-01-01"), 1, "baseline.toml:2: TOY-001/2: expired on 2020-01-01");
    check(
        &(entry("TOY-001/2", "2999-01-01") + &entry("TOY-001/3", "2999-01-01")),
        1,
        "baseline.toml:6: TOY-001/3: no such case",
    );
    check(&(entry("TOY-001/2", "2999-01-01") + &entry("TOY-001/1", "2999-01-01")), 1, "1 unexpected-pass");
    check(
        "[[known]]\nkase = \"TOY-001/2\"\n",
        2,
        "baseline.toml:2: unknown key `kase`; did you mean `case`?",
    );
}

#[test]
fn needs_that_are_not_met_are_not_testable() {
    let needing = |needs: &'static [Need]| Case { needs, ..case("TOY-001/2", shouts) };
    for (need, said) in [
        (&[Need::Code][..], "no source of verification codes"),
        (&[Need::WebSocket], "no WebSocket address is given"),
        (&[Need::Timer("lease_ms")], "lease_ms is not declared short"),
        (&[Need::Slow], "needs --slow"),
    ] {
        check(vec![case("TOY-001/1", echoes), needing(need)], &[], 0, said);
    }
    let met = ["--slow", "--code", "123456", "--ws", "127.0.0.1:9"];
    for need in [&[Need::Code][..], &[Need::WebSocket], &[Need::Timer("lease_ms")], &[Need::Slow]] {
        check(vec![needing(need)], &met, 1, "1 fail");
    }
}
