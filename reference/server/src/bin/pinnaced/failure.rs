//! How a command fails.

use core::fmt;
use std::process::ExitCode;

use pinnace_server::config::{LimitError, SettingsError};
use pinnace_server::{ConfigError, IdentityError, StartError};
use pinnace_store::OpenError;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The configuration file.
    Config(ConfigError),
    /// A limit given by a flag.
    Limit(LimitError),
    /// The settings together.
    Settings(SettingsError),
    /// The keys.
    Identity(IdentityError),
    /// The server.
    Start(StartError),
    /// A filter of logs.
    LogFilter(String),
    /// A key given by a flag.
    Key(String),
    /// A variable of the environment.
    Environment(String),
    /// The store that was to be read.
    Store(OpenError),
    /// Rows of the store; the others were told.
    Damaged {
        /// How many.
        row_count: u64,
    },
    /// The system.
    Io(std::io::Error),
}

impl Failure {
    /// 2 where the operator has to change something that was written; 1 where the surroundings failed.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_)
            | Self::Limit(_)
            | Self::Settings(_)
            | Self::Identity(_)
            | Self::LogFilter(_)
            | Self::Key(_)
            | Self::Environment(_) => ExitCode::from(2),
            Self::Start(_) | Self::Store(_) | Self::Damaged { .. } | Self::Io(_) => ExitCode::FAILURE,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Limit(error) => error.fmt(f),
            Self::Settings(error) => error.fmt(f),
            Self::Identity(error) => error.fmt(f),
            Self::Start(error) => error.fmt(f),
            Self::LogFilter(error) => write!(f, "log filter: {error}"),
            Self::Key(text) => write!(f, "`{text}` is no key: 64 hexadecimal digits"),
            Self::Environment(text) => f.write_str(text),
            Self::Store(error) => error.fmt(f),
            Self::Damaged { row_count } => write!(f, "damaged rows in the store: {row_count}"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<LimitError> for Failure {
    fn from(error: LimitError) -> Self {
        Self::Limit(error)
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::Settings(error)
    }
}

impl From<IdentityError> for Failure {
    fn from(error: IdentityError) -> Self {
        Self::Identity(error)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::Start(error)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::Store(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}
