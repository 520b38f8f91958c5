//! Who is here: from a device to its sessions on this server.
//!
//! A session is attached before its mailbox is first read, so that whatever is filed is either in that read or in a nudge.
//! A newer session of a device is attached beside the older one and takes its place when it is confirmed (SES-014).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pinnace_edge::{End, Here, Tray};
use pinnace_fault as fault;
use pinnace_home::{AccountId, ConversationId, DeviceId, Item, Session, SessionEpoch};
use pinnace_store::Notice;

use crate::slot::Slot;

/// Parts of the table, each under its own lock; a power of two.
const SHARDS: usize = 64;

/// What a planted fault keeps although it must not be stored (DLV-042): destination, source, payload.
static KEPT: Mutex<Vec<(DeviceId, DeviceId, Vec<u8>)>> = Mutex::new(Vec::new());

/// The same of WHISPERs (CNV-027): destination, conversation, payload.
static WHISPERS: Mutex<Vec<(DeviceId, ConversationId, Vec<u8>)>> = Mutex::new(Vec::new());

/// The sessions of this server.
#[derive(Debug)]
pub(crate) struct Router {
    shards: Vec<Mutex<HashMap<DeviceId, Here<Reach>>>>,
}

/// A HELLO on its way to the store. Whoever finds itself fenced off meanwhile waits for what comes of it.
#[derive(Debug)]
pub(crate) struct Greeting {
    router: Arc<Router>,
    device: DeviceId,
}

/// A session's place in the table; leaving it is dropping this.
#[derive(Debug)]
pub(crate) struct Attachment {
    router: Arc<Router>,
    device: DeviceId,
    epoch: SessionEpoch,
}

/// The place of a session in which the device is not registered; leaving it is dropping this.
#[derive(Debug)]
pub(crate) struct Waiting {
    router: Arc<Router>,
    device: DeviceId,
    reach: Reach,
}

/// How a session is reached. Two are the same when they are one session's.
#[derive(Clone, Debug)]
struct Reach(Arc<Slot>);

impl PartialEq for Reach {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Router {
    pub(crate) fn new() -> Self {
        Self { shards: core::iter::repeat_with(Mutex::default).take(SHARDS).collect() }
    }

    /// Announces a HELLO, before it goes to the store.
    pub(crate) fn greet(self: &Arc<Self>, device: DeviceId) -> Greeting {
        if let Some(mut shard) = self.shard(device) {
            shard.entry(device).or_default().greet();
        }
        Greeting { router: Arc::clone(self), device }
    }

    /// Passes on what a commit did. Called by the store's writer: it locks for moments only, and waits for nothing.
    pub(crate) fn notify(&self, notices: Vec<Notice>) {
        for notice in notices {
            match notice {
                Notice::Filed { device, item } => self.filed(device, item),
                Notice::Removed { .. } if fault::registration::REMOVED_GOES_ON.is_on() => {}
                Notice::Removed { device } => {
                    self.update(device, Here::unlink);
                    self.each(device, |tray| tray.end(End::DeviceGone));
                }
                Notice::Linked { device, account } => self.linked(device, account),
                Notice::Reopened => self.everybody(Tray::look_again),
            }
        }
    }

    fn linked(&self, device: DeviceId, account: AccountId) {
        if fault::devices::WAITING_UNTOLD.is_on() {
            return;
        }
        let Some(mut shard) = self.shard(device) else { return };
        let Some(here) = shard.get_mut(&device) else { return };
        here.link(account).for_each(|slot| slot.0.leave(|tray| tray.link(account)));
    }

    fn filed(&self, device: DeviceId, item: Item) {
        let Some(shard) = self.shard(device) else { return };
        let Some(mut sessions) = shard.get(&device).map(Here::sessions) else { return };
        let Some((_, last)) = sessions.next_back() else { return };
        for (_, other) in sessions {
            other.0.leave(|tray| tray.file(item.clone()));
        }
        last.0.leave(|tray| tray.file(item));
    }

    /// Hands an EPHEMERAL to the confirmed session of a device (DLV-043), or drops it (DLV-042).
    pub(crate) fn ephemeral(&self, destination: DeviceId, source: DeviceId, payload: &[u8]) {
        if fault::delivery::EPHEMERAL_DROPPED.is_on() {
            return;
        }
        if fault::delivery::EPHEMERAL_TO_ALL.is_on() {
            return self.everybody(|tray| tray.ephemeral(source, payload));
        }
        if fault::delivery::EPHEMERAL_STORED.is_on() {
            let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push((destination, source, payload.to_vec()));
        }
        self.fleeting(destination, |tray| tray.ephemeral(source, payload));
    }

