//! Devices of several makes in one conversation: `pinnace-conform interop`.
//!
//! A make is a program that answers JSON lines (`conformance/peers/README.md`): it holds the keys and the groups of one device,
//! and knows nothing of Pinnace. The stories are told by the suite, which gives the devices their certificates. Nothing here
//! judges a server by its requirements, as cases do; it shows that devices of different makes get along.

use std::io::{self, Write};
use std::sync::Arc;

use crate::target::file::Located;

mod adapter;
mod bare;
mod fault;
mod matrix;
mod served;

pub use adapter::Make;
pub use fault::Fault;

/// Plays the stories without a server, in every ordering of the makes, and prints the matrix; whether all passed.
///
/// # Errors
/// When it cannot be printed.
pub fn without_server(out: &mut dyn Write, makes: &[Make]) -> io::Result<bool> {
    matrix::print(out, makes, &bare::stories())
}

/// The same through servers that are started from a target file, one a cell, whose keys and numbers come from the seed.
///
/// # Errors
/// When it cannot be printed.
pub fn through_server(out: &mut dyn Write, makes: &[Make], located: Located, seed: u64) -> io::Result<bool> {
    matrix::print(out, makes, &served::stories(&Arc::new(located), seed))
}
