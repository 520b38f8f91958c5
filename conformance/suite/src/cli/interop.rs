//! `pinnace-conform interop`.

use super::args::InteropArgs;
use super::server::{building, drawn_seed};
use super::{LOST, Stopped, Streams};
use crate::interop;
use crate::target::file::locate;
use crate::target::instance::build;

/// Plays the matrix. Exit code 1 when a cell did not pass.
pub(crate) fn run(args: &InteropArgs, streams: &mut Streams<'_>) -> Result<u8, Stopped> {
    let is_passed = match &args.target {
        None => interop::without_server(streams.out, &args.make)?,
        Some(target) => {
            let located = locate(target).map_err(Stopped::usage)?;
            let seed = args.seed.map_or_else(drawn_seed, Ok)?;
            building(&located, streams);
            build(&located).map_err(|failure| Stopped::with(LOST, failure))?;
            interop::through_server(streams.out, &args.make, located, seed)?
        }
    };
    Ok(u8::from(!is_passed))
}
