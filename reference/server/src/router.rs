//! Who is here: from a device to its sessions on this server.
//!
//! A session is attached before its mailbox is first read, so that whatever is filed is either in that read or in a nudge.
//! A newer session of a device is attached beside the older one and takes its place when it is confirmed (SES-014).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pinnace_home::{DeviceId, Item, Session, SessionEpoch};
use pinnace_store::Notice;

use crate::slot::{End, Slot};

/// Parts of the table, each under its own lock; a power of two.
const SHARDS: usize = 64;

/// The sessions of this server.
#[derive(Debug)]
pub(crate) struct Router {
    shards: Vec<Mutex<HashMap<DeviceId, Vec<Attached>>>>,
}

#[derive(Debug)]
struct Attached {
    epoch: SessionEpoch,
    slot: Arc<Slot>,
}

/// A session's place in the table; leaving it is dropping this.
#[derive(Debug)]
pub(crate) struct Attachment {
    router: Arc<Router>,
    device: DeviceId,
    epoch: SessionEpoch,
}

impl Router {
    pub(crate) fn new() -> Self {
        Self { shards: core::iter::repeat_with(Mutex::default).take(SHARDS).collect() }
    }

    /// Puts a session into the table. It is nudged from now on.
    pub(crate) fn attach(
        self: &Arc<Self>,
        device: DeviceId,
        epoch: SessionEpoch,
        slot: &Arc<Slot>,
    ) -> Attachment {
        if let Some(mut shard) = self.shard(device) {
            shard.entry(device).or_default().push(Attached { epoch, slot: Arc::clone(slot) });
        }
        Attachment { router: Arc::clone(self), device, epoch }
    }

    /// Passes on what a commit did. Called by the store's writer: it locks for moments only, and waits for nothing.
    pub(crate) fn notify(&self, notices: Vec<Notice>) {
        for notice in notices {
            match notice {
                Notice::Filed { device, item } => self.filed(device, item),
                Notice::Removed { device } => self.each(device, |slot| slot.end(End::DeviceGone)),
            }
        }
    }

    fn filed(&self, device: DeviceId, item: Item) {
        let Some(shard) = self.shard(device) else { return };
        let Some((last, others)) = shard.get(&device).and_then(|sessions| sessions.split_last()) else {
            return;
        };
        for other in others {
            other.slot.file(item.clone());
        }
        last.slot.file(item);
    }

    /// Hands an EPHEMERAL to the sessions of a device (DLV-043), or drops it (DLV-042).
    pub(crate) fn ephemeral(&self, destination: DeviceId, source: DeviceId, payload: &[u8]) {
        self.each(destination, |slot| slot.ephemeral(source, payload));
    }

    fn each(&self, device: DeviceId, mut with: impl FnMut(&Slot)) {
        let Some(shard) = self.shard(device) else { return };
        for attached in shard.get(&device).map(Vec::as_slice).unwrap_or_default() {
            with(&attached.slot);
        }
    }

    fn shard(&self, device: DeviceId) -> Option<MutexGuard<'_, HashMap<DeviceId, Vec<Attached>>>> {
        // A device id is a digest: any octet of it spreads evenly.
        let [first, ..] = device.as_bytes();
        let shard = self.shards.get(usize::from(*first) % SHARDS)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Attachment {
    /// The session is confirmed: the device's older ones end (SES-015). Tells how many did.
    pub(crate) fn take_over(&self) -> usize {
        let mut taken = 0_usize;
        if let Some(mut shard) = self.router.shard(self.device)
            && let Some(sessions) = shard.get_mut(&self.device)
        {
            sessions.retain(|other| {
                let older = other.epoch < self.epoch;
                if older {
                    other.slot.end(End::TakenOver);
                    taken = taken.saturating_add(1);
                }
                !older
            });
        }
        taken
    }

    /// The session, as the store knows it.
    pub(crate) const fn session(&self) -> Session {
        Session { device: self.device, epoch: self.epoch }
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        let Some(mut shard) = self.router.shard(self.device) else { return };
        if let Entry::Occupied(mut sessions) = shard.entry(self.device) {
            sessions.get_mut().retain(|attached| attached.epoch != self.epoch);
            if sessions.get().is_empty() {
                sessions.remove();
            }
        }
    }
}
