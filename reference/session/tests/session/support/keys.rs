//! Fixed keys and configurations.

use std::sync::Arc;

use pinnace_session::certificate::{EdgeTerms, sign_edge};
use pinnace_session::client::{ClientConfig, ClientLimits, FirstFlight, KnownEdge};
use pinnace_session::ed25519::SigningKey;
use pinnace_session::noise::StaticSecret;
use pinnace_session::server::{HelloDone, ServerConfig, ServerLimits};
use pinnace_session::{Grease, KeyLog, Now, RealmId, Seed, Trust, device_id};
use pinnace_wire::{
    Activity, ClientMark, DeviceId, HelloCounter, MailboxMark, ProfileId, SessionEpoch, UnixS,
};

pub(crate) const UNIX_S: u64 = 1_800_000_000;
pub(crate) const START: Now = Now { ms: 5_000 };

pub(crate) fn root() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

pub(crate) fn realm() -> RealmId {
    RealmId(root().verifying_key().to_bytes())
}

pub(crate) fn edge() -> StaticSecret {
    StaticSecret::from_bytes([2; 32])
}

pub(crate) fn device() -> StaticSecret {
    StaticSecret::from_bytes([3; 32])
}

pub(crate) fn this_device() -> DeviceId {
    device_id(device().public())
}

pub(crate) fn other_device(number: u8) -> DeviceId {
    DeviceId::new([number; 16])
}

pub(crate) fn unix(second: u64) -> UnixS {
    UnixS::new(second).unwrap()
}

pub(crate) fn certificate_of(edge: &StaticSecret, not_before_s: u64, not_after_s: u64) -> Vec<u8> {
    let terms = EdgeTerms {
        edge_key: *edge.public(),
        region: "eu",
        not_before_s: unix(not_before_s),
        not_after_s: unix(not_after_s),
    };
    sign_edge(&root(), realm(), &terms).unwrap()
}

pub(crate) fn server_config() -> ServerConfig {
    ServerConfig {
        realm: realm(),
        edge: edge(),
        certificate: certificate_of(&edge(), UNIX_S - 1_000, UNIX_S + 100_000),
        successor: None,
        agent: "test".into(),
        profiles: vec![ProfileId::new(1).unwrap()],
        limits: ServerLimits::default(),
        grease: Grease::Withheld,
        key_log: KeyLog::Off,
    }
}

pub(crate) fn known_edge() -> KnownEdge {
    KnownEdge { key: *edge().public(), not_before_s: UNIX_S - 1_000, not_after_s: UNIX_S + 100_000 }
}

pub(crate) fn client_config(edge: Option<KnownEdge>) -> ClientConfig {
    ClientConfig {
        trust: Trust::genesis(realm()),
        device: device(),
        edge,
        route_token: Vec::new(),
        agent: String::new(),
        unix_s: UNIX_S,
        limits: ClientLimits::default(),
        grease: Grease::Withheld,
        key_log: KeyLog::Off,
    }
}

pub(crate) fn first_flight() -> FirstFlight {
    FirstFlight {
        hello_counter: HelloCounter::new(7).unwrap(),
        settled: ClientMark::NOTHING,
        cursor: MailboxMark::NOTHING,
        activity: Activity::Foreground,
        acked: None,
        sends: Vec::new(),
    }
}

pub(crate) fn hello_done(mailbox_last: u64) -> HelloDone {
    HelloDone {
        session_epoch: SessionEpoch::new(4).unwrap(),
        handled: ClientMark::NOTHING,
        exceptions: Vec::new(),
        cursor: MailboxMark::NOTHING,
        mailbox_last: MailboxMark::new(mailbox_last).unwrap(),
    }
}

pub(crate) fn seed(number: u8) -> Seed {
    Seed::new([number; 32])
}

pub(crate) fn shared(config: ServerConfig) -> Arc<ServerConfig> {
    Arc::new(config)
}
