//! The working group's passive-client vectors. They are not in this repository: `PINNACE_MLS_VECTORS` names their folder.
#![expect(clippy::unwrap_used, reason = "a test says what is missing by failing")]

#[path = "passive/mod.rs"]
mod vectors;

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Files of the working group's repository, and how many of their cases are of suites that the library has.
const FILES: [(&str, usize, usize); 3] = [
    ("passive-client-welcome.json", 32, 24),
    ("passive-client-handling-commit.json", 52, 39),
    ("passive-client-random.json", 1, 0),
];

#[test]
fn passive_client_vectors_of_the_working_group_pass() {
    let folder = std::env::var_os("PINNACE_MLS_VECTORS").map(PathBuf::from);
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else {
        // Written past the harness, which would keep it to itself.
        let skipped = "SKIPPED: the working group's vectors; PINNACE_MLS_VECTORS names no folder";
        writeln!(std::io::stderr(), "{skipped}").unwrap();
        return;
    };
    for (file, passed, other_suite) in FILES {
        check(&folder.join(file), passed, other_suite);
    }
}

#[track_caller]
fn check(path: &Path, passed: usize, other_suite: usize) {
    let tally = vectors::play_file(path).unwrap();
    assert_eq!(tally.failures, Vec::<String>::new(), "{}", path.display());
    assert_eq!((tally.passed, tally.other_suite), (passed, other_suite), "{}", path.display());
}
