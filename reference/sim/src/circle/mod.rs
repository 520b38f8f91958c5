//! A group at the server's side: devices that drive the real client session with envelopes of their own making, since
//! nothing below a client's MLS reads more of them.
//!
//! What a member of MLS would learn from a commit or a Welcome, a device here asks the judge for: which delta, which epoch.
//! So it goes by what came to it, and never knows more than a member would.

mod cast;
mod disk;
mod judge;
mod link;
mod list;
mod member;
mod operation;
mod play;
mod speech;
mod wish;

pub(crate) use cast::{Person, register};
pub(crate) use disk::Disk;
pub(crate) use judge::Circle;
pub(crate) use member::Member;
pub(crate) use play::gather;

/// Devices of a circle, each of an account of its own.
pub(crate) const MEMBERS: usize = 4;

/// What a device asks of the conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Ask {
    pub(crate) what: What,
    /// The epoch in which it asks.
    pub(crate) epoch: u64,
    /// Octets of filler: what is long is staged, and comes in parts.
    pub(crate) filler_len: usize,
}

/// What is asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum What {
    /// To carry a message.
    Say,
    /// To have these in and those out; the first one begins the conversation.
    Change { added: Vec<usize>, removed: Vec<usize> },
    /// To come in anew by an external commit, as a device does that lost what it knew.
    Return,
    /// Nothing: a list of the device's account is put into force, and its conversations hear of it.
    List,
}

impl Ask {
    pub(crate) const fn is_commit(&self) -> bool {
        match self.what {
            What::Say | What::List => false,
            What::Change { .. } | What::Return => true,
        }
    }

    pub(crate) fn adds(&self, device: usize) -> bool {
        matches!(&self.what, What::Change { added, .. } if added.contains(&device))
    }

    pub(crate) fn removes(&self, device: usize) -> bool {
        matches!(&self.what, What::Change { removed, .. } if removed.contains(&device))
    }

    /// The epoch that its entry leaves.
    pub(crate) fn epoch_after(&self) -> u64 {
        self.epoch.saturating_add(u64::from(self.is_commit()))
    }
}

/// How an entry comes to a device.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Came {
    Message,
    Commit,
    Welcome,
    Own,
    List,
}
