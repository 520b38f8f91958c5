//! Runs files, or all files of folders, through a target: `replay TARGET PATH...`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pinnace_fuzz_targets::TARGETS;

fn main() -> std::io::Result<ExitCode> {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_default();
    let Some((_, target)) = TARGETS.into_iter().find(|(found, _)| *found == name) else {
        eprintln!("no target {name:?}; the targets are {:?}", TARGETS.map(|(name, _)| name));
        return Ok(ExitCode::from(2));
    };
    let mut count = 0;
    for path in args {
        for file in files(Path::new(&path))? {
            // The last line tells which file it was when the target panics.
            eprintln!("{}", file.display());
            target(&fs::read(&file)?);
            count += 1;
        }
    }
    eprintln!("{name}: {count} files");
    Ok(ExitCode::SUCCESS)
}

fn files(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    fs::read_dir(path)?.map(|entry| entry.map(|entry| entry.path())).collect()
}
