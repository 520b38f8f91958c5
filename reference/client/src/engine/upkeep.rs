//! What others find of this device at the server: the own account's list names it.

use pinnace_session::client::WelcomeInfo;
use pinnace_wire::{ErrorCode, ProfileId, Standing as ToldStanding};

use super::Engine;
use super::asking::{Asked, Wish};
use crate::devices::{AccountDevices, DevicesError, LinkRecord, Pin, check, first_list, next_list, with};
use crate::identity::{KeptPackage, Published, Standing, lasting};
use crate::store::{DeviceWrite, KeptDevice, Write};

/// Profile `devices`.
const PROFILE: Option<ProfileId> = ProfileId::new(8);

/// Lists and KeyPackages that a session publishes at most: a server that never has enough is not served for ever.
const PUBLISHED_MAX: u32 = 64;

/// What the engine knows of this device as others see it.
pub(super) struct Upkeep {
    pub(super) standing: Standing,
    /// The certificate, judged against the keys when it is used.
    pub(super) certificate: Option<Vec<u8>>,
    /// The own account's list as it was seen last.
    pub(super) list: Option<OwnList>,
    /// How far the device has come in being linked.
    pub(super) link: Option<LinkRecord>,
    pub(super) packages: Vec<KeptPackage>,
    pub(super) published: Published,
    /// What this session published.
    pub(super) count: u32,
}

/// The own account's list.
pub(super) struct OwnList {
    pub(super) octets: Vec<u8>,
    pub(super) devices: AccountDevices,
    pub(super) pin: Pin,
}

impl Upkeep {
    pub(super) fn new(kept: KeptDevice) -> Self {
        let KeptDevice { certificate, own_list: _, standing, link, packages } = kept;
        Self { standing, certificate, list: None, link, packages, published: Published::Unknown, count: 0 }
    }
}

impl Engine {
    /// Reads the own list that was kept: it is held to the keys that it must be signed with.
    pub(super) fn load_own_list(&mut self, octets: Option<Vec<u8>>) {
        let Some(octets) = octets else { return };
        if let Ok((devices, pin)) = check(self.setting.realm, self.keys.account(), &octets, None) {
            self.upkeep.list = Some(OwnList { octets, devices, pin });
        }
    }

    /// A session began.
    pub(super) fn keep_up(&mut self, welcome: &WelcomeInfo) {
        self.note_standing(welcome.standing);
        self.upkeep.count = 0;
        self.upkeep.published = Published::Unknown;
        // Before it holds the account's identity key, a device that is being linked says nothing for the account.
        if welcome.standing != ToldStanding::Registered || self.awaits_grant() {
            return;
        }
        let is_served = welcome.profiles.iter().any(|profile| Some(*profile) == PROFILE);
        if is_served {
            self.ask_own_list();
        } else {
            self.upkeep.published = Published::Unserved;
        }
    }

    /// Whether the server knows the device is worth keeping: one that it knew and does not know any more was removed.
    fn note_standing(&mut self, told: ToldStanding) {
        let standing = match (told, self.upkeep.standing) {
            (ToldStanding::Registered, _) => Standing::Registered,
            (ToldStanding::Unregistered, Standing::New) => Standing::New,
            (ToldStanding::Unregistered, Standing::Registered | Standing::Gone) => Standing::Gone,
        };
        self.set_standing(standing);
    }

    pub(super) fn set_standing(&mut self, standing: Standing) {
        if self.upkeep.standing != standing {
            self.upkeep.standing = standing;
            self.batch.writes.push(Write::Device(DeviceWrite::Standing(standing)));
        }
    }

    /// The certificate of this device; a new one is durable before it is shown to anybody.
    pub(super) fn certificate(&mut self) -> Option<Vec<u8>> {
        let now_s = self.time.unix_ms / 1000;
        let kept = self.upkeep.certificate.as_deref();
        if let Some(lasting) = lasting(kept, &self.keys, self.setting.realm, now_s) {
            return Some(lasting);
        }
        let made = self.keys.certificate(self.setting.realm, now_s)?;
        self.upkeep.certificate = Some(made.clone());
        self.batch.writes.push(Write::Device(DeviceWrite::Certificate(made.clone())));
        Some(made)
    }

    pub(super) fn ask_own_list(&mut self) {
        self.questions.wish(Wish::List(self.keys.account()), Asked::OwnList);
    }

    /// The list of the own account came.
    pub(super) fn on_own_list(&mut self, octets: &[u8]) {
        if self.take_own_list(octets).is_err() {
            self.upkeep.published = Published::Refused;
            return;
        }
        let device = self.keys.device_id();
        let next = self.upkeep.list.as_ref().filter(|list| !list.devices.devices.contains(&device));
        match next.map(|list| (list.pin.clone(), with(&list.devices.devices, device))) {
            None => {
                self.upkeep.published = Published::List;
                self.ask_stock();
            }
            Some((pin, devices)) => {
                let now_s = self.time.unix_ms / 1000;
                self.publish_list(next_list(&pin, &self.keys, self.setting.realm, &devices, now_s));
            }
        }
    }

    /// Judges a list of the own account, and keeps it.
    pub(super) fn take_own_list(&mut self, octets: &[u8]) -> Result<(), DevicesError> {
        let devices = self.believe(self.keys.account(), octets).map_err(DevicesError::List)?;
        self.on_own_devices(&devices.devices);
        let is_known = self.upkeep.list.as_ref().is_some_and(|list| list.octets == octets);
        if !is_known {
            self.batch.writes.push(Write::Device(DeviceWrite::OwnList(octets.to_vec())));
            if let Ok((_, pin)) = check(self.setting.realm, self.keys.account(), octets, None) {
                self.upkeep.list = Some(OwnList { octets: octets.to_vec(), devices, pin });
            }
        }
        Ok(())
    }

    /// The server has no list of the account, or another one than the list follows.
    pub(super) fn on_own_list_refused(&mut self, error: DevicesError) {
        match error.code() {
            Some(ErrorCode::UnknownAccount) => {
                let device = self.keys.device_id();
                // The very list that was in force before does not contradict what others saw.
                let kept = self.upkeep.list.as_ref();
                let first = kept.filter(|list| {
                    list.pin.list_version == pinnace_wire::ListVersion::FIRST
                        && list.devices.devices == [device]
                });
                let now_s = self.time.unix_ms / 1000;
                let list = match first {
                    Some(list) => Some(list.octets.clone()),
                    None => first_list(&self.keys, self.setting.realm, now_s),
                };
                // An account that begins anew: what was seen of it here is over.
                self.forget_own_list();
                self.publish_list(list);
            }
            Some(ErrorCode::ListStale) if self.may_publish() => self.ask_own_list(),
            Some(ErrorCode::Unavailable) => {}
            Some(_) | None => self.upkeep.published = Published::Refused,
        }
    }

    fn forget_own_list(&mut self) {
        let account = self.keys.account();
        if self.upkeep.list.take().is_some() {
            self.pins.remove(&account);
            self.batch.writes.push(Write::Device(DeviceWrite::Unpin(account)));
        }
    }

    fn publish_list(&mut self, list: Option<Vec<u8>>) {
        match list.filter(|_| self.may_publish()) {
            Some(list) => self.questions.wish(Wish::Publish(list), Asked::OwnList),
            None => self.upkeep.published = Published::Refused,
        }
    }

    /// Counts what is published.
    pub(super) const fn may_publish(&mut self) -> bool {
        self.upkeep.count = self.upkeep.count.saturating_add(1);
        self.upkeep.count <= PUBLISHED_MAX
    }
}
