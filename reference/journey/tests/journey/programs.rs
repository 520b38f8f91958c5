//! Where the programs are. They are built once, in the profile of the tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The folder with `pinnaced` and `pinnace`.
pub(crate) fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(build)
}

/// A program of this workspace.
pub(crate) fn command(name: &str) -> Command {
    Command::new(folder().join(name))
}

fn build() -> PathBuf {
    // target/PROFILE/deps/journey-HASH: the programs belong into target/PROFILE.
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).expect("a test lies in target/PROFILE/deps");
    let target = folder.parent().expect("a profile lies in a target directory");
    let profile = match folder.file_name().and_then(|name| name.to_str()).expect("a profile has a name") {
        // The one profile whose folder has another name.
        "debug" => "dev",
        profile => profile,
    };
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "-p", "pinnace-server", "-p", "pinnace-client", "--bins"])
        .args(["--profile", profile, "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .unwrap();
    assert!(status.success(), "the programs do not build");
    folder.to_owned()
}
