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
    proof: Proof,
}

/// Whether a session is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    Awaited,
    Given,
}

/// What stands above a session that the store has fenced off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Above {
    /// A newer session that is confirmed.
    Confirmed,
    /// A newer session that is not confirmed yet: it ends this one when it is (SES-014).
    Unconfirmed,
    /// None any more.
    Nobody,
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
            shard.entry(device).or_default().push(Attached {
                epoch,
                slot: Arc::clone(slot),
                proof: Proof::Awaited,
            });
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
            sessions.retain_mut(|other| {
                if other.epoch == self.epoch {
                    other.proof = Proof::Given;
                }
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

    /// Who took this session's place in the store. Two sessions may race so that the older one is attached last.
    pub(crate) fn above(&self) -> Above {
        let Some(shard) = self.router.shard(self.device) else { return Above::Nobody };
        let newer = shard.get(&self.device).into_iter().flatten().filter(|other| other.epoch > self.epoch);
        newer.fold(Above::Nobody, |above, other| match (above, other.proof) {
            (Above::Confirmed, _) | (_, Proof::Given) => Above::Confirmed,
            (Above::Unconfirmed | Above::Nobody, Proof::Awaited) => Above::Unconfirmed,
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: DeviceId = DeviceId::new([7; 16]);

    fn attach(router: &Arc<Router>, epoch: u64) -> (Attachment, Arc<Slot>) {
        let slot = Arc::new(Slot::default());
        (router.attach(DEVICE, SessionEpoch::new(epoch).unwrap(), &slot), slot)
    }

    #[test]
    fn newest_confirmed_session_stays_whatever_the_order_of_arrival() {
        let router = Arc::new(Router::new());
        let (older, older_slot) = attach(&router, 1);
        let (newer, newer_slot) = attach(&router, 2);
        assert_eq!(older.above(), Above::Unconfirmed);
        assert_eq!((newer.take_over(), newer.above()), (1, Above::Nobody));
        assert_eq!((older_slot.take().end, newer_slot.take().end), (Some(End::TakenOver), None));
        let (late, late_slot) = attach(&router, 1);
        assert_eq!((late.take_over(), late.above()), (0, Above::Confirmed));
        drop(newer);
        assert_eq!((late.above(), late_slot.take().end), (Above::Nobody, None));
    }

    #[test]
    fn device_without_a_session_takes_no_room() {
        let router = Arc::new(Router::new());
        let (one, _slot) = attach(&router, 1);
        router.ephemeral(DEVICE, DEVICE, b"typing");
        drop(one);
        assert!(router.shards.iter().all(|shard| shard.lock().unwrap().is_empty()));
    }
}
