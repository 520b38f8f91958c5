//! Keys and configurations that are always the same, so that octets that were found once do the same again.

use std::sync::{Arc, OnceLock};

use pinnace_session::certificate::{EdgeTerms, sign_edge};
use pinnace_session::client::{ClientConfig, ClientLimits, FirstFlight, KnownEdge};
use pinnace_session::device_list::{ListTerms, sign_list};
use pinnace_session::ed25519::SigningKey;
use pinnace_session::noise::{EphemeralSeed, Established, Handshake, StaticSecret, Transport};
use pinnace_session::server::{HelloAnswer, HelloDone, ServerConfig, ServerLimits};
use pinnace_session::{Grease, KeyLog, Now, RealmId, Scratch, Seed, ServerSession, Trust};
use pinnace_wire::{
    Activity, ClientMark, CreditBytes, CreditCount, DeviceId, EdgeCertificate, Frame, Hello, HelloCounter,
    List, ListVersion, MailboxMark, Pattern, Preface, ProfileId, ServerRecord, SessionEpoch, Suite, UnixMs,
    UnixS,
};

pub(crate) const START: Now = Now { ms: 5_000 };
const UNIX_S: u64 = 1_800_000_000;

pub(crate) fn wall() -> UnixMs {
    UnixMs::new(UNIX_S * 1_000).unwrap()
}

