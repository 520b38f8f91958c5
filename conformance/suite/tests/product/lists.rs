//! `list`, `decode` and help.

use serde_json::Value;

use crate::toy::{case, conform, echoes, keeps_case, should_shout, suite};

#[test]
fn list_shows_every_case_with_its_requirements_or_those_that_are_asked_for() {
    let suite = suite(vec![case("TOY-001/1", echoes), case("TOY-002/1", should_shout), keeps_case()]);
    let table = conform(&suite, &["list"]);
    assert_eq!(table.code, 0);
    assert_eq!(table.out.lines().count(), 3);
    assert!(
        table.out.contains("TOY-002/1  SHOULD  core  TOY-002  the toy <answers> as it should"),
        "{}",
        table.out
    );

    for (args, ids) in [
        (&["list", "--json"][..], &["TOY-001/1", "TOY-002/1", "TOY-003/1"][..]),
        (&["list", "--json", "--filter", "toy-003"], &["TOY-003/1"]),
        (&["list", "--json", "--filter", "TOY-00?/1", "--level", "should"], &["TOY-002/1"]),
        (&["list", "--json", "--filter", "001", "--filter", "002"], &["TOY-001/1", "TOY-002/1"]),
    ] {
        let told = conform(&suite, args);
        let entries: Vec<Value> = serde_json::from_str(&told.out).unwrap();
        let listed: Vec<&str> = entries.iter().map(|entry| entry["id"].as_str().unwrap()).collect();
        assert_eq!(listed, ids, "{args:?}");
        assert!(entries.iter().all(|entry| entry["requirements"][0].as_str().unwrap().starts_with("TOY-")));
    }
    assert_eq!(conform(&suite, &["list", "--filter", "nosuch"]).code, 2);
}

#[test]
fn filter_that_is_an_id_means_that_case_only() {
    let suite = suite(vec![case("TOY-001/1", echoes), case("TOY-001/10", echoes)]);
    let listed = |filter| conform(&suite, &["list", "--filter", filter]).out.lines().count();
    assert_eq!(listed("TOY-001/1"), 1);
    assert_eq!(listed("toy-001/1"), 1);
    assert_eq!(listed("TOY-001/"), 2);
}

#[test]
fn decode_prints_lines_and_tells_a_fault_by_its_exit_code() {
    let suite = suite(Vec::new());
    let whole = conform(&suite, &["decode", "01 02"]);
    assert_eq!((whole.code, whole.out.as_str()), (0, "octet 1\noctet 2\n"));
    let broken = conform(&suite, &["decode", "010003"]);
    assert_eq!((broken.code, broken.out.as_str()), (1, "octet 1\n"));
    assert!(broken.err.contains("a zero at offset 1"));
    assert_eq!(conform(&suite, &["decode", "0x"]).code, 2);
}

#[test]
fn help_names_the_exit_codes() {
    for args in [&["--help"][..], &["server", "--help"]] {
        let told = conform(&suite(Vec::new()), args);
        assert_eq!(told.code, 0);
        assert!(told.out.contains("Exit codes:\n  0  conforms"), "{}", told.out);
    }
}
