//! Registration of many devices: each by the protocol, as a person's would be.

use core::time::Duration;

use pinnace_session::client::{ClientEvent, Outcome, ReceivedItem};
use pinnace_session::{RegistrationState, Replace};
use pinnace_wire::{EntryKind, Method, ReceiptStatus, RegistrationStage, Standing};

use super::{Devices, Dirt, Member};
use crate::Failure;
use crate::device::Device;
use crate::fleet::{Fleet as _, Seen};
use crate::letter::Letter;
use crate::mls;
use crate::pace::{PATIENCE, WINDOW};

impl Devices {
    /// Makes more devices and registers them. Gives the place of the first.
    pub(crate) fn enrol(&mut self, count: usize) -> Result<usize, Failure> {
        let first = self.members.len();
        for who in first..first.saturating_add(count) {
            let device = Device::new(u64::try_from(who).unwrap_or(0))?;
            let id = device.id();
            self.by_id.insert(id, who);
            self.members.push(Member {
                device,
                id,
                link: None,
                is_dirty: Dirt::Clean,
                commits_in: None,
                keys_asked: 0,
            });
        }
        let (mut begun, wanted) = (0, self.registered_count.saturating_add(count));
        let begun_at = self.registered_count;
        let mut seen = Vec::new();
        while self.registered_count < wanted {
            let done = self.registered_count.saturating_sub(begun_at);
            while begun < count && begun < done.saturating_add(WINDOW) {
                self.open(first.saturating_add(begun))?;
                begun = begun.saturating_add(1);
            }
            let before = self.registered_count;
            let since = std::time::Instant::now();
            while self.registered_count == before {
                self.turn(Duration::from_millis(20), &mut seen)?;
                if since.elapsed() > PATIENCE {
                    let (done, wanted) =
                        (u64::try_from(done).unwrap_or(0), u64::try_from(count).unwrap_or(0));
                    return Err(Failure::Stuck { what: "devices registered", done, wanted });
                }
            }
        }
        Ok(first)
    }

    /// What the session of a device has to tell.
    pub(super) fn take_events(&mut self, who: usize, seen: &mut Vec<Seen>) -> Result<(), Failure> {
        while let Some(event) = self.next_event(who) {
            match event {
                ClientEvent::Item(item) => self.on_item(who, item, seen)?,
                ClientEvent::Outcome { client_seq, outcome: Outcome::Accepted } => {
                    self.member(who)?.device.settled = client_seq.value();
                    self.on_accepted(who)?;
                    seen.push(Seen::Accepted(who));
                }
                ClientEvent::Edge(edge) => self.member(who)?.device.edge = Some(edge),
                ClientEvent::Welcome(welcome) => match welcome.standing {
                    Standing::Registered => seen.push(Seen::Open(who)),
                    Standing::Unregistered => self.begin_registration(who)?,
                },
                ClientEvent::Registration(state) => self.on_registration(who, &state)?,
                ClientEvent::Registered { .. } => {
                    self.registered_count = self.registered_count.saturating_add(1)
                }
                ClientEvent::Closed(_) => {}
                ClientEvent::DeviceList { .. } => self.on_list(who, seen)?,
                ClientEvent::Keys { .. } => self.on_keys(who, seen)?,
                ClientEvent::Claimed { key_package, .. } => {
                    let letter = mls::letter_of_package(&key_package);
                    let letter = letter.ok_or_else(|| Failure::Wrong("a KeyPackage of nobody".to_owned()))?;
                    seen.push(Seen::Claimed(who, letter));
                }
                other @ (ClientEvent::Successor { .. }
                | ClientEvent::Outcome { .. }
                | ClientEvent::Again { .. }
                | ClientEvent::Fault { .. }
                | ClientEvent::Ephemeral { .. }
                | ClientEvent::Whisper { .. }
                | ClientEvent::RegistrationFailed { .. }
                | ClientEvent::Devices { .. }
                | ClientEvent::LinkOffer { .. }
                | ClientEvent::Failed { .. }
                | ClientEvent::Rate { .. }
                | ClientEvent::Goaway { .. }) => {
                    return Err(Failure::Server(format!("device {who} was told {other:?}")));
                }
            }
        }
        Ok(())
    }