    /// Hands a WHISPER to the confirmed sessions of these devices (CNV-027).
    pub(crate) fn whisper(&self, devices: &[DeviceId], conversation: ConversationId, payload: &[u8]) {
        if fault::conversations::WHISPER_UNHEARD.is_on() {
            return;
        }
        if fault::conversations::WHISPER_TO_ALL.is_on() {
            return self.everybody(|tray| tray.whisper(conversation, payload));
        }
        for device in devices {
            if fault::conversations::WHISPER_STORED.is_on() {
                let mut kept = WHISPERS.lock().unwrap_or_else(PoisonError::into_inner);
                kept.push((*device, conversation, payload.to_vec()));
            }
            if fault::conversations::WHISPER_UNCONFIRMED.is_on() {
                self.each(*device, |tray| tray.whisper(conversation, payload));
            } else {
                self.fleeting(*device, |tray| tray.whisper(conversation, payload));
            }
        }
    }

    /// Ends every session there is, as planted faults do.
    pub(crate) fn end_all(&self) {
        self.everybody(|tray| tray.end(End::Abandoned));
    }

    fn everybody(&self, with: impl Fn(&mut Tray)) {
        for shard in &self.shards {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.values().flat_map(Here::sessions).for_each(|(_, slot)| slot.0.leave(&with));
        }
    }

    /// What is fleeting must not lie in the tray of a session until that is confirmed.
    fn fleeting(&self, device: DeviceId, with: impl FnOnce(&mut Tray)) {
        let Some(shard) = self.shard(device) else { return };
        if let Some(slot) = shard.get(&device).and_then(Here::confirmed) {
            slot.0.leave(with);
        }
    }

    fn each(&self, device: DeviceId, with: impl Fn(&mut Tray)) {
        let Some(shard) = self.shard(device) else { return };
        shard.get(&device).into_iter().flat_map(Here::sessions).for_each(|(_, slot)| slot.0.leave(&with));
    }

    /// Changes what is here of a device, ends what has to end, and tells how many sessions were taken over.
    fn update(&self, device: DeviceId, change: impl FnOnce(&mut Here<Reach>)) -> usize {
        let Some(mut shard) = self.shard(device) else { return 0 };
        let Entry::Occupied(mut entry) = shard.entry(device) else { return 0 };
        change(entry.get_mut());
        let ended = entry.get_mut().settle();
        if entry.get().is_empty() {
            entry.remove();
        }
        for (slot, end) in &ended {
            slot.0.leave(|tray| tray.end(*end));
        }
        ended.iter().filter(|(_, end)| *end == End::TakenOver).count()
    }

    fn shard(&self, device: DeviceId) -> Option<MutexGuard<'_, HashMap<DeviceId, Here<Reach>>>> {
        // A device id is a digest: any octet of it spreads evenly.
        let [first, ..] = device.as_bytes();
        let shard = self.shards.get(usize::from(*first) % SHARDS)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Greeting {
    /// Puts the session that the store made of it into the table. It is nudged from now on.
    pub(crate) fn attach(self, epoch: SessionEpoch, slot: Arc<Slot>) -> Attachment {
        self.router.update(self.device, |here| here.attach(epoch, Reach(slot)));
        Attachment { router: Arc::clone(&self.router), device: self.device, epoch }
    }
}

impl Greeting {
    /// Puts a session in which the device is not registered into the table. It is told when the device is linked, also if
    /// that happened since its HELLO was read.
    pub(crate) fn wait(self, slot: Arc<Slot>) -> Waiting {
        let reach = Reach(slot);
        self.router.update(self.device, |here| {
            if let Some(account) = here.wait(reach.clone()) {
                reach.0.leave(|tray| tray.link(account));
            }
        });
        Waiting { router: Arc::clone(&self.router), device: self.device, reach }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.router.update(self.device, |here| here.wait_no_more(&self.reach));
    }
}

impl Drop for Greeting {
    fn drop(&mut self) {
        self.router.update(self.device, Here::greeted);
    }
}

impl Attachment {
    /// The session is confirmed: the device's older ones end (SES-015). Tells how many did.
    pub(crate) fn take_over(&self) -> usize {
        if fault::delivery::EPHEMERAL_STORED.is_on() {
            let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
            for (_, source, payload) in kept.iter().filter(|(destination, ..)| *destination == self.device) {
                self.router.each(self.device, |tray| tray.ephemeral(*source, payload));
            }
        }
        if fault::conversations::WHISPER_STORED.is_on() {
            let kept = WHISPERS.lock().unwrap_or_else(PoisonError::into_inner);
            for (_, conversation, payload) in kept.iter().filter(|(to, ..)| *to == self.device) {
                self.router.each(self.device, |tray| tray.whisper(*conversation, payload));
            }
        }
        self.router.update(self.device, |here| {
            if fault::session::LAST_CONFIRMED_STAYS.is_on() {
                let others = here.sessions().filter(|(epoch, _)| *epoch != self.epoch);
                others.for_each(|(_, slot)| slot.0.leave(|tray| tray.end(End::TakenOver)));
            }
            here.confirm(self.epoch);
        })
    }

    /// The store holds a newer session. This one goes on until that one is confirmed (SES-014) or gone (SES-046).
    pub(crate) fn fenced(&self) {
        self.router.update(self.device, |here| here.fence(self.epoch));
    }

