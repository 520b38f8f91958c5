//! Effects from and to conversations.

use alloc::vec::Vec;

use super::Row;
use super::roster::{read_devices, write_devices};
use crate::codec::{Corrupt, Reader, Writer};
use crate::{AccountId, ConversationId, DeviceId, EntryKind, Owner};

/// A payload of a conversation, and how many items hold it no more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Let {
    pub seq: u64,
    pub kind: EntryKind,
    pub count: u64,
}

/// An effect from or to a conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Crossing {
    /// Device to conversation: items are done with.
    Release { conversation: ConversationId, payloads: Vec<Let> },
    /// Conversation to account: these devices of yours came in.
    Entered { account: AccountId, conversation: ConversationId, devices: Vec<DeviceId> },
    /// Conversation to account: none of your devices is in it any more.
    Exited { account: AccountId, conversation: ConversationId },
    /// Account to conversation: these devices left, this list is in force.
    Changed {
        conversation: ConversationId,
        account: AccountId,
        gone: Vec<DeviceId>,
        published: Option<Vec<u8>>,
    },
}

const RELEASE: u8 = 1;
const ENTERED: u8 = 2;
const EXITED: u8 = 3;
const CHANGED: u8 = 4;

impl Crossing {
    /// Who it changes.
    pub(crate) const fn target(&self) -> Owner {
        match self {
            Self::Release { conversation, .. } | Self::Changed { conversation, .. } => {
                Owner::Conversation(*conversation)
            }
            Self::Entered { account, .. } | Self::Exited { account, .. } => Owner::Account(*account),
        }
    }

    fn read_release(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let conversation = ConversationId::new(from.array()?);
        let count = from.count()?;
        let mut payloads = Vec::with_capacity(count);
        for _ in 0..count {
            let (seq, kind) = (from.number()?, EntryKind::from_wire(from.octet()?).ok_or(Corrupt)?);
            payloads.push(Let { seq, kind, count: from.number()? });
        }
        Ok(Self::Release { conversation, payloads })
    }

    fn read_changed(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let (conversation, account) = (ConversationId::new(from.array()?), AccountId::new(from.array()?));
        let gone = read_devices(from)?;
        let published = if from.is_empty() { None } else { Some(from.rest().to_vec()) };
        Ok(Self::Changed { conversation, account, gone, published })
    }
}

impl Row for Crossing {
    fn write(&self, to: &mut Writer) {
        match self {
            Self::Release { conversation, payloads } => {
                to.octet(RELEASE);
                to.plain(conversation.as_bytes());
                to.count(payloads.len());
                for payload in payloads {
                    to.number(payload.seq);
                    to.octet(payload.kind.value());
                    to.number(payload.count);
                }
            }
            Self::Entered { account, conversation, devices } => {
                to.octet(ENTERED);
                to.plain(account.as_bytes());
                to.plain(conversation.as_bytes());
                write_devices(devices, to);
            }
            Self::Exited { account, conversation } => {
                to.octet(EXITED);
                to.plain(account.as_bytes());
                to.plain(conversation.as_bytes());
            }
            Self::Changed { conversation, account, gone, published } => {
                to.octet(CHANGED);
                to.plain(conversation.as_bytes());
                to.plain(account.as_bytes());
                write_devices(gone, to);
                to.plain(published.as_deref().unwrap_or_default());
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        match from.octet()? {
            RELEASE => Self::read_release(from),
            ENTERED => Ok(Self::Entered {
                account: AccountId::new(from.array()?),
                conversation: ConversationId::new(from.array()?),
                devices: read_devices(from)?,
            }),
            EXITED => Ok(Self::Exited {
                account: AccountId::new(from.array()?),
                conversation: ConversationId::new(from.array()?),
            }),
            CHANGED => Self::read_changed(from),
            _ => Err(Corrupt),
        }
    }
}
