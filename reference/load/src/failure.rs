//! Why a measurement ends.

use core::fmt;
use std::io;
use std::path::PathBuf;

/// Why a measurement ends without figures.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The system refused something.
    Io {
        /// What was tried.
        what: &'static str,
        /// Why not.
        error: io::Error,
    },
    /// The server's program could not be built or is not there.
    NoProgram(PathBuf),
    /// The server said something that no server says, or ended.
    Server(String),
    /// Nothing moves any more.
    Stuck {
        /// What was waited for.
        what: &'static str,
        /// How much of it was there.
        done: u64,
        /// How much of it there should be.
        wanted: u64,
    },
    /// A message was lost, repeated or out of order.
    Wrong(String),
    /// Arguments that make no measurement.
    Usage(String),
}

impl Failure {
    /// Names what was tried.
    pub(crate) fn io(what: &'static str) -> impl Fn(io::Error) -> Self {
        move |error| Self::Io { what, error }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { what, error } => write!(f, "{what}: {error}"),
            Self::NoProgram(path) => {
                write!(f, "{} is not there; build it, or name one by --server", path.display())
            }
            Self::Server(what) => write!(f, "server: {what}"),
            Self::Stuck { what, done, wanted } => write!(f, "nothing moves: {done} of {wanted} {what}"),
            Self::Wrong(what) => write!(f, "wrong: {what}"),
            Self::Usage(what) => f.write_str(what),
        }
    }
}

impl core::error::Error for Failure {}
