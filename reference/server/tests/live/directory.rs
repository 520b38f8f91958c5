//! Device lists, linking and the key directory, through the whole server.

use pinnace_session::certificate::{DeviceTerms, sign_device};
use pinnace_session::client::{ClientEvent, ReceivedItem};
use pinnace_session::device_list::{ListTerms, check_list, list_digest, sign_list};
use pinnace_session::digest::labelled_digest;
use pinnace_session::label::Label;
use pinnace_session::{CloseReason, KeyStock, Resort, account_id};
use pinnace_wire::{
    AccountId, Code, DeviceId, ErrorCode, HasLastResort, ListVersion, MlsSuite, RequestId, Standing, UnixS,
};

use rustix::process::Signal;

use super::device::unix_s;
use super::http::metric;
use super::process::Process;
use super::{Device, Link, TestServer, Wire};

const SUITE: MlsSuite = MlsSuite::AES128GCM;

fn request(value: u64) -> RequestId {
    RequestId::new(value).unwrap()
}

fn account(device: &Device) -> AccountId {
    account_id(&device.identity.verifying_key().to_bytes())
}

/// The list of these devices that follows the one before.
fn list(owner: &Device, before: Option<&[u8]>, devices: &[DeviceId]) -> Vec<u8> {
    let version = before.map_or(0, |before| check_list(owner.realm, before).unwrap().list_version.value());
    let mut devices = devices.to_vec();
    devices.sort_by_key(|device| *device.as_bytes());
    let terms = ListTerms {
        list_version: ListVersion::new(version + 1).unwrap(),
        previous: before.map_or([0; 32], list_digest),
        issued_s: UnixS::new(unix_s()).unwrap(),
        devices: &devices,
    };
    sign_list(&owner.identity, owner.realm, &terms).unwrap()
}

/// A KeyPackage of RFC 9420; `number` makes it another one.
fn key_package(device: &Device, number: u8, resort: Resort) -> Vec<u8> {
    let sign = |label: &[u8], content: &[u8]| {
        device.signer.sign_octets(&[vector(label), vector(content)].concat()).to_vec()
    };
    let signature_key = device.signer.verifying_key().to_bytes();
    let mut leaf = [
        vector(&[number; 32]),
        vector(&signature_key),
        vec![0, 1],
        vector(&device.certificate()),
        // Version, suite, the extension last_resort, no proposals, basic credentials.
        vec![2, 0, 1, 2, 0, 1, 2, 0, 0x0a, 0, 2, 0, 1],
        vec![1],
        (unix_s() - 60).to_be_bytes().to_vec(),
        (unix_s() + 86_400).to_be_bytes().to_vec(),
        vec![0],
    ]
    .concat();
    leaf.extend(vector(&sign(b"MLS 1.0 LeafNodeTBS", &leaf)));
    let extensions: &[u8] = if resort == Resort::Last { &[3, 0, 0x0a, 0] } else { &[0] };
    let mut package =
        [&[0, 1, 0, 1], vector(&[number.wrapping_add(128); 32]).as_slice(), &leaf, extensions].concat();
    package.extend(vector(&sign(b"MLS 1.0 KeyPackageTBS", &package)));
    package
}

fn vector(octets: &[u8]) -> Vec<u8> {
    let len = u16::try_from(octets.len()).unwrap();
    match u8::try_from(len) {
        Ok(len) if len < 64 => [&[len], octets].concat(),
        _ => [(len | 0x4000).to_be_bytes().as_slice(), octets].concat(),
    }
}

/// The digest of a stock, written out here: the server's own is what is tested.
fn set_digest(packages: &[Vec<u8>]) -> [u8; 32] {
    let mut refs: Vec<[u8; 16]> = packages
        .iter()
        .map(|package| {
            labelled_digest(Label::new("pinnace/1 key package"), package)[..16].try_into().unwrap()
        })
        .collect();
    refs.sort_unstable();
    labelled_digest(Label::new("pinnace/1 key set"), &refs.concat())
}

/// What a request is answered with.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    List(Vec<u8>),
    Keys(Vec<KeyStock>),
    Failed(Option<ErrorCode>),
    Rate,
}

impl Link {
    fn told(&mut self) -> Told {
        self.wait_for("an answer", |event| match event {
            ClientEvent::DeviceList { list, .. } => Some(Told::List(list.clone())),
            ClientEvent::Keys { stocks, .. } => Some(Told::Keys(stocks.clone())),
            ClientEvent::Failed { code, .. } => Some(Told::Failed(code.known())),
            ClientEvent::Rate { .. } => Some(Told::Rate),
            _ => None,
        })
    }

