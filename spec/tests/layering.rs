//! The arrows between the crates of this workspace are those of ARCHITECTURE.md, no more and no fewer.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test says what is missing by failing")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

type Arrows = BTreeMap<String, BTreeSet<String>>;

#[test]
fn crates_use_only_what_the_architecture_allows() {
    assert_eq!(found(), allowed());
}

#[test]
fn the_suite_reaches_nothing_under_reference() {
    let found = found();
    let mut reached = BTreeSet::from(["pinnace-conformance".to_owned()]);
    loop {
        let next: BTreeSet<String> =
            reached.iter().filter_map(|name| found.get(name)).flatten().chain(&reached).cloned().collect();
        if next == reached {
            break;
        }
        reached = next;
    }
    for name in [
        "pinnace-fault",
        "pinnace-session",
        "pinnace-home",
        "pinnace-store",
        "pinnace-e2ee",
        "pinnace-client",
        "pinnace-server",
    ] {
        assert!(!reached.contains(name), "the suite reaches {name}");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("spec lies in the workspace")
}

/// What stands between the marks in ARCHITECTURE.md.
fn allowed() -> Arrows {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let (_, rest) = text.split_once("<!-- arrows -->").expect("the first mark");
    let (list, _) = rest.split_once("<!-- end arrows -->").expect("the last mark");
    list.lines()
        .filter_map(|line| line.split_once(" ->"))
        .map(|(from, to)| (from.to_owned(), to.split_whitespace().map(str::to_owned).collect()))
        .collect()
}

/// What `cargo metadata` says, for dependencies that are neither for tests nor for builds.
fn found() -> Arrows {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let to = package["dependencies"]
                .as_array()
                .expect("dependencies")
                .iter()
                .filter(|dependency| dependency["kind"].is_null())
                .filter_map(|dependency| dependency["name"].as_str())
                .filter(|name| name.starts_with("pinnace-"))
                .map(str::to_owned)
                .collect();
            (package["name"].as_str().expect("name").to_owned(), to)
        })
        .collect()
}
