//! What can go wrong.

use core::fmt;
use std::io;
use std::path::{Path, PathBuf};

use pinnace_home::{Fault, RulesError, Table};

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
    /// A file of the engine is not what was written. Nothing was changed.
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// Commits that were durable are missing: the engine's journal was damaged or cut, or older files were put in place.
    Missing {
        /// The directory.
        dir: PathBuf,
        /// How many commits are missing at least.
        count: u64,
        /// The file that says so. Without it the store starts with what is left.
        mark: PathBuf,
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
            Self::Engine { dir, error } => write!(
                f,
                "{}: the engine cannot read its files ({error}); restore the directory from a backup",
                dir.display()
            ),
            Self::Damaged { path } => {
                write!(f, "{} is damaged; restore the data directory from a backup", path.display())
            }
            Self::Missing { dir, count, mark } => write!(
                f,
                "{}: {count} commits that were durable are missing; restore the directory from a backup, or remove {} to go \
                 on without them",
                dir.display(),
                mark.display()
            ),
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
            | Self::Damaged { .. }
            | Self::Missing { .. }
            | Self::Corrupt(_) => None,
        }
    }
}

/// How the start of a store tells what its engine says.
pub(crate) fn open_error(dir: &Path, error: fjall::Error) -> OpenError {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other faults are the engine's")]
    match error {
        fjall::Error::Io(error) => OpenError::Io { path: dir.to_path_buf(), error },
        fjall::Error::Locked => OpenError::Locked { dir: dir.to_path_buf() },
        error => OpenError::Engine { dir: dir.to_path_buf(), error: Box::new(error) },
    }
}

/// How the start of a store tells a fault of recovery.
pub(crate) fn recovery_error(dir: &Path, fault: Fault<fjall::Error>) -> OpenError {
    match fault {
        Fault::Corrupt(table) => OpenError::Corrupt(table),
        Fault::View(error) => open_error(dir, error),
    }
}
