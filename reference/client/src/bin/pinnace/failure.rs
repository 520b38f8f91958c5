//! Why a command ends without having done its work, and with which exit code.

use core::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use pinnace_client::conversation::{ConversationError, TalkError};
use pinnace_client::devices::DevicesError;
use pinnace_client::files::SaveError;
use pinnace_client::{LastError, SendError, StartError, Stopped, StoreError};

/// Why a command ends without having done its work. The message is for a person.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
}

/// The exit codes; 0 is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The server or this device refused.
    Refused = 1,
    /// The command was wrong.
    Usage = 2,
    /// No answer came in time.
    NoAnswer = 3,
    /// The server was not reached.
    Unreachable = 4,
}

impl Failure {
    pub(crate) fn refused(message: impl Display) -> Self {
        Self { exit: Exit::Refused, message: message.to_string() }
    }

    pub(crate) fn usage(message: impl Display) -> Self {
        Self { exit: Exit::Usage, message: message.to_string() }
    }

    pub(crate) fn no_answer(message: impl Display) -> Self {
        Self { exit: Exit::NoAnswer, message: message.to_string() }
    }

    pub(crate) fn unreachable(error: Option<&LastError>) -> Self {
        let message = error.map_or_else(
            || "the server was not reached".to_owned(),
            |error| format!("the server was not reached: {error}"),
        );
        Self { exit: Exit::Unreachable, message }
    }

    pub(crate) fn system(error: io::Error) -> Self {
        Self::refused(error)
    }

    /// The same, and what became of the messages of this command.
    pub(crate) fn and(mut self, what: &str) -> Self {
        self.message = format!("{}; {what}", self.message);
        self
    }

    /// One line for a person, and the exit code for a script.
    pub(crate) fn report(&self) -> ExitCode {
        // Without an error stream there is nobody to tell.
        let _ = writeln!(io::stderr(), "pinnace: {}", self.message);
        ExitCode::from(self.exit as u8)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::refused(error)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::NoServer | StartError::NoRealm | StartError::OtherRealm { .. } => Self::usage(error),
            StartError::Store(error) => error.into(),
        }
    }
}

impl From<Stopped> for Failure {
    fn from(error: Stopped) -> Self {
        Self::refused(error)
    }
}

impl From<DevicesError> for Failure {
    fn from(error: DevicesError) -> Self {
        match error {
            DevicesError::Stopped | DevicesError::Contended => Self::no_answer(error),
            DevicesError::OwnCode | DevicesError::NoSuchDevice => Self::usage(error),
            DevicesError::List(_)
            | DevicesError::BadAnswer
            | DevicesError::Failed { .. }
            | DevicesError::Rate { .. }
            | DevicesError::NotListed
            | DevicesError::ListLen
            | DevicesError::Registered
            | DevicesError::OutboxFull => Self::refused(error),
        }
    }
}

impl From<ConversationError> for Failure {
    fn from(error: ConversationError) -> Self {
        Self::refused(error)
    }
}

impl From<TalkError> for Failure {
    fn from(error: TalkError) -> Self {
        Self::refused(error)
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        Self::refused(error)
    }
}

impl From<SaveError> for Failure {
    fn from(error: SaveError) -> Self {
        Self::refused(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::system(error)
    }
}
