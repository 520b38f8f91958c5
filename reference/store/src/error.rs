//! What can go wrong.

use core::fmt;
use std::io;
use std::path::PathBuf;

use pinnace_home::{RulesError, Table};

/// Why an operation gave no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StoreError {
    /// The engine did not answer: disk full, file system read-only, file damaged. Whether the operation took effect is
    /// unknown; asking again is safe (DLV-047). The store mends itself when it can.
    Unavailable,
    /// Too many operations wait already; nothing was done.
    Busy,
    /// A stored row is damaged; nothing was done.
    Corrupt(Table),
    /// The store was closed.
    Closed,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable => {
                write!(f, "the store does not answer; whether the operation took effect is unknown")
            }
            Self::Busy => write!(f, "too many operations wait for the store"),
            Self::Corrupt(table) => write!(f, "a stored row of table {table:?} is damaged"),
            Self::Closed => write!(f, "the store is closed"),
        }
    }
}

impl core::error::Error for StoreError {}

/// Why a store could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process holds the directory.
    Locked {
        /// The directory.
        dir: PathBuf,
    },
    /// The directory is of another format.
    WrongFormat {
        /// The directory.
        dir: PathBuf,
        /// The first line of its file FORMAT.
        found: String,
        /// What this store writes and reads.
        expected: &'static str,
    },
    /// The directory holds something, but no store.
    NotADataDir {
        /// The directory.
        dir: PathBuf,
    },
    /// There is no store in the directory, and none was to be made.
    NoStore {
        /// The directory.
        dir: PathBuf,
    },
    /// The directory cannot be read or written.
    Io {
        /// What was touched.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The engine refused its files.
    Engine {
        /// The directory.
        dir: PathBuf,
        /// What the engine said.
        error: Box<fjall::Error>,
    },
    /// A row that the start needs is damaged.
    Corrupt(Table),
    /// The configured limits contradict the protocol.
    Rules(RulesError),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked { dir } => write!(f, "{} is in use by another process", dir.display()),
            Self::WrongFormat { dir, found, expected } => {
                write!(f, "{} has format {found:?}, this store reads {expected:?}", dir.display())
            }
            Self::NotADataDir { dir } => write!(f, "{} is not empty and holds no store", dir.display()),
            Self::NoStore { dir } => write!(f, "{} holds no store", dir.display()),
            Self::Io { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Engine { dir, error } => write!(f, "engine in {}: {error}", dir.display()),
            Self::Corrupt(table) => write!(f, "a stored row of table {table:?} is damaged"),
            Self::Rules(error) => write!(f, "limits: {error}"),
        }
    }
}

impl core::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            Self::Engine { error, .. } => Some(error),
            Self::Rules(error) => Some(error),
            Self::Locked { .. }
            | Self::WrongFormat { .. }
            | Self::NotADataDir { .. }
            | Self::NoStore { .. }
            | Self::Corrupt(_) => None,
        }
    }
}
