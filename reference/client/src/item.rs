//! What stands in the inbox.

use pinnace_wire::{Class, ConversationId, DeviceId, GapReason, MailboxSeq};

/// Counts the items of the inbox in the order in which they became durable here, from 1.
pub type ItemNumber = u64;

/// An item of the inbox, durable at this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxItem {
    /// Its number in the mailbox: the same item never comes twice.
    pub mailbox_seq: MailboxSeq,
    /// When it became durable here, in milliseconds since 1970-01-01 UTC.
    pub at_ms: u64,
    /// What it brings.
    pub content: Content,
}

/// What an item brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A message.
    Message {
        /// From whom. The server vouches for it.
        source: DeviceId,
        /// `None` is normal, and so is a class that is not known here.
        class: Option<Class>,
        /// The payload. Long ones are dropped once the application took the item.
        payload: Vec<u8>,
    },
    /// Something that a member of a conversation said: [`Client::said`](crate::Client::said) has it.
    Said {
        /// Where.
        conversation: ConversationId,
        /// Its place at this device.
        order: u64,
    },
    /// Something was lost on the way, and why.
    Gap {
        /// How many mailbox numbers.
        count: u64,
        /// Why.
        reason: GapReason,
    },
}

impl Content {
    /// What it counts towards the bound of the inbox, in octets.
    #[must_use]
    pub(crate) const fn len(&self) -> usize {
        /// What an item takes beside its payload.
        const HEAD_LEN: usize = 64;
        match self {
            Self::Message { payload, .. } => payload.len().saturating_add(HEAD_LEN),
            Self::Said { .. } | Self::Gap { .. } => HEAD_LEN,
        }
    }
}
