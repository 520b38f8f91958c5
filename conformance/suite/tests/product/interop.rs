//! `interop`, with makes that are none: what real ones do is shown by `conformance/peers/run`.

use crate::toy::{conform, suite};

#[track_caller]
fn check(args: &[&str], code: u8, told: &str) {
    let ran = conform(&suite(Vec::new()), &[&["interop"], args].concat());
    let all = format!("{}{}", ran.out, ran.err);
    assert_eq!(ran.code, code, "{all}");
    assert!(all.contains(told), "{all}");
}

#[test]
fn a_make_that_answers_nonsense_fails_every_cell_and_is_named() {
    check(&["echo=cat"], 1, "\n0 of 6 passed\n");
    check(&["echo=cat"], 1, "\necho: linked, suite 0x0003: no key_package in ");
    check(&["none=/nowhere/at/all"], 1, "none 1 at its start: /nowhere/at/all: ");
}

#[test]
fn usage_is_checked_before_anything_is_started() {
    check(&[], 2, "NAME=COMMAND");
    check(&["cat"], 2, "a make is NAME=COMMAND");
    check(&["a=x", "b=x", "c=x", "d=x", "e=x"], 2, "error:");
    check(&["--seed", "1", "echo=cat"], 2, "--target");
    check(&["--target", "nobody", "echo=cat"], 2, "target file");
}
