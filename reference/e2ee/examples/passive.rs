//! Plays the working group's passive-client vectors: `cargo run -p pinnace-e2ee --example passive -- FOLDER`.
#![expect(clippy::print_stdout, reason = "a command's output")]

#[path = "../tests/passive/mod.rs"]
mod vectors;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: passive FOLDER (of passive-client-*.json)");
        return ExitCode::from(2);
    };
    match play(&folder) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            ExitCode::from(2)
        }
    }
}

/// Whether every case passed that could be played; none is a failure.
fn play(folder: &std::path::Path) -> Result<bool, Box<dyn core::error::Error>> {
    let mut files: Vec<_> = std::fs::read_dir(folder)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("passive-client-"))
        })
        .collect();
    files.sort();
    let (mut passed, mut failed) = (0_usize, 0_usize);
    for path in files {
        let tally = vectors::play_file(&path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let (failures, other) = (tally.failures.len(), tally.other_suite);
        println!(
            "{name}: {} passed, {failures} failed, {other} of suites that the library does not have",
            tally.passed
        );
        tally.failures.iter().for_each(|failure| println!("  {failure}"));
        passed = passed.saturating_add(tally.passed);
        failed = failed.saturating_add(failures);
    }
    println!("{passed} passed, {failed} failed");
    Ok(passed > 0 && failed == 0)
}
