//! Why the store of a device cannot be used.

use core::fmt;
use std::path::PathBuf;

/// Why the store of a device cannot be used.
#[derive(Debug)]
pub enum StoreError {
    /// Another process has it open.
    InUse,
    /// Others than its owner can read the file.
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// A record is not of the form that this version writes.
    Damaged {
        /// Which table or entry.
        place: &'static str,
    },
    /// The disk, or what stands in the file.
    Engine(redb::Error),
    /// The directory or the file cannot be made or read.
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The thread that wrote did not come to its end.
    Interrupted,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse => f.write_str("another process uses this home"),
            Self::Exposed { path } => {
                write!(f, "{} holds keys and is open to others: chmod 600 it", path.display())
            }
            Self::Damaged { place } => write!(f, "the store is damaged at {place}"),
            Self::Engine(error) => write!(f, "the store: {error}"),
            Self::Io { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Interrupted => f.write_str("a write to the store was interrupted"),
        }
    }
}

impl core::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Engine(error) => Some(error),
            Self::Io { error, .. } => Some(error),
            Self::InUse | Self::Exposed { .. } | Self::Damaged { .. } | Self::Interrupted => None,
        }
    }
}

impl From<redb::Error> for StoreError {
    fn from(error: redb::Error) -> Self {
        if matches!(error, redb::Error::DatabaseAlreadyOpen) { Self::InUse } else { Self::Engine(error) }
    }
}

macro_rules! from_engine {
    ($($error:ty),+) => {
        $(impl From<$error> for StoreError {
            fn from(error: $error) -> Self {
                redb::Error::from(error).into()
            }
        })+
    };
}

from_engine!(
    redb::DatabaseError,
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    redb::SetDurabilityError
);
