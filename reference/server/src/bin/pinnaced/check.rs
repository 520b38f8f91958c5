//! `pinnaced check-config`.

use pinnace_server::{Config, Identity, Settings};

use crate::args::Run;
use crate::failure::Failure;
use crate::{logs, serve};

/// Prints the configuration that would be served, or fails as `run` would before it listens.
pub(crate) fn check(args: &Run) -> Result<(), Failure> {
    let settings = args.common.over(Settings::from_file(&args.config)?)?;
    logs::filter(&settings)?;
    let shown = settings.to_string();
    let identity = Identity::load(&settings.keys, serve::unix_s())?;
    Config::new(settings, identity)?;
    anstream::print!("{shown}");
    Ok(())
}
