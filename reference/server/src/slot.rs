//! What others leave for a session: items filed, ephemerals, the order to end. Bounded, and empty while nothing happens.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pinnace_home::{DeviceId, Item};
use tokio::sync::Notify;

/// Items kept for a session that is busy; it reads the others from the store.
const ITEMS_MAX: usize = 64;
/// Octets of payloads kept likewise.
const ITEMS_LEN_MAX: usize = 256 * 1024;
/// Ephemerals kept for a session that is busy; later ones are dropped (DLV-042).
const EPHEMERALS_MAX: usize = 16;

/// One session's in-tray.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    tray: Mutex<Tray>,
    wake: Notify,
}

/// What lay in the tray.
#[derive(Debug, Default)]
pub(crate) struct Tray {
    /// Items in rising order, perhaps with holes.
    pub(crate) items: VecDeque<Item>,
    items_len: usize,
    /// The highest number filed, whether or not its item is here; 0 for none.
    pub(crate) last: u64,
    /// Ephemerals, each with its source.
    pub(crate) ephemerals: VecDeque<(DeviceId, Vec<u8>)>,
    /// Whether the mailbox may hold more than was told here.
    pub(crate) look: Look,
    /// Whether the session has to end.
    pub(crate) end: Option<End>,
}

/// Whether a mailbox may hold more than was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Look {
    /// What is filed is told.
    #[default]
    Told,
    /// It may: only a read tells.
    Again,
}

/// Why a session has to end, by the doing of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// A newer session of the device was confirmed (SES-015).
    TakenOver,
    /// A newer session of the device took its place in the store and ended unconfirmed (SES-046).
    Abandoned,
    /// The device was removed (REG-022).
    DeviceGone,
}

impl Slot {
    /// Leaves an item that the store has committed.
    pub(crate) fn file(&self, item: Item) {
        let mut tray = self.tray();
        tray.last = tray.last.max(last_seq(&item));
        let len = payload_len(&item);
        if tray.items.len() < ITEMS_MAX && tray.items_len.saturating_add(len) <= ITEMS_LEN_MAX {
            tray.items_len = tray.items_len.saturating_add(len);
            tray.items.push_back(item);
        }
        drop(tray);
        self.wake.notify_one();
    }

    /// The mailbox may have grown, and nobody knows by what.
    pub(crate) fn look_again(&self) {
        self.tray().look = Look::Again;
        self.wake.notify_one();
    }

    /// Leaves an EPHEMERAL, or drops it where too many wait.
    pub(crate) fn ephemeral(&self, source: DeviceId, payload: &[u8]) {
        let mut tray = self.tray();
        if tray.ephemerals.len() < EPHEMERALS_MAX {
            tray.ephemerals.push_back((source, payload.to_vec()));
        }
        drop(tray);
        self.wake.notify_one();
    }

    /// Tells the session to end. The first reason stays.
    pub(crate) fn end(&self, end: End) {
        self.tray().end.get_or_insert(end);
        self.wake.notify_one();
    }

    /// Takes everything.
    pub(crate) fn take(&self) -> Tray {
        core::mem::take(&mut *self.tray())
    }

    /// Completes when something was left since the last time.
    pub(crate) async fn wake(&self) {
        self.wake.notified().await;
    }

    fn tray(&self) -> MutexGuard<'_, Tray> {
        self.tray.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The highest mailbox number that an item covers.
pub(crate) const fn last_seq(item: &Item) -> u64 {
    match item {
        Item::Message(message) => message.mailbox_seq.value(),
        Item::Receipt(receipt) => receipt.mailbox_seq.value(),
        Item::Gap(gap) => gap.mailbox_seq.value().saturating_add(gap.count.saturating_sub(1)),
    }
}

/// The lowest mailbox number that an item covers.
pub(crate) const fn first_seq(item: &Item) -> u64 {
    match item {
        Item::Message(message) => message.mailbox_seq.value(),
        Item::Receipt(receipt) => receipt.mailbox_seq.value(),
        Item::Gap(gap) => gap.mailbox_seq.value(),
    }
}

const fn payload_len(item: &Item) -> usize {
    match item {
        Item::Message(message) => message.payload.len(),
        Item::Receipt(_) | Item::Gap(_) => 0,
    }
}
