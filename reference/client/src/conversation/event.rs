//! What an application is told of its conversations.

use core::fmt;

use pinnace_content::{ContentId, Typing};
use pinnace_wire::{AccountId, ConversationId, DeviceId, FrameCode};

use super::row::Stage;

/// What happened in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConversationEvent {
    /// This device stands otherwise in it.
    Stands {
        /// The conversation.
        conversation: ConversationId,
        /// How.
        stage: Stage,
    },
    /// A commit is in force.
    Changed {
        /// The conversation.
        conversation: ConversationId,
        /// Who made it.
        by: AccountId,
        /// Devices that came.
        added: Vec<(AccountId, DeviceId)>,
        /// Devices that went.
        removed: Vec<(AccountId, DeviceId)>,
        /// The new epoch.
        epoch: u64,
    },
    /// A commit of this device was refused, and is given up.
    CommitRefused {
        /// The conversation.
        conversation: ConversationId,
        /// Why.
        code: Option<FrameCode>,
    },
    /// Something that this device said has its place.
    Placed {
        /// The conversation.
        conversation: ConversationId,
        /// What.
        content: ContentId,
        /// Its place.
        seq: u64,
    },
    /// Something that this device said was refused.
    Refused {
        /// The conversation.
        conversation: ConversationId,
        /// What.
        content: ContentId,
        /// Why.
        code: Option<FrameCode>,
    },
    /// An entry could not be read; those behind it are.
    Unread {
        /// The conversation.
        conversation: ConversationId,
        /// Its place.
        seq: u64,
        /// Why.
        why: Unread,
    },
    /// Somebody writes, or speaks.
    Typing {
        /// The conversation.
        conversation: ConversationId,
        /// Who.
        account: AccountId,
        /// What.
        typing: Typing,
    },
    /// Something that was said is there no more, or otherwise: edited, deleted, expired, or with another sign on it.
    Touched {
        /// The conversation.
        conversation: ConversationId,
        /// Its place at this device.
        order: u64,
    },
    /// An account has devices that are not in the conversation yet.
    Lacks {
        /// The conversation.
        conversation: ConversationId,
        /// The account.
        account: AccountId,
    },
}

/// Why an entry could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// This device is no member.
    NotMember,
    /// Its keys are used or gone, or do not fit; what the library says.
    Keys(String),
    /// What is inside is no content.
    Content(pinnace_content::ContentError),
    /// Its authenticated data is not what the profile has.
    Envelope,
    /// Not all of its parts came.
    Parts,
    /// The commit does something else than it says, or takes in somebody who may not be here.
    Lie,
    /// The Welcome is for another conversation than its place, or has members that may not be in it.
    Origin,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotMember => f.write_str("this device is no member"),
            Self::Keys(why) => f.write_str(why),
            Self::Content(error) => error.fmt(f),
            Self::Envelope => f.write_str("its envelope does not hold"),
            Self::Parts => f.write_str("a part of it is missing"),
            Self::Lie => f.write_str("the commit does something else than it says"),
            Self::Origin => f.write_str("the Welcome is not for this conversation"),
        }
    }
}
