//! How far a device has come in being linked.

use core::fmt;

use super::LinkCode;
use super::list::AccountDevices;
use crate::message::MessageId;

/// How far this device has come in being linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkStage {
    /// It shows its code, or was approved and has not yet got the keys of the account.
    Waiting,
    /// It is a device of the account.
    Linked,
}

/// What a device keeps of its linking.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkRecord {
    /// The secret of its code.
    pub secret: [u8; 32],
    /// How far it has come.
    pub stage: LinkStage,
}

/// The server lets this device be linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkOffer {
    /// What is to be shown to a device of the account.
    pub code: LinkCode,
    /// So long, in milliseconds.
    pub expires_in_ms: u64,
}

/// The list of the own account was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListChanged {
    /// The list in force.
    pub list: AccountDevices,
    /// The message that carries the account's keys to a device that was taken in; durable in the outbox.
    pub message: Option<MessageId>,
}

impl fmt::Debug for LinkRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkRecord").field("stage", &self.stage).finish_non_exhaustive()
    }
}