    /// The session, as the store knows it.
    pub(crate) const fn session(&self) -> Session {
        Session { device: self.device, epoch: self.epoch }
    }
}

impl Drop for Attachment {
    fn drop(&mut self) {
        self.router.update(self.device, |here| here.leave(self.epoch));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pinnace_edge::{PAGE, Pump};
    use pinnace_home::MailboxMark;
    use pinnace_session::Budget;

    const DEVICE: DeviceId = DeviceId::new([7; 16]);

    fn attach(greeting: Greeting, epoch: u64) -> (Attachment, Arc<Slot>) {
        let slot = Arc::new(Slot::default());
        (greeting.attach(SessionEpoch::new(epoch).unwrap(), Arc::clone(&slot)), slot)
    }

    #[test]
    fn newest_confirmed_session_stays_whatever_the_order_of_arrival() {
        let router = Arc::new(Router::new());
        let (late, latest) = (router.greet(DEVICE), router.greet(DEVICE));
        let (_older, older_slot) = attach(router.greet(DEVICE), 1);
        let (newer, newer_slot) = attach(router.greet(DEVICE), 4);
        assert_eq!(newer.take_over(), 1);
        assert_eq!((older_slot.take(None).end, newer_slot.take(None).end), (Some(End::TakenOver), None));
        let (_late, late_slot) = attach(late, 2);
        assert_eq!(late_slot.take(None).end, Some(End::TakenOver));
        drop(newer);
        let (_latest, latest_slot) = attach(latest, 3);
        assert_eq!(latest_slot.take(None).end, Some(End::TakenOver));
    }

    #[test]
    fn fenced_session_ends_once_the_newer_one_is_gone_unconfirmed() {
        let router = Arc::new(Router::new());
        let (_older, slot) = attach(router.greet(DEVICE), 1);
        let (newer, _slot) = attach(router.greet(DEVICE), 2);
        let (newest, _slot) = attach(router.greet(DEVICE), 3);
        drop(newer);
        assert_eq!(slot.take(None).end, None);
        drop(newest);
        assert_eq!(slot.take(None).end, Some(End::Abandoned));
    }

    #[test]
    fn fenced_session_waits_for_the_hello_that_is_under_way() {
        let router = Arc::new(Router::new());
        let (older, slot) = attach(router.greet(DEVICE), 1);
        let greeting = router.greet(DEVICE);
        older.fenced();
        assert_eq!(slot.take(None).end, None);
        let (newer, _slot) = attach(greeting, 2);
        assert_eq!((slot.take(None).end, newer.take_over()), (None, 1));
        assert_eq!(slot.take(None).end, Some(End::TakenOver));
    }

    #[test]
    fn hello_that_the_store_refuses_ends_none_but_fenced_sessions() {
        let router = Arc::new(Router::new());
        let (only, slot) = attach(router.greet(DEVICE), 1);
        drop(router.greet(DEVICE));
        assert_eq!(slot.take(None).end, None);
        let unanswered = router.greet(DEVICE);
        only.fenced();
        drop(unanswered);
        assert_eq!(slot.take(None).end, Some(End::Abandoned));
    }

    #[test]
    fn engine_that_was_opened_again_lets_every_session_look() {
        let router = Arc::new(Router::new());
        let (_one, one) = attach(router.greet(DEVICE), 1);
        let (_other, other) = attach(router.greet(DeviceId::new([8; 16])), 1);
        router.notify(vec![Notice::Reopened]);
        for slot in [one, other] {
            let mut pump = Pump::new(DEVICE, 1, MailboxMark::NOTHING, PAGE);
            let mut looks = || {
                slot.take(Some(&mut pump));
                pump.wants_page(Budget { count: 1, bytes: 1 }).is_some()
            };
            assert_eq!([looks(), looks()], [true, false]);
        }
    }

    #[test]
    fn waiting_session_is_told_that_its_device_was_linked() {
        let router = Arc::new(Router::new());
        let account = AccountId::new([4; 16]);
        let slots = [Arc::new(Slot::default()), Arc::new(Slot::default())];
        let under_way = router.greet(DEVICE);
        let _waiting = router.greet(DEVICE).wait(Arc::clone(&slots[0]));
        router.notify(vec![Notice::Linked { device: DEVICE, account }]);
        let _late = under_way.wait(Arc::clone(&slots[1]));
        assert_eq!(slots.map(|slot| slot.take(None).linked), [Some(account); 2]);
    }

    #[test]
    fn device_without_a_session_takes_no_room() {
        let router = Arc::new(Router::new());
        let (one, _slot) = attach(router.greet(DEVICE), 1);
        router.ephemeral(DEVICE, DEVICE, b"typing");
        drop(one);
        drop(router.greet(DEVICE).wait(Arc::default()));
        assert!(router.shards.iter().all(|shard| shard.lock().unwrap().is_empty()));
    }
}