    fn publish(&mut self, list: &[u8]) -> Told {
        self.session.publish_device_list(request(1), list).unwrap();
        self.told()
    }

    fn query(&mut self, account: AccountId) -> Told {
        self.session.query_device_list(request(2), account).unwrap();
        self.told()
    }

    fn leave_keys(&mut self, one_time: &[Vec<u8>], last_resort: Option<&[u8]>) -> Told {
        let one_time: Vec<&[u8]> = one_time.iter().map(Vec::as_slice).collect();
        self.session.publish_keys(request(3), &one_time, last_resort).unwrap();
        self.told()
    }

    /// The one KeyPackage of a claim at an account of one other device.
    fn claim_one(&mut self, account: AccountId) -> (Vec<u8>, Resort) {
        self.session.claim(request(4), account, SUITE).unwrap();
        assert!(matches!(self.told(), Told::List(_)));
        self.wait_for("CLAIMED", |event| match event {
            ClientEvent::Claimed { key_package, left: 0, resort, .. } => Some((key_package.clone(), *resort)),
            _ => None,
        })
    }

    fn approve(&mut self, certificate: &[u8], list: &[u8]) -> Told {
        self.session.approve_link(request(5), certificate, list).unwrap();
        self.told()
    }

    fn open_link(&mut self) -> u64 {
        self.session.open_link(request(6)).unwrap();
        self.wait_for("LINK_OFFER", |event| match event {
            ClientEvent::LinkOffer { expires_in_ms, .. } => Some(*expires_in_ms),
            _ => None,
        })
    }
}

const fn failed(code: ErrorCode) -> Told {
    Told::Failed(Some(code))
}

/// The certificate that an account gives to another device.
fn certificate_of(owner: &Device, new: &Device) -> Vec<u8> {
    let terms = DeviceTerms {
        noise_key: *new.key.public(),
        signature_key: new.signer.verifying_key().to_bytes(),
        not_after_s: UnixS::new(unix_s() + 86_400).unwrap(),
    };
    sign_device(&owner.identity, owner.realm, &terms).unwrap()
}

fn is_gone(reason: &CloseReason, expected: ErrorCode) -> bool {
    matches!(reason, CloseReason::Received { code, .. } if *code == Code::from(expected))
}

#[test]
fn welcome_tells_profile_and_limits() {
    let server = TestServer::start(&["key_packages_max=7", "keys_low=3", "link_s=9"]);
    let mut alice = server.registered();
    let mut at_alice = alice.connect(Wire::tcp(server.tcp()));
    let welcome = at_alice.welcome();
    assert!(welcome.profiles.iter().any(|profile| profile.value() == 8));
    assert_eq!((welcome.limits.key_packages_max, welcome.limits.link_s), (7, 9));
}

#[test]
fn lists_are_a_chain_that_everybody_may_read() {
    let server = TestServer::start(&[]);
    let (mut alice, mut bob) = (server.registered(), server.registered());
    let (mut at_alice, mut at_bob) = (alice.open(Wire::tcp(server.tcp())), bob.open(Wire::tcp(server.tcp())));
    assert_eq!(at_bob.query(account(&alice)), failed(ErrorCode::UnknownAccount));
    let first = list(&alice, None, &[alice.id()]);
    assert_eq!(at_alice.publish(&first), Told::List(first.clone()));
    assert_eq!(at_alice.publish(&first), Told::List(first.clone()), "repeated");
    assert_eq!(at_bob.query(account(&alice)), Told::List(first.clone()));
    let another_first = list(&alice, None, &[alice.id(), alice.id()]);
    assert_eq!(at_alice.publish(&another_first), failed(ErrorCode::ListInvalid));
    assert_eq!(at_alice.publish(&list(&bob, None, &[bob.id()])), failed(ErrorCode::ListInvalid));
    let mut unsigned = list(&alice, Some(&first), &[alice.id()]);
    *unsigned.last_mut().unwrap() ^= 1;
    assert_eq!(at_alice.publish(&unsigned), failed(ErrorCode::ListInvalid));
    let second = list(&alice, Some(&first), &[alice.id()]);
    let third = list(&alice, Some(&second), &[alice.id()]);
    assert_eq!(at_alice.publish(&third), failed(ErrorCode::ListStale));
    // A query behind a list sees it.
    at_alice.session.publish_device_list(request(1), &second).unwrap();
    at_alice.session.query_device_list(request(2), account(&alice)).unwrap();
    assert_eq!([at_alice.told(), at_alice.told()], [Told::List(second.clone()), Told::List(second)]);
}

