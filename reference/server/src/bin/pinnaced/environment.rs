//! Variables of the environment whose names are mistyped.

use std::env;

use clap::CommandFactory as _;
use pinnace_server::config::nearest;

use crate::args::Args;
use crate::failure::Failure;

/// What the names of all our variables begin with.
const PREFIX: &str = "PINNACE_";

/// What other programs of Pinnace read.
const OTHERS: [&str; 6] = ["FAULT", "HOME", "LANES_NAMESPACE", "REALM", "SEED", "SERVER"];

/// Refuses a variable that would be without effect and is much like one that has an effect here.
pub(crate) fn check() -> Result<(), Failure> {
    let command = Args::command();
    let known: Vec<&str> = command
        .get_subcommands()
        .flat_map(clap::Command::get_arguments)
        .filter_map(|argument| argument.get_env()?.to_str()?.strip_prefix(PREFIX))
        .collect();
    for (name, _) in env::vars_os() {
        let Some(name) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        if known.contains(&name) || OTHERS.contains(&name) {
            continue;
        }
        if let Some(nearest) = nearest(name, known.iter().copied()) {
            return Err(Failure::Environment(format!(
                "unknown variable {PREFIX}{name} in the environment; did you mean {PREFIX}{nearest}?"
            )));
        }
    }
    Ok(())
}
