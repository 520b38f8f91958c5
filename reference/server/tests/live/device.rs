use core::sync::atomic::{AtomicU64, Ordering};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use pinnace_session::certificate::{DeviceTerms, sign_device};
use pinnace_session::client::{ClientConfig, ClientLimits, FirstFlight, KnownEdge};
use pinnace_session::ed25519::SigningKey;
use pinnace_session::noise::StaticSecret;
use pinnace_session::{Grease, KeyLog, Message, RealmId, ReceiptWish, Replace, Trust};
use pinnace_wire::{Activity, ClientMark, ClientSeq, DeviceId, HelloCounter, MailboxMark, UnixS};

use super::{Link, Wire};

static SERIAL: AtomicU64 = AtomicU64::new(1);

/// A device: its keys and its counters, as a client would keep them.
pub(crate) struct Device {
    pub(crate) realm: RealmId,
    pub(crate) identity: SigningKey,
    pub(crate) signer: SigningKey,
    pub(crate) key: StaticSecret,
    pub(crate) number: String,
    pub(crate) edge: Option<KnownEdge>,
    pub(crate) hello_counter: u64,
    pub(crate) settled: u64,
    pub(crate) cursor: u64,
    pub(crate) next_seq: u64,
}

impl Device {
    /// A device that no server has seen, with a number of its own.
    pub(crate) fn new(realm: RealmId) -> Self {
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let seed = |kind: u8| {
            let mut seed = [kind; 32];
            seed[..8].copy_from_slice(&serial.to_be_bytes());
            seed
        };
        Self {
            realm,
            identity: SigningKey::from_seed(&seed(1)),
            signer: SigningKey::from_seed(&seed(3)),
            key: StaticSecret::from_bytes(seed(2)),
            number: format!("+4670{serial:07}"),
            edge: None,
            hello_counter: 0,
            settled: 0,
            cursor: 0,
            next_seq: 1,
        }
    }

    pub(crate) fn id(&self) -> DeviceId {
        pinnace_session::device_id(self.key.public())
    }

    pub(crate) fn config(&self) -> ClientConfig {
        ClientConfig {
            trust: Trust::genesis(self.realm),
            device: self.key.clone(),
            edge: self.edge,
            route_token: Vec::new(),
            agent: "tests".to_owned(),
            unix_s: unix_s(),
            limits: ClientLimits::default(),
            grease: Grease::default(),
            key_log: KeyLog::default(),
        }
    }

    /// The next first flight; the counter rises.
    pub(crate) fn flight(&mut self) -> FirstFlight {
        self.hello_counter += 1;
        FirstFlight {
            hello_counter: HelloCounter::new(self.hello_counter).unwrap(),
            settled: ClientMark::new(self.settled).unwrap(),
            cursor: MailboxMark::new(self.cursor).unwrap(),
            activity: Activity::Foreground,
            acked: None,
            sends: Vec::new(),
        }
    }

    /// Connects, by IK where the edge is known.
    pub(crate) fn connect(&mut self, wire: Wire) -> Link {
        let flight = self.flight();
        self.connect_with(wire, flight)
    }

    pub(crate) fn connect_with(&mut self, wire: Wire, flight: FirstFlight) -> Link {
        Link::open(wire, self.config(), flight)
    }

    /// Connects and waits for WELCOME. The edge is remembered.
    pub(crate) fn open(&mut self, wire: Wire) -> Link {
        let mut link = self.connect(wire);
        link.welcome();
        self.edge = link.edge.or(self.edge);
        link
    }

    /// Registers this device under its number.
    pub(crate) fn register(&mut self, wire: Wire, codes: &Path) {
        let mut link = self.open(wire);
        link.register(self, Replace::Unwanted, codes);
    }

    pub(crate) fn certificate(&self) -> Vec<u8> {
        let terms = DeviceTerms {
            noise_key: *self.key.public(),
            signature_key: self.signer.verifying_key().to_bytes(),
            not_after_s: UnixS::new(unix_s() + 86_400).unwrap(),
        };
        sign_device(&self.identity, self.realm, &terms).unwrap()
    }

    /// The next message of this device; its number is used.
    pub(crate) fn message(&mut self, to: DeviceId, payload: &[u8]) -> Message {
        let message = self.next_message(to, payload);
        self.next_seq += 1;
        message
    }

    /// The next message of this device, were it sent now.
    pub(crate) fn next_message(&self, to: DeviceId, payload: &[u8]) -> Message {
        Message {
            client_seq: ClientSeq::new(self.next_seq).unwrap(),
            destination: to,
            class: None,
            expires_in_s: None,
            receipt: ReceiptWish::Wanted,
            payload: payload.to_vec(),
        }
    }
}

pub(crate) fn unix_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