#[test]
fn keys_are_claimed_once_and_their_device_hears_that_few_are_left() {
    let server = TestServer::start(&["keys_low=1", "claims_per_target_per_h=5", "key_packages_max=4"]);
    let (mut alice, mut bob) = (server.registered(), server.registered());
    let (mut at_alice, mut at_bob) = (alice.open(Wire::tcp(server.tcp())), bob.open(Wire::tcp(server.tcp())));
    let first = list(&alice, None, &[alice.id()]);
    assert_eq!(at_alice.publish(&first), Told::List(first));
    assert_eq!(at_bob.claim_one(account(&alice)), (Vec::new(), Resort::OneTime));
    let packages: Vec<Vec<u8>> = (1..=3).map(|number| key_package(&alice, number, Resort::OneTime)).collect();
    let last = key_package(&alice, 9, Resort::Last);
    let stock = |left: &[Vec<u8>]| KeyStock {
        suite: SUITE,
        one_time_count: pinnace_wire::OneTimeCount::new(left.len() as u64).unwrap(),
        set_digest: set_digest(left),
        last_resort: HasLastResort::Yes,
    };
    assert_eq!(at_alice.leave_keys(&packages, Some(&last)), Told::Keys(vec![stock(&packages)]));
    for (index, package) in packages.iter().enumerate() {
        assert_eq!(at_bob.claim_one(account(&alice)), (package.clone(), Resort::OneTime), "{index}");
    }
    match at_alice.item() {
        ReceivedItem::KeysLow { mailbox_seq, suite, one_time_count } => {
            assert_eq!((mailbox_seq.value(), suite, one_time_count.value()), (1, SUITE, 1));
        }
        other => panic!("{other:?}"),
    }
    at_alice.ack(1);
    assert_eq!(at_bob.claim_one(account(&alice)), (last.clone(), Resort::Last));
    at_bob.session.claim(request(4), account(&alice), SUITE).unwrap();
    assert_eq!(at_bob.told(), Told::Rate);
    // What was taken stays taken.
    assert_eq!(at_alice.leave_keys(&packages, Some(&last)), Told::Keys(vec![stock(&[])]));
    let many: Vec<Vec<u8>> = (11..=15).map(|number| key_package(&alice, number, Resort::OneTime)).collect();
    assert_eq!(at_alice.leave_keys(&many, None), failed(ErrorCode::KeysFull));
    // Of another device, of last resort in the wrong place, of another account, no KeyPackage at all.
    let invalid = failed(ErrorCode::KeyPackageInvalid);
    assert_eq!(at_alice.leave_keys(&[key_package(&bob, 1, Resort::OneTime)], None), invalid);
    assert_eq!(at_alice.leave_keys(&[key_package(&alice, 21, Resort::Last)], None), invalid);
    assert_eq!(at_alice.leave_keys(&[], Some(&key_package(&alice, 22, Resort::OneTime))), invalid);
    let (identity, signer) = (bob.identity.clone(), alice.signer.clone());
    let claimed_by_bob = Device { identity, signer, key: alice.key.clone(), ..Device::new(alice.realm) };
    assert_eq!(at_alice.leave_keys(&[key_package(&claimed_by_bob, 23, Resort::OneTime)], None), invalid);
    assert_eq!(at_alice.leave_keys(&[many[0].clone(), vec![7]], None), invalid);
    assert_eq!(at_alice.leave_keys(&[], None), Told::Keys(vec![stock(&[])]));
    for (result, count) in [("one_time", 3.0), ("last_resort", 1.0), ("none", 1.0)] {
        let name = format!("pinnace_key_packages_claimed_total{{result=\"{result}\"}}");
        assert_eq!(metric(server.metrics(), &name).total_cmp(&count), core::cmp::Ordering::Equal, "{name}");
    }
}

