//! Why a lane ends without a verdict.

use core::fmt;
use std::io;
use std::path::PathBuf;

/// Why something in the world of a lane did not work.
#[derive(Debug)]
pub enum Failure {
    /// The system refused something.
    Io {
        /// What was tried.
        what: String,
        /// Why not.
        error: io::Error,
    },
    /// A program could not be built or is not there.
    NoProgram(PathBuf),
    /// A program said something that it never says, or ended.
    Program(String),
    /// A client does not do what it is asked.
    Client(String),
    /// Something does not come.
    Stuck(String),
    /// The lane cannot run here: a right or a tool is missing.
    Skipped(String),
    /// Arguments that make no lane.
    Usage(String),
}

impl Failure {
    /// Names what was tried.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |error| Self::Io { what, error }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { what, error } => write!(f, "{what}: {error}"),
            Self::NoProgram(path) => write!(f, "{} is not there: build the workspace first", path.display()),
            Self::Program(what) | Self::Client(what) | Self::Usage(what) => f.write_str(what),
            Self::Stuck(what) => write!(f, "{what} does not come"),
            Self::Skipped(why) => write!(f, "SKIPPED: {why}"),
        }
    }
}

impl core::error::Error for Failure {}
