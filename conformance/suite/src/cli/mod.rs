//! The command line: `pinnace-conform`.

use core::fmt;
use std::ffi::OsString;
use std::io::{self, Write};

use clap::Parser;

use crate::report::paint::Paint;
use crate::suite::Suite;

mod args;
mod decode;
mod interop;
mod list;
mod replay;
mod selftest;
mod server;
mod trace;

use args::{Cli, Command, When};

/// Where the command line writes.
pub struct Streams<'a> {
    /// Standard output.
    pub out: &'a mut dyn Write,
    /// Standard error.
    pub err: &'a mut (dyn Write + Send),
    /// Whether standard output is a terminal that shows colour, and wants it.
    pub out_is: Screen,
    /// The same of standard error; progress is shown only on a terminal.
    pub err_is: Screen,
}

impl fmt::Debug for Streams<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streams").finish_non_exhaustive()
    }
}

/// What a stream ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// A terminal that shows colour.
    Colour,
    /// A terminal without colour.
    Plain,
    /// A file or a pipe.
    None,
}

/// Exit code for usage, an empty selection, and files that cannot be read or written.
pub(crate) const USAGE: u8 = 2;
/// Exit code of a target that is not there.
pub(crate) const LOST: u8 = 4;
/// Exit code of a fault of the suite.
pub(crate) const HARNESS: u8 = 5;

/// Why a command stopped early: an exit code and one message.
#[derive(Debug)]
pub(crate) struct Stopped {
    code: u8,
    message: String,
}

impl Stopped {
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self { code: USAGE, message: message.to_string() }
    }

    pub(crate) fn with(code: u8, message: impl fmt::Display) -> Self {
        Self { code, message: message.to_string() }
    }

    pub(crate) fn harness(message: impl fmt::Display) -> Self {
        Self { code: HARNESS, message: message.to_string() }
    }
}

impl From<io::Error> for Stopped {
    /// Standard output or error cannot be written. A reader that went away (`| head`) has what it wanted.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { code: 0, message: String::new() };
        }
        Self::usage(format_args!("cannot write to standard output: {error}"))
    }
}

/// Runs one command line and gives the exit code of the process.
pub fn run(suite: &Suite, args: impl IntoIterator<Item = OsString>, streams: &mut Streams<'_>) -> u8 {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return told(&error, streams),
    };
    let result = match &cli.command {
        Command::Server(args) => server::run(suite, args, cli.color, streams),
        Command::Selftest(args) => selftest::run(suite, args, cli.color, streams),
        Command::Interop(args) => interop::run(args, streams),
        Command::List(args) => list::run(suite, args, cli.color, streams),
        Command::Replay(args) => replay::run(suite, args, cli.color, streams),
        Command::Decode(args) => decode::run(suite, args, streams),
        Command::Trace(args) => trace::run(suite, args, cli.color, streams),
    };
    result.unwrap_or_else(|stopped| {
        if !stopped.message.is_empty() {
            // Nothing is left to tell it to when standard error is gone too.
            let _ = writeln!(streams.err, "pinnace-conform: {}", stopped.message);
        }
        stopped.code
    })
}

/// Help and version go to standard output with 0, usage errors to standard error with 2.
fn told(error: &clap::Error, streams: &mut Streams<'_>) -> u8 {
    let text = error.render();
    let written =
        if error.use_stderr() { write!(streams.err, "{text}") } else { write!(streams.out, "{text}") };
    match written {
        Ok(()) if !error.use_stderr() => 0,
        Ok(()) | Err(_) => USAGE,
    }
}

pub(crate) const fn paint(when: When, screen: Screen) -> Paint {
    match (when, screen) {
        (When::Always, _) | (When::Auto, Screen::Colour) => Paint::Colour,
        (When::Never, _) | (When::Auto, Screen::Plain | Screen::None) => Paint::Plain,
    }
}
