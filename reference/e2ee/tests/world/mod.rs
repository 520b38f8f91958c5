//! Devices of accounts in one realm, each with a store in memory.
#![expect(dead_code, reason = "each test uses a part")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what is missing by failing")]

use pinnace_e2ee::{
    Committed, Creation, Credentials, Device, Error, Event, Identity, Life, MadeCommit, Memory, Message,
    Mls as _, Path, Purpose, Request, Suite,
};
use pinnace_session::RealmId;
use pinnace_session::certificate::{DeviceTerms, sign_device};
use pinnace_session::ed25519::SigningKey;
use pinnace_session::noise::PublicKey;
use pinnace_wire::{DeviceId, UnixS};

pub(crate) const REALM: [u8; 32] = [9; 32];
pub(crate) const NOW_S: u64 = 1_900_000_000;
pub(crate) const DAY_S: u64 = 86_400;
pub(crate) const ALL: Credentials = Credentials::Certified { realm: REALM };

/// A device and its store.
pub(crate) struct Side {
    pub(crate) device: Device,
    pub(crate) store: Memory,
    pub(crate) id: DeviceId,
}

/// The certificate of device `number` of account `account`, both at least 1.
pub(crate) fn certificate(account: u8, number: u8, not_after_s: u64) -> Vec<u8> {
    let terms = DeviceTerms {
        noise_key: PublicKey([number; 32]),
        signature_key: SigningKey::from_seed(&seed(number)).verifying_key().to_bytes(),
        not_after_s: UnixS::new(not_after_s).unwrap(),
    };
    sign_device(&SigningKey::from_seed(&[account; 32]), RealmId(REALM), &terms).unwrap()
}

pub(crate) fn seed(number: u8) -> [u8; 32] {
    [number ^ 0xa5; 32]
}

pub(crate) fn side(account: u8, number: u8) -> Side {
    let identity = Identity::new(&certificate(account, number, NOW_S + 365 * DAY_S), &seed(number));
    Side {
        device: Device::new(identity, ALL).unwrap(),
        store: Memory::default(),
        id: pinnace_session::device_id(&PublicKey([number; 32])),
    }
}

impl Side {
    pub(crate) fn key_package(&mut self, suite: Suite) -> Vec<u8> {
        let life = Life { now_s: NOW_S, for_s: 30 * DAY_S };
        self.store.take(self.device.key_packages(suite, 1, life).unwrap()).pop().unwrap().octets
    }

    pub(crate) fn create(&mut self, group: &[u8], suite: Suite, add: &[&[u8]]) -> MadeCommit {
        let creation = Creation { group, suite, extensions: &[], add, aad: b"created" };
        self.store.take(self.device.create(&self.store, &creation, NOW_S).unwrap())
    }

    pub(crate) fn confirm(&mut self, group: &[u8]) -> Committed {
        let Event::Committed(committed) = self.store.take(self.device.confirm(&self.store, group).unwrap())
        else {
            panic!("a commit");
        };
        committed
    }

    pub(crate) fn join(&mut self, made: &MadeCommit) {
        let welcome = made.welcome.as_ref().unwrap();
        self.store.take(self.device.join(&self.store, welcome).unwrap());
    }

    pub(crate) fn say(&mut self, group: &[u8], content: &[u8], aad: &[u8]) -> Vec<u8> {
        self.store.take(self.device.encrypt(&self.store, group, content, aad).unwrap())
    }

    pub(crate) fn hear(&mut self, group: &[u8], message: &[u8]) -> Result<Event, Error> {
        Ok(self.store.take(self.device.process(&self.store, group, message)?))
    }

    pub(crate) fn read(&mut self, group: &[u8], message: &[u8]) -> Message {
        let Event::Message(message) = self.hear(group, message).unwrap() else { panic!("a message") };
        message
    }

    pub(crate) fn commit(&mut self, group: &[u8], request: &Request<'_>) -> MadeCommit {
        self.store.take(self.device.commit(&self.store, group, request, NOW_S).unwrap())
    }

    pub(crate) fn renew(&mut self, group: &[u8]) -> MadeCommit {
        self.commit(group, &Request { path: Path::Always, ..Request::default() })
    }

    pub(crate) fn secret(&self, group: &[u8]) -> Vec<u8> {
        let purpose = Purpose { label: "test", context: b"context", len: 32 };
        self.device.exporter(&self.store, group, purpose).unwrap().to_vec()
    }

    pub(crate) fn epoch(&self, group: &[u8]) -> u64 {
        self.device.group(&self.store, group).unwrap().epoch
    }
}

/// A group of the creator and the others, all in epoch 1.
pub(crate) fn together(group: &[u8], suite: Suite, creator: &mut Side, others: &mut [&mut Side]) {
    let keys: Vec<_> = others.iter_mut().map(|side| side.key_package(suite)).collect();
    let keys: Vec<_> = keys.iter().map(Vec::as_slice).collect();
    let made = creator.create(group, suite, &keys);
    creator.confirm(group);
    others.iter_mut().for_each(|side| side.join(&made));
}