    fn next_event(&mut self, who: usize) -> Option<ClientEvent> {
        self.members.get_mut(who)?.link.as_mut()?.session.poll_event()
    }

    fn on_item(&mut self, who: usize, item: ReceivedItem, seen: &mut Vec<Seen>) -> Result<(), Failure> {
        let device = &mut self.member(who)?.device;
        let (mailbox_seq, event) = match item {
            ReceivedItem::Message { mailbox_seq, payload, .. } => {
                let letter = Letter::read(&payload);
                let letter = letter.ok_or_else(|| Failure::Wrong("a payload of nobody".to_owned()))?;
                (mailbox_seq, Some(Seen::Received(who, letter)))
            }
            ReceivedItem::Receipt { mailbox_seq, status: ReceiptStatus::DELIVERED, ranges, .. } => {
                let count = ranges.iter().map(|range| range.count.value()).sum();
                (mailbox_seq, Some(Seen::Receipted(who, count)))
            }
            ReceivedItem::Entry { mailbox_seq, kind, payload, left: None, .. } => {
                (mailbox_seq, entry(who, kind, &payload)?)
            }
            ReceivedItem::KeysLow { mailbox_seq, .. } => (mailbox_seq, None),
            other
            @ (ReceivedItem::Receipt { .. } | ReceivedItem::Entry { .. } | ReceivedItem::Gap { .. }) => {
                return Err(Failure::Wrong(format!("device {who}: {other:?}")));
            }
        };
        if mailbox_seq.value() != device.cursor.saturating_add(1) {
            return Err(Failure::Wrong(format!(
                "device {who}: item {mailbox_seq:?} after {}",
                device.cursor
            )));
        }
        device.cursor = mailbox_seq.value();
        seen.extend(event);
        Ok(())
    }

    fn begin_registration(&mut self, who: usize) -> Result<(), Failure> {
        self.step(who, |member, session| session.register(&member.number, Replace::Unwanted).is_ok())
    }

    fn on_registration(&mut self, who: usize, state: &RegistrationState) -> Result<(), Failure> {
        let realm = self.realm;
        match state.stage {
            RegistrationStage::Choosing => {
                self.step(who, |_, session| session.register_method(Method::SMS).is_ok())
            }
            RegistrationStage::Waiting => {
                self.codes.waiting.push(who);
                Ok(())
            }
            RegistrationStage::Verified => {
                let certificate = self.member(who)?.device.certificate(realm)?;
                self.step(who, |_, session| session.register_device(&certificate).is_ok())
            }
        }
    }

    /// Gives their codes to those who wait for them and whose codes are there.
    pub(super) fn give_codes(&mut self) -> Result<(), Failure> {
        for who in core::mem::take(&mut self.codes.waiting) {
            let number = self.member(who)?.device.number.clone();
            match self.codes.take(&number) {
                Some(code) => {
                    self.step(who, |_, session| session.register_code(&code).is_ok())?;
                    self.mark(who);
                }
                None => self.codes.waiting.push(who),
            }
        }
        Ok(())
    }

    fn step(
        &mut self,
        who: usize,
        take: impl FnOnce(&Device, &mut pinnace_session::ClientSession) -> bool,
    ) -> Result<(), Failure> {
        let member = self.member(who)?;
        let taken = member.link.as_mut().is_some_and(|link| take(&member.device, &mut link.session));
        if taken {
            Ok(())
        } else {
            Err(Failure::Server(format!("the registration of device {who} is out of step")))
        }
    }
}

/// What an entry says to those who measure.
fn entry(who: usize, kind: EntryKind, payload: &[u8]) -> Result<Option<Seen>, Failure> {
    Ok(match kind {
        EntryKind::Message | EntryKind::Commit => {
            let letter = mls::letter(payload);
            let letter = letter.ok_or_else(|| Failure::Wrong("an entry of nobody".to_owned()))?;
            Some(Seen::Received(who, letter))
        }
        EntryKind::Welcome => Some(Seen::Joined(who)),
        EntryKind::Own | EntryKind::DeviceList => None,
    })
}
