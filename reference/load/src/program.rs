//! Where the server's program is.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Failure;

/// The `pinnaced` beside this program. Cargo, where it runs this, is asked to bring it up to date.
pub(crate) fn pinnaced() -> Result<PathBuf, Failure> {
    let own = std::env::current_exe().map_err(Failure::io("own program"))?;
    let folder = own.parent().unwrap_or_else(|| Path::new("."));
    let program = folder.join("pinnaced");
    if let Some(cargo) = std::env::var_os("CARGO") {
        // target/PROFILE/pinnace-load: of all profiles only `dev` has a folder of another name.
        let profile = folder.file_name().and_then(|name| name.to_str()).unwrap_or("release");
        let profile = if profile == "debug" { "dev" } else { profile };
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "-p", "pinnace-server", "--bin", "pinnaced", "--profile", profile]);
        if let Some(target) = folder.parent() {
            build.arg("--target-dir").arg(target);
        }
        let status = build.current_dir(env!("CARGO_MANIFEST_DIR")).status();
        if !status.map_err(Failure::io("cargo"))?.success() {
            return Err(Failure::NoProgram(program));
        }
    }
    Ok(program)
}
