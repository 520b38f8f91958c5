//! A device: its keys and its counters, as a client would keep them.

use pinnace_session::certificate::{DeviceTerms, sign_device};
use pinnace_session::client::{ClientConfig, ClientLimits, FirstFlight, KnownEdge};
use pinnace_session::device_list::{ListTerms, sign_list};
use pinnace_session::ed25519::SigningKey;
use pinnace_session::noise::StaticSecret;
use pinnace_session::{Grease, KeyLog, RealmId, Seed, Trust, account_id};
use pinnace_wire::{
    AccountId, Activity, ClientMark, ClientSeq, DeviceId, HelloCounter, ListVersion, MailboxMark, RequestId,
    UnixS, limits,
};

use crate::mls::Stocker;
use crate::{Failure, clock};

/// How long device certificates hold.
const CERTIFICATE_S: u64 = 86_400;

/// A device.
pub(crate) struct Device {
    identity: SigningKey,
    key: StaticSecret,
    /// What its certificate names for MLS.
    signer: SigningKey,
    /// The telephone number under which it registers.
    pub(crate) number: String,
    /// The edge that it met.
    pub(crate) edge: Option<KnownEdge>,
    hello_counter: u64,
    /// The highest number with an outcome.
    pub(crate) settled: u64,
    /// The highest number that was sent.
    pub(crate) sent: u64,
    /// Every item of the mailbox up to here is here.
    pub(crate) cursor: u64,
    requested: u64,
    /// Whether a device list names it.
    pub(crate) is_listed: Listing,
}

/// Whether a device list of the device's account is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    /// None is.
    Due,
    /// One is, with this device in it.
    InForce,
}

impl Device {
    /// A device that no server has seen; `serial` makes its number its own.
    pub(crate) fn new(serial: u64) -> Result<Self, Failure> {
        Ok(Self {
            identity: SigningKey::from_seed(&random()?),
            key: StaticSecret::from_bytes(random()?),
            signer: SigningKey::from_seed(&random()?),
            number: format!("+467{serial:09}"),
            edge: None,
            hello_counter: 0,
            settled: 0,
            sent: 0,
            cursor: 0,
            requested: 0,
            is_listed: Listing::Due,
        })
    }

    /// Its name.
    pub(crate) fn id(&self) -> DeviceId {
        pinnace_session::device_id(self.key.public())
    }

    /// What its next session starts from.
    pub(crate) fn config(&self, realm: RealmId) -> ClientConfig {
        ClientConfig {
            trust: Trust::genesis(realm),
            device: self.key.clone(),
            edge: self.edge,
            route_token: Vec::new(),
            agent: String::new(),
            unix_s: clock::unix_s(),
            // No PING falls into a measurement.
            limits: ClientLimits { ping_ms: limits::PING_MS.max, ..ClientLimits::default() },
            grease: Grease::default(),
            key_log: KeyLog::Off,
        }
    }

    /// Its next first flight. A session may use up two counters (SES-043).
    pub(crate) fn flight(&mut self) -> Result<FirstFlight, Failure> {
        let beyond = || Failure::Wrong("a counter left its range".to_owned());
        let hello_counter = HelloCounter::new(self.hello_counter.saturating_add(1)).ok_or_else(beyond)?;
        self.hello_counter = self.hello_counter.saturating_add(2);
        Ok(FirstFlight {
            hello_counter,
            settled: ClientMark::new(self.settled).ok_or_else(beyond)?,
            cursor: MailboxMark::new(self.cursor).ok_or_else(beyond)?,
            activity: Activity::Foreground,
            acked: None,
            sends: Vec::new(),
        })
    }

    /// Its certificate, signed by its account.
    pub(crate) fn certificate(&self, realm: RealmId) -> Result<Vec<u8>, Failure> {
        let wrong = || Failure::Wrong("the device's certificate".to_owned());
        let not_after_s = UnixS::new(clock::unix_s().saturating_add(CERTIFICATE_S)).ok_or_else(wrong)?;
        let signature_key = self.signer.verifying_key().to_bytes();
        let terms = DeviceTerms { noise_key: *self.key.public(), signature_key, not_after_s };
        sign_device(&self.identity, realm, &terms).map_err(|_| wrong())
    }

    /// Its account.
    pub(crate) fn account(&self) -> AccountId {
        account_id(&self.identity.verifying_key().to_bytes())
    }

    /// The first device list of its account: this device.
    pub(crate) fn list(&self, realm: RealmId) -> Result<Vec<u8>, Failure> {
        let wrong = || Failure::Wrong("the device list".to_owned());
        let terms = ListTerms {
            list_version: ListVersion::new(1).ok_or_else(wrong)?,
            previous: [0; 32],
            issued_s: UnixS::new(clock::unix_s()).ok_or_else(wrong)?,
            devices: &[self.id()],
        };
        sign_list(&self.identity, realm, &terms).map_err(|_| wrong())
    }

    /// What makes its KeyPackages.
    pub(crate) const fn stocker<'a>(&'a self, certificate: &'a [u8]) -> Stocker<'a> {
        Stocker { signer: &self.signer, certificate }
    }

    /// The number of its next request.
    pub(crate) fn next_request(&mut self) -> Result<RequestId, Failure> {
        self.requested = self.requested.saturating_add(1);
        RequestId::new(self.requested).ok_or_else(|| Failure::Wrong("a number left its range".to_owned()))
    }

    /// The number of its next message.
    pub(crate) fn next_seq(&self) -> Result<ClientSeq, Failure> {
        ClientSeq::new(self.sent.saturating_add(1))
            .ok_or_else(|| Failure::Wrong("a number left its range".to_owned()))
    }
}

/// Randomness for one session.
pub(crate) fn seed() -> Result<Seed, Failure> {
    random().map(Seed::new)
}

/// 32 random octets.
pub(crate) fn random() -> Result<[u8; 32], Failure> {
    let mut octets = [0; 32];
    getrandom::fill(&mut octets).map_err(|error| Failure::Server(format!("no randomness: {error}")))?;
    Ok(octets)
}
