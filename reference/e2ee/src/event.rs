//! What a message of a group turned out to be.

use zeroize::Zeroizing;

use crate::certificate::CertifiedDevice;

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The index of its leaf; another device can stand there in another epoch.
    pub leaf: u32,
    /// Who it is.
    pub who: Who,
}

/// Who a member is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A device whose certificate was checked.
    Device(CertifiedDevice),
    /// The identity of a credential that nobody checked ([`Credentials::Unchecked`](crate::Credentials::Unchecked)).
    Unchecked(Vec<u8>),
}

impl Member {
    /// The certified device, where credentials are checked.
    #[must_use]
    pub const fn device(&self) -> Option<&CertifiedDevice> {
        match &self.who {
            Who::Device(device) => Some(device),
            Who::Unchecked(_) => None,
        }
    }
}

/// What a message of a group turned out to be. Everything in it is authenticated.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    /// An application message.
    Message(Message),
    /// The group is in a new epoch.
    Committed(Committed),
    /// The external commit of this device is in force: it is a member.
    Joined {
        /// The epoch that it joined in.
        epoch: u64,
    },
    /// This device is no member any more; the group is forgotten.
    Removed(Removal),
    /// A proposal was noted (only without [`Credentials::Certified`](crate::Credentials::Certified)).
    Proposed,
}

/// An application message.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// Who sent it.
    pub sender: Member,
    /// The epoch that it was sent in, which can be a past one.
    pub epoch: u64,
    /// What the sender said to everybody, the server included.
    pub aad: Vec<u8>,
    /// What the sender said to the members.
    pub content: Zeroizing<Vec<u8>>,
}

/// A commit that is in force.
#[derive(Debug, PartialEq, Eq)]
pub struct Committed {
    /// Who made it; for an external commit, the device that joined by it.
    pub committer: Member,
    /// The new epoch.
    pub epoch: u64,
    /// What the committer said to everybody, the server included.
    pub aad: Vec<u8>,
    /// Who is a member since, in the order of the proposals, the external joiner last. Their leaf is of the new epoch.
    pub added: Vec<Member>,
    /// Who is no member since, in the order of the proposals. Their leaf is of the epoch before.
    pub removed: Vec<Member>,
    /// Whether a device joined by it.
    pub external: bool,
}

/// A commit that removed this device.
#[derive(Debug, PartialEq, Eq)]
pub struct Removal {
    /// Who made it.
    pub committer: Member,
    /// The epoch in which the device is no member any more.
    pub epoch: u64,
    /// What the committer said to everybody, the server included.
    pub aad: Vec<u8>,
}
