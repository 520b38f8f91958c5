//! `pinnace-conform interop`.

use super::args::InteropArgs;
use super::{Stopped, Streams};
use crate::interop;

/// Plays the matrix. Exit code 1 when a cell did not pass.
pub(crate) fn run(args: &InteropArgs, streams: &mut Streams<'_>) -> Result<u8, Stopped> {
    let is_passed = interop::without_server(streams.out, &args.make)?;
    Ok(u8::from(!is_passed))
}