#[test]
fn new_device_is_linked_and_later_left_out() {
    let server = TestServer::start(&[]);
    let mut alice = server.registered();
    let mut other = Device::new(server.realm());
    let mut at_alice = alice.open(Wire::tcp(server.tcp()));
    let first = list(&alice, None, &[alice.id()]);
    assert_eq!(at_alice.publish(&first), Told::List(first.clone()));
    let second = list(&alice, Some(&first), &[alice.id(), other.id()]);
    let certificate = certificate_of(&alice, &other);
    assert_eq!(at_alice.approve(&certificate, &second), failed(ErrorCode::LinkOver), "nobody asked");
    let mut waiting = other.open(Wire::tcp(server.tcp()));
    let expires_in_ms = waiting.open_link();
    assert!((1..=300_000).contains(&expires_in_ms), "{expires_in_ms}");
    let mut unsigned = second.clone();
    *unsigned.last_mut().unwrap() ^= 1;
    assert_eq!(at_alice.approve(&certificate, &unsigned), failed(ErrorCode::ListInvalid));
    let strange = certificate_of(&other, &other);
    assert_eq!(at_alice.approve(&strange, &unsigned), failed(ErrorCode::CertificateInvalid));
    assert_eq!(at_alice.approve(&certificate, &first), failed(ErrorCode::ListInvalid));
    assert_eq!(at_alice.approve(&certificate, &second), Told::List(second.clone()));
    assert_eq!(at_alice.approve(&certificate, &second), Told::List(second.clone()), "repeated");
    let registered = waiting.wait_for("REGISTERED", |event| match event {
        ClientEvent::Registered { account, device } => Some((*account, *device)),
        _ => None,
    });
    assert_eq!(registered, (account(&alice), other.id()));
    assert!(is_gone(&waiting.closed(), ErrorCode::Replaced));
    let mut linked = other.connect(Wire::tcp(server.tcp()));
    assert_eq!(linked.welcome().standing, Standing::Registered);
    linked.confirm();
    assert_eq!(linked.query(account(&alice)), Told::List(second.clone()));
    let third = list(&alice, Some(&second), &[alice.id()]);
    assert_eq!(at_alice.publish(&third), Told::List(third));
    assert!(is_gone(&linked.closed(), ErrorCode::DeviceGone));
}

#[test]
fn a_session_that_waits_without_asking_anew_is_told_too() {
    let server = TestServer::start(&[]);
    let mut alice = server.registered();
    let mut other = Device::new(server.realm());
    other.open(Wire::tcp(server.tcp())).open_link();
    // Another session of the same device: its offer stands.
    let mut waiting = other.open(Wire::tcp(server.tcp()));
    let mut at_alice = alice.open(Wire::tcp(server.tcp()));
    let first = list(&alice, None, &[alice.id(), other.id()]);
    let certificate = certificate_of(&alice, &other);
    assert_eq!(at_alice.approve(&certificate, &first), Told::List(first));
    waiting.wait_for("REGISTERED", |event| matches!(event, ClientEvent::Registered { .. }).then_some(()));
    assert!(is_gone(&waiting.closed(), ErrorCode::Replaced));
}

/// The real program, killed between each step and the next.
#[test]
fn lists_offers_and_keys_survive_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let program = Process::start(folder.path(), &[]);
    let realm = program.realm;
    let (mut alice, mut bob) = (Device::new(realm), Device::new(realm));
    for device in [&mut alice, &mut bob] {
        device.register(program.wire(), &folder.path().join("gateway.jsonl"));
    }
    let mut other = Device::new(realm);
    let mut at_alice = alice.open(program.wire());
    let first = list(&alice, None, &[alice.id()]);
    assert_eq!(at_alice.publish(&first), Told::List(first.clone()));
    let packages: Vec<Vec<u8>> = (1..=2).map(|number| key_package(&alice, number, Resort::OneTime)).collect();
    let stocked = at_alice.leave_keys(&packages, None);
    assert!(matches!(&stocked, Told::Keys(stocks) if stocks.len() == 1), "{stocked:?}");
    other.open(program.wire()).open_link();
    program.signal(Signal::KILL);
    program.end();

    let program = Process::start(folder.path(), &[]);
    let mut at_bob = bob.open(program.wire());
    assert_eq!(at_bob.query(account(&alice)), Told::List(first.clone()));
    assert_eq!(at_bob.claim_one(account(&alice)), (packages[0].clone(), Resort::OneTime));
    let mut at_alice = alice.open(program.wire());
    let second = list(&alice, Some(&first), &[alice.id(), other.id()]);
    assert_eq!(at_alice.approve(&certificate_of(&alice, &other), &second), Told::List(second.clone()));
    program.signal(Signal::KILL);
    program.end();

    let program = Process::start(folder.path(), &[]);
    assert_eq!(other.connect(program.wire()).welcome().standing, Standing::Registered);
    let mut at_alice = alice.open(program.wire());
    assert_eq!(at_alice.query(account(&alice)), Told::List(second));
    let Told::Keys(stocks) = at_alice.leave_keys(&packages, None) else { panic!("no KEYS") };
    assert_eq!((stocks[0].one_time_count.value(), stocks[0].set_digest), (1, set_digest(&packages[1..])));
}
