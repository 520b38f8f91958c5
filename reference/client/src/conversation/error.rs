//! Why something in a conversation was not done.

use core::fmt;

use pinnace_content::TooLong;
use pinnace_e2ee::{Error, Unavailable};

use super::row::Stage;

/// Why something in a conversation was not done. Nothing has happened.
#[derive(Debug)]
pub enum ConversationError {
    /// Caller: this device knows no such conversation.
    NoConversation,
    /// Caller: there is such a conversation already.
    Exists,
    /// Caller: this device is no member (any more).
    NotMember(Stage),
    /// Caller: an own commit is on its way; one at a time.
    Busy,
    /// Caller: nobody is to be added or removed.
    Nobody,
    /// Caller: an account that may not be in this conversation.
    Outsider,
    /// Caller: more devices than one commit changes.
    TooMany {
        /// How many it can.
        count_max: usize,
    },
    /// Caller: the content is out of its bounds.
    TooLong(TooLong),
    /// Caller: nothing was said here under this name.
    NoContent,
    /// Order: too much waits for its outcome.
    OutboxFull,
    /// The keys: see the error.
    Keys(Error),
    /// Surroundings: the store.
    Store(Unavailable),
    /// The client does not run any more.
    Stopped,
}

impl From<Unavailable> for ConversationError {
    fn from(error: Unavailable) -> Self {
        Self::Store(error)
    }
}

impl From<TooLong> for ConversationError {
    fn from(error: TooLong) -> Self {
        Self::TooLong(error)
    }
}

impl From<Error> for ConversationError {
    fn from(error: Error) -> Self {
        if let Error::Store(unavailable) = error { Self::Store(unavailable) } else { Self::Keys(error) }
    }
}

impl fmt::Display for ConversationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoConversation => f.write_str("no such conversation"),
            Self::Exists => f.write_str("there is such a conversation already"),
            Self::NotMember(stage) => f.write_str(match stage {
                Stage::Creating | Stage::Joining => {
                    "the server has not yet taken this device into the conversation"
                }
                Stage::AwaitsWelcome => "the conversation waits for its Welcome",
                Stage::Left => "this device is no member of the conversation any more",
                Stage::Broken => {
                    "a member lied about a change of the conversation: it cannot be followed any more"
                }
                Stage::Behind => "this device missed a change of the conversation",
                Stage::Member => "this device is a member of the conversation",
            }),
            Self::Busy => f.write_str("another change of the conversation is under way"),
            Self::Nobody => f.write_str("nobody is to be added or removed"),
            Self::Outsider => f.write_str("a conversation of two accounts takes no third"),
            Self::TooMany { count_max } => {
                write!(f, "one change adds or removes at most {count_max} devices")
            }
            Self::TooLong(error) => error.fmt(f),
            Self::NoContent => f.write_str("nothing of this id was said here"),
            Self::OutboxFull => f.write_str("too many messages wait for their outcome"),
            Self::Keys(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Stopped => f.write_str("the client does not run any more"),
        }
    }
}

impl core::error::Error for ConversationError {}
