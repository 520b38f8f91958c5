//! Where the programs are. They are built once, in the profile of the one that asks.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::Failure;

/// The folder with `pinnaced` and `pinnace`. Cargo, where it runs this, is asked to bring them up to date.
///
/// # Errors
///
/// [`Failure::NoProgram`] where they do not build, [`Failure::Io`].
pub fn folder() -> Result<&'static Path, Failure> {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    if let Some(folder) = FOLDER.get() {
        return Ok(folder);
    }
    let built = build()?;
    Ok(FOLDER.get_or_init(|| built))
}

/// A program of this workspace.
///
/// # Errors
///
/// Those of [`folder`].
pub fn command(name: &str) -> Result<Command, Failure> {
    let path = folder()?.join(name);
    if path.is_file() { Ok(Command::new(path)) } else { Err(Failure::NoProgram(path)) }
}

fn build() -> Result<PathBuf, Failure> {
    let own = std::env::current_exe().map_err(Failure::io("own program"))?;
    // target/PROFILE/NAME, or for a test target/PROFILE/deps/NAME.
    let folder = own.parent().unwrap_or_else(|| Path::new("."));
    let folder = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
    let Some(cargo) = std::env::var_os("CARGO") else { return Ok(folder.to_owned()) };
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        // The one profile whose folder has another name.
        Some("debug") | None => "dev",
        Some(profile) => profile,
    };
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "-p", "pinnace-server", "-p", "pinnace-client", "--bins"]);
    build.args(["--profile", profile]);
    if let Some(target) = folder.parent() {
        build.arg("--target-dir").arg(target);
    }
    let status = build.current_dir(env!("CARGO_MANIFEST_DIR")).status().map_err(Failure::io("cargo"))?;
    if status.success() { Ok(folder.to_owned()) } else { Err(Failure::NoProgram(folder.join("pinnaced"))) }
}
