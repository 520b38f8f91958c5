//! `selftest`: the toy is broken on purpose, and the toy suite has to find it.

use pinnace_conformance::case::Case;
use serde_json::Value;

use crate::spawning::{Site, is_alive, pids};
use crate::toy::{Told, case, conform, echoes, keeps_case, shouts, suite};

const SCHEMA: &str = include_str!("../../schema/selftest.schema.json");

/// A fault of the toy, with the requirement that it is said to break.
fn fault(name: &str, requirement: &str) -> String {
    format!(
        r#"{{"name":"{name}","requirements":["{requirement}"],"kind":"check","what":"the toy is {name}"}}"#
    )
}

/// Proves a toy suite by a gallery, and sees that no process is left.
fn prove(faults: &[String], cases: Vec<Case>, more: &[&str]) -> Told {
    let site = Site::new("[faults]\nlist = [\"cat\", \"{root}/gallery.json\"]\nadd = [\"{fault}\"]");
    std::fs::write(site.path("gallery.json"), format!("{{\"faults\":[{}]}}", faults.join(","))).unwrap();
    let file = site.path("toy.toml");
    let args = [&["selftest", "--target", file.to_str().unwrap(), "--seed", "7"][..], more].concat();
    let told = conform(&suite(cases), &args);
    assert!(pids(&site.path("pids")).iter().all(|pid| !is_alive(*pid)), "a target is left behind");
    told
}

#[track_caller]
fn check(told: &Told, code: u8, said: &[&str]) {
    let all = format!("{}{}", told.out, told.err);
    for words in said {
        assert!(all.contains(words), "{words:?} is not in:\n{all}");
    }
    assert_eq!(told.code, code, "{all}");
}

#[test]
fn fault_is_killed_by_the_check_that_cites_what_it_breaks() {
    let faults = [fault("loud", "TOY-001"), fault("lost", "TOY-003")];
    let told = prove(&faults, vec![case("TOY-001/1", echoes), keeps_case()], &["--json", "-"]);
    check(&told, 0, &["killed by TOY-001/1", "killed by TOY-003/1", "2 of 2 faults killed"]);
    let matrix: Value = serde_json::from_str(&told.out).unwrap();
    crate::schema::check(SCHEMA, &matrix);
    assert_eq!(matrix["survivors"], Value::Array(Vec::new()));
    assert_eq!(matrix["matrix"][0]["killed_by"][0]["check"], "the same words come back");
    assert_eq!(matrix["requirements"]["TOY-003"]["killed"], 1);
}

#[test]
fn fault_that_nobody_finds_survives() {
    let faults = [fault("harmless", "TOY-001"), fault("loud", "TOY-001")];
    let told = prove(&faults, vec![case("TOY-001/1", echoes)], &[]);
    check(&told, 1, &["harmless", "survived", "every case passes", "1 of 2 faults killed"]);
}

#[test]
fn fault_that_is_found_by_the_check_of_another_requirement_survives() {
    // Loud breaks an echo, which no check of TOY-003 looks at.
    let told = prove(&[fault("loud", "TOY-003")], vec![case("TOY-001/1", echoes), keeps_case()], &[]);
    check(&told, 1, &["0 of 1 faults killed"]);
    let told = prove(&[fault("lost", "TOY-003")], vec![case("TOY-001/1", echoes)], &[]);
    check(&told, 1, &["no case that could be judged cites a requirement which it breaks"]);
}

#[test]
fn false_alarm_proves_nothing() {
    let told =
        prove(&[fault("loud", "TOY-001")], vec![case("TOY-001/1", echoes), case("TOY-001/2", shouts)], &[]);
    check(&told, 5, &["without a fault these cases do not pass", "TOY-001/2 fail"]);
}

#[test]
fn gallery_that_cannot_be_used_is_told() {
    let cases = || vec![case("TOY-001/1", echoes)];
    check(
        &prove(&[fault("loud", "TOY-009")], cases(), &[]),
        2,
        &["loud breaks TOY-009, which the specification"],
    );
    check(&prove(&[fault("loud", "TOY-001")], cases(), &["--fault", "zebra"]), 2, &["no fault is selected"]);
    let site = Site::new("");
    let file = site.path("toy.toml");
    let told = conform(&suite(cases()), &["selftest", "--target", file.to_str().unwrap()]);
    check(&told, 2, &["has no [faults]"]);
}
