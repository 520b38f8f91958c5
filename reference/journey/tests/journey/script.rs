//! The journey that the README shows.

use std::path::Path;
use std::process::Command;

use pinnace_lanes::world::programs;

#[test]
fn the_journey_of_the_readme_arrives() {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        core::iter::once(programs::folder().unwrap().to_owned()).chain(std::env::split_paths(&path));
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

#[test]
fn the_readme_shows_the_script_that_runs() {
    let read =
        |path: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let (readme, script) = (read("../../README.md"), read("journey.sh"));
    let shown = readme.split("```bash\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert!(shown.contains("kill -9") && shown.contains("bob receive"), "{shown}");
    assert!(script.contains(shown.trim_end()), "journey.sh does not hold what README.md shows:\n{shown}");
}
