//! What sessions want to hear of.

use pinnace_home::{AccountId, DeviceId, Item};

/// Something that became durable and that a session may be waiting for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Notice {
    /// A mailbox grew. Items of one device come in rising order, each once.
    Filed {
        /// Whose mailbox.
        device: DeviceId,
        /// The item: a session that stands right below it may deliver it without a read.
        item: Item,
    },
    /// A device was removed from its account: its sessions end with DEVICE_GONE (REG-022).
    Removed {
        /// The device.
        device: DeviceId,
    },
    /// A device was linked by another one: a session that waits for it, unregistered, is told that it is registered, and
    /// ends with REPLACED.
    Linked {
        /// The device.
        device: DeviceId,
        /// The account that it joined.
        account: AccountId,
    },
    /// The engine was opened again after a fault: any mailbox may have grown by what a commit of unknown fate held, and
    /// nobody was told. Whoever waits for a mailbox looks into it again.
    Reopened,
}

/// Takes the notices of one commit, in order. Called on a thread of the store, before the answers of that commit: it
/// hands them on and returns.
pub type NotifySink = Box<dyn Fn(Vec<Notice>) + Send>;
