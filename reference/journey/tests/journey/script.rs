//! The journey that the README shows.

use std::path::Path;
use std::process::Command;

use crate::programs;

#[test]
fn the_journey_of_the_readme_arrives() {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = core::iter::once(programs::folder().to_owned()).chain(std::env::split_paths(&path));
    let output = Command::new("bash")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("journey.sh"))
        .env("PATH", std::env::join_paths(folders).unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let notes = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{notes}");
    assert_eq!(said.lines().last(), Some("everything arrived, once and in order"), "{said}\n{notes}");
    // Once for each command that sends.
    assert_eq!(notes.matches("NOT END-TO-END ENCRYPTED").count(), 4, "{notes}");
}
