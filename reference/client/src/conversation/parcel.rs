//! What goes out to a conversation, and how the outbox keeps it.

use pinnace_wire::{Class, ConversationId, ConversationOrigin};
use prost::Message as _;

use super::origin;
use crate::message::Destination;

/// Something that goes out under the next number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// The conversation.
    pub conversation: ConversationId,
    /// What goes.
    pub body: ParcelBody,
}

/// What goes to a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParcelBody {
    /// A message: POST.
    Post {
        /// An MLSMessage.
        payload: Vec<u8>,
        /// Its class; `None` is normal.
        class: Option<Class>,
    },
    /// A commit: COMMIT, with STAGEs before it where it is long.
    Commit(CommitParts),
}

/// A commit and what goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitParts {
    /// An MLSMessage.
    pub commit: Vec<u8>,
    /// The Welcome for those who are added; else empty.
    pub welcome: Vec<u8>,
    /// What the conversation is between, in its first commit.
    pub origin: Option<ConversationOrigin>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Stored {
    #[prost(bytes = "vec", tag = "1")]
    commit: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    welcome: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    origin: Vec<u8>,
}

impl Parcel {
    pub(crate) const fn class(&self) -> Option<Class> {
        match self.body {
            ParcelBody::Post { class, .. } => class,
            ParcelBody::Commit(_) => None,
        }
    }

    /// What the outbox keeps of it.
    pub(crate) fn into_payload(self) -> (Destination, Vec<u8>) {
        match self.body {
            ParcelBody::Post { payload, .. } => (Destination::Conversation(self.conversation), payload),
            ParcelBody::Commit(parts) => (Destination::Commit(self.conversation), parts.to_bytes()),
        }
    }
}

impl CommitParts {
    /// As the outbox keeps it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let origin = self.origin.as_ref().map_or_else(Vec::new, origin::octets);
        Stored { commit: self.commit.clone(), welcome: self.welcome.clone(), origin }.encode_to_vec()
    }

    /// Undoes [`Self::to_bytes`].
    #[must_use]
    pub fn from_bytes(octets: &[u8]) -> Option<Self> {
        let Stored { commit, welcome, origin } = Stored::decode(octets).ok()?;
        let origin = match origin.as_slice() {
            [] => None,
            octets => Some(ConversationOrigin::decode(octets).ok()?),
        };
        Some(Self { commit, welcome, origin })
    }
}