fn root() -> SigningKey {
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

pub(crate) fn other_device(number: u8) -> DeviceId {
    DeviceId::new([number; 16])
}

fn edge_certificate() -> Vec<u8> {
    let terms = EdgeTerms {
        edge_key: *edge().public(),
        region: "eu",
        not_before_s: UnixS::new(UNIX_S - 1_000).unwrap(),
        not_after_s: UnixS::new(UNIX_S + 100_000).unwrap(),
    };
    sign_edge(&root(), realm(), &terms).unwrap()
}

/// A device list of two devices.
pub(crate) fn device_list() -> Vec<u8> {
    let devices = [other_device(1), other_device(2)];
    let terms = ListTerms {
        list_version: ListVersion::FIRST,
        previous: [0; 32],
        issued_s: UnixS::new(UNIX_S).unwrap(),
        devices: &devices,
    };
    sign_list(&root(), realm(), &terms).unwrap()
}

/// The payload of XX message 2.
pub(crate) fn certificate_frame() -> Vec<u8> {
    let octets = edge_certificate();
    let certificate = EdgeCertificate::decode(&octets).unwrap();
    encode(&Frame::Certificate(pinnace_wire::Certificate { certificate, successor: None }))
}

pub(crate) fn encode(frame: &Frame<'_>) -> Vec<u8> {
    let mut out = vec![0; frame.encoded_len()];
    frame.encode(&mut out).expect("a valid frame");
    out
}

/// A server's configuration, made once: a signature costs more than a target's run.
pub(crate) fn server_config() -> Arc<ServerConfig> {
    static CONFIG: OnceLock<Arc<ServerConfig>> = OnceLock::new();
    let make = || {
        Arc::new(ServerConfig {
            realm: realm(),
            edge: edge(),
            certificate: edge_certificate(),
            successor: None,
            agent: "fuzzed".into(),
            profiles: vec![ProfileId::new(1).unwrap()],
            limits: ServerLimits {
                inflight_max: 8,
                alias_max: 8,
                idle_ms: 60_000,
                ..ServerLimits::default()
            },
            grease: Grease::Withheld,
            key_log: KeyLog::Off,
        })
    };
    Arc::clone(CONFIG.get_or_init(make))
}

pub(crate) fn server() -> ServerSession {
    ServerSession::new(server_config(), Seed::new([20; 32]), START)
}

/// A client's configuration: one that met the edge begins with IK, another with XX.
pub(crate) fn client_config(pattern: Pattern) -> ClientConfig {
    let known =
        KnownEdge { key: *edge().public(), not_before_s: UNIX_S - 1_000, not_after_s: UNIX_S + 100_000 };
    ClientConfig {
        trust: Trust::genesis(realm()),
        device: device(),
        edge: match pattern {
            Pattern::Ik => Some(known),
            Pattern::Xx => None,
        },
        route_token: Vec::new(),
        agent: String::new(),
        unix_s: UNIX_S,
        limits: ClientLimits { ping_ms: 20_000, ..ClientLimits::default() },
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

pub(crate) fn registered(mailbox_last: u64) -> HelloAnswer {
    HelloAnswer::Registered(HelloDone {
        session_epoch: SessionEpoch::new(4).unwrap(),
        handled: ClientMark::NOTHING,
        exceptions: Vec::new(),
        cursor: MailboxMark::NOTHING,
        mailbox_last: MailboxMark::new(mailbox_last).unwrap(),
    })
}

fn hello() -> Frame<'static> {
    let first = first_flight();
    Frame::Hello(Hello {
        hello_counter: first.hello_counter,
        settled: first.settled,
        cursor: first.cursor,
        activity: first.activity,
        credit_count: CreditCount::new(1_000).unwrap(),
        credit_bytes: CreditBytes::new(1_000_000).unwrap(),
        versions: None,
        agent: None,
        profiles: List::EMPTY,
        limits: List::EMPTY,
        features: List::EMPTY,
    })
}

/// A preface and the prologue that it makes.
pub(crate) fn preface(pattern: Pattern) -> (Vec<u8>, Vec<u8>) {
    let preface = Preface { suite: Suite::X25519ChaChaPolyBlake2s, pattern, route_token: b"" };
    let mut record = vec![0; preface.encoded_len()];
    preface.encode(&mut record).unwrap();
    let prologue = [b"pinnace/1\0".as_slice(), &realm().0, &record].concat();
    (record, prologue)
}

/// A server session that has welcomed a device and waits for its first transport record, and the client's end of the
/// channel.
pub(crate) fn welcomed(answer: &HelloAnswer) -> (ServerSession, Transport) {
    let mut server = server();
    let (mut record, prologue) = preface(Pattern::Ik);
    let seed = EphemeralSeed::new([31; 32]);
    let mut handshake = Handshake::initiate_ik(&prologue, &device(), edge().public(), seed).unwrap();
    handshake.write_message(&encode(&hello()), &mut record).unwrap();
    server.on_record(&record, &mut Scratch::new(), START).unwrap();
    while server.poll_event().is_some() {}
    server.on_hello(answer, wall(), START);
    while server.poll_event().is_some() {}
    record.clear();
    server.poll_transmit(&mut record).expect("message 2");
    let Ok(ServerRecord::Handshake(message)) = ServerRecord::decode(&record) else { panic!("message 2") };
    handshake.read_message(message, &mut Vec::new()).unwrap();
    let Established { transport, .. } = handshake.into_established().unwrap();
    (server, transport)
}

/// What the client's first record is answered with by an edge that is played by hand; its end of the channel.
pub(crate) fn answered(opening: &[u8], welcome: &[u8]) -> (Vec<u8>, Transport) {
    let (_, message) = Preface::decode(opening).unwrap();
    let prologue =
        [b"pinnace/1\0".as_slice(), &realm().0, &opening[..opening.len() - message.len()]].concat();
    let mut handshake = Handshake::respond_ik(&prologue, &edge(), EphemeralSeed::new([33; 32])).unwrap();
    handshake.read_message(message, &mut Vec::new()).unwrap();
    let mut record = vec![0];
    handshake.write_message(welcome, &mut record).unwrap();
    (record, handshake.into_established().unwrap().transport)
}

pub(crate) fn seal(transport: &mut Transport, plaintext: &[u8]) -> Vec<u8> {
    let mut out = vec![0; plaintext.len() + 16];
    transport.seal(plaintext, &mut out).expect("a record that is not too long");
    out
}

pub(crate) fn open(transport: &mut Transport, record: &[u8]) -> Vec<u8> {
    let mut out = vec![0; record.len()];
    transport.open(record, &mut out).expect("a record of the other end").to_vec()
}
