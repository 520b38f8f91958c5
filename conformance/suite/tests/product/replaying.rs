//! Failure files are judged again without the target.

use std::path::{Path, PathBuf};

use pinnace_conformance::case::{Case, CaseResult};
use pinnace_conformance::check::expect_eq;
use pinnace_conformance::ctx::Ctx;
use pinnace_conformance::suite::Suite;
use serde_json::Value;

use crate::schema;
use crate::toy::{
    ask, case, conform, echoes, judge, lost_control, should_shout, shouts, suite, waits_in_vain,
};

/// A case with two connections, a pause, a silence and a seeded word, which fails at its end.
fn winding(ctx: &Ctx) -> CaseResult {
    let word = format!("w{}", ctx.rng("word").u64());
    let (mut first, mut second) = (ctx.connect()?, ctx.connect()?);
    let answer = ask(&mut second, &format!("echo {word}"))?;
    ctx.control("the second connection answers", expect_eq(&word, &answer))?;
    first.set_wait(core::time::Duration::from_millis(10))?;
    let silence = ask(&mut first, "mute").is_err();
    ctx.control("mute is not answered", expect_eq(&true, &silence))?;
    let before = ctx.now();
    ctx.pause(core::time::Duration::from_millis(30))?;
    let has_passed = ctx.now() >= before + core::time::Duration::from_millis(30);
    ctx.control("time passes", expect_eq(&true, &has_passed))?;
    let answer = ask(&mut first, "echo again")?;
    ctx.require("TOY-001", "the toy shouts", expect_eq(&"AGAIN".to_owned(), &answer));
    Ok(())
}

fn cases() -> Vec<Case> {
    vec![
        case("TOY-001/1", echoes),
        case("TOY-001/2", shouts),
        case("TOY-001/3", winding),
        case("TOY-002/1", should_shout),
        case("TOY-001/4", waits_in_vain),
        case("TOY-001/5", lost_control),
    ]
}

/// Runs the cases and gives the folder of failure files.
fn recorded(suite: &Suite) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(judge(suite, &["--failures", folder.path().to_str().unwrap()]).code, 1);
    folder
}

fn file(folder: &tempfile::TempDir, id: &str) -> PathBuf {
    folder.path().join(format!("{}.json", id.replace('/', "_")))
}

fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    change(&mut value);
    std::fs::write(path, value.to_string()).unwrap();
}

#[test]
fn replay_comes_to_the_recorded_verdict() {
    let suite = suite(cases());
    let folder = recorded(&suite);
    assert!(!file(&folder, "TOY-001/1").exists(), "a case that passed leaves no file");
    for (id, code, said) in [
        ("TOY-001/2", 1, "fail, as recorded fail"),
        ("TOY-001/3", 1, "fail, as recorded fail"),
        ("TOY-002/1", 0, "warn, as recorded warn"),
        ("TOY-001/4", 3, "inconclusive, as recorded inconclusive"),
    ] {
        let told = conform(&suite, &["replay", file(&folder, id).to_str().unwrap()]);
        assert!(told.out.contains(said), "{id}: {}{}", told.out, told.err);
        assert_eq!(told.code, code, "{id}");
    }
}

#[test]
fn replay_judges_what_the_file_holds() {
    let suite = suite(cases());
    let folder = recorded(&suite);
    let path = file(&folder, "TOY-001/2");
    edit(&path, |failure| {
        let text = failure["events"].to_string();
        // "hush" becomes "HUSH" in what was received.
        let events = text.replace("\"68\"", "\"48\"").replace("\"75\"", "\"55\"").replace("\"73\"", "\"53\"");
        failure["events"] = serde_json::from_str(&events).unwrap();
    });
    let told = conform(&suite, &["replay", path.to_str().unwrap()]);
    assert!(told.out.contains("pass, recorded as fail"), "{}{}", told.out, told.err);
    assert_eq!(told.code, 0);
}

#[test]
fn case_that_leaves_its_recording_judges_nothing() {
    let folder = recorded(&suite(cases()));
    let told = |id: &str, change: fn(&mut Value)| {
        let path = file(&folder, id);
        edit(&path, change);
        conform(&suite(cases()), &["replay", path.to_str().unwrap()])
    };
    let other_seed = told("TOY-001/3", |failure| failure["seed"] = 8.into());
    assert!(
        other_seed.err.contains("other bytes are sent on connection 2 from offset 6"),
        "{}",
        other_seed.err
    );
    assert_eq!(other_seed.code, 5);
    let short = told("TOY-001/2", |failure| {
        failure["events"].as_array_mut().unwrap().retain(|event| event["event"] != "received");
    });
    assert!(short.err.contains("asks for bytes beyond the recording"), "{}", short.err);
    assert_eq!(short.code, 5);
}

#[test]
fn file_that_is_none_is_usage() {
    let suite = suite(cases());
    let folder = recorded(&suite);
    let path = file(&folder, "TOY-001/2");
    let check = |said: &str| {
        let told = conform(&suite, &["replay", path.to_str().unwrap()]);
        assert!(told.err.contains(said), "{said:?} is not in {}", told.err);
        assert_eq!(told.code, 2);
    };
    edit(&path, |failure| failure["is_cut"] = true.into());
    check("cut short");
    edit(&path, |failure| {
        failure["is_cut"] = false.into();
        failure["case"] = "TOY-009/9".into();
    });
    check("no case TOY-009/9");
    edit(&path, |failure| failure["failure_version"] = 2.into());
    check("no failure file of version 1");
    std::fs::write(&path, "{").unwrap();
    check("no failure file");
    std::fs::remove_file(&path).unwrap();
    check("No such file");
}

#[test]
fn failure_file_holds_to_its_schema_and_goes_when_the_case_passes() {
    let folder = recorded(&suite(cases()));
    for id in ["TOY-001/2", "TOY-001/3", "TOY-002/1", "TOY-001/4"] {
        let value: Value = serde_json::from_slice(&std::fs::read(file(&folder, id)).unwrap()).unwrap();
        schema::check(include_str!("../../schema/failure.schema.json"), &value);
        let has_clause = !value["clauses"].as_object().unwrap().is_empty();
        assert!(has_clause && value["repeat"].as_str().unwrap().contains(&format!("--filter {id} --seed 7")));
    }
    let mended = suite(vec![case("TOY-001/2", echoes)]);
    assert_eq!(judge(&mended, &["--failures", folder.path().to_str().unwrap()]).code, 0);
    assert!(!file(&folder, "TOY-001/2").exists());
    assert!(file(&folder, "TOY-001/3").exists(), "the file of a case that was not run stays");
}

#[test]
fn same_seed_sends_the_same_bytes_whatever_the_number_of_jobs() {
    let sent = |jobs: &str, seed: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        // The last --seed counts for nothing here: judge gives 7, so a suite of its own is asked.
        let address = crate::toy::attachable().to_string();
        let base = ["server", "--addr", &address, "--realm", crate::toy::REALM];
        let args = [&base[..], &["--seed", seed, "--jobs", jobs, "--failures", path]].concat();
        conform(&suite(cases()), &args);
        let value: Value =
            serde_json::from_slice(&std::fs::read(file(&folder, "TOY-001/3")).unwrap()).unwrap();
        let events = value["events"].as_array().unwrap().clone();
        let sent = events.into_iter().filter(|event| event["event"] == "sent");
        sent.map(|event| event["bytes"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(sent("1", "5"), sent("8", "5"));
    assert_ne!(sent("1", "5"), sent("1", "6"));
}
