//! `pinnace-conform decode`.

use std::io::Read;

use super::args::DecodeArgs;
use super::{Stopped, Streams};
use crate::hex;
use crate::suite::Suite;

/// Most hex that is read from standard input.
const INPUT_MAX: u64 = 16 << 20;

/// Prints what the bytes are. Exit code 1 when they cannot be read to their end.
pub(crate) fn run(suite: &Suite, args: &DecodeArgs, streams: &mut Streams<'_>) -> Result<u8, Stopped> {
    let mut text = args.hex.clone();
    if text == "-" {
        text.clear();
        std::io::stdin().take(INPUT_MAX).read_to_string(&mut text).map_err(Stopped::usage)?;
    }
    let decoded = (suite.decode)(&hex::decode(&text).map_err(Stopped::usage)?);
    for line in &decoded.lines {
        writeln!(streams.out, "{line}")?;
    }
    match decoded.fault {
        None => Ok(0),
        Some(fault) => {
            writeln!(streams.err, "pinnace-conform: {fault}")?;
            Ok(1)
        }
    }
}
