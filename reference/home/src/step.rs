//! What one transaction leaves behind besides its rows.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::{AccountId, DeviceId, FanOut, Item, Owner};

/// An effect on another owner, written by the transaction of its origin and not yet applied.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OutboxRef {
    /// Whose transaction wrote it.
    pub origin: Owner,
    /// Its number among the effects of that origin, rising.
    pub seq: u64,
    /// Who it will change.
    pub target: Owner,
}

/// Something that whoever runs the transaction acts on once its rows are safe.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// Apply this effect by [`crate::apply`], [`crate::settle`] and [`crate::forget`], in the order of the events.
    Outbox(OutboxRef),
    /// Bring this entry into the mailboxes that it is for: each of [`FanOut::deliveries`], then [`FanOut::settle`]. Entries of
    /// one conversation go in the order of the events.
    FanOut(Arc<FanOut>),
    /// A mailbox grew by this item.
    Filed {
        /// Whose mailbox.
        device: DeviceId,
        /// The item, as [`crate::read`] would give it.
        item: Item,
    },
    /// A device was removed from its account: its sessions end with DEVICE_GONE.
    Removed(DeviceId),
    /// A device was linked by another one: its waiting session is told, and ends.
    Linked {
        /// The device.
        device: DeviceId,
        /// The account that it joined.
        account: AccountId,
    },
    /// An owner wants [`crate::sweep`] at this time, in Unix milliseconds.
    Wake(u64),
    /// The same operation wants another transaction: it did as much as one should hold.
    Again,
}

/// The answer of an operation, and its events in order.
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use]
pub struct Step<T> {
    /// What the operation decided.
    pub answer: T,
    /// What must follow.
    pub events: Vec<Event>,
}

impl<T> Step<T> {
    /// An answer that nothing follows.
    pub(crate) const fn plain(answer: T) -> Self {
        Self { answer, events: Vec::new() }
    }
}
