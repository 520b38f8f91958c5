//! Requests and their answers: device lists, linking, the key directory.

use core::iter;

use pinnace_session::certificate::DeviceCertificateError;
use pinnace_session::client::{ClientEvent, ReceivedItem};
use pinnace_session::device_list::{DeviceListError, check_list, list_digest};
use pinnace_session::ed25519::SigningKey;
use pinnace_session::key_package::{KeyPackageError, KeyPackageRules, check_key_package};
use pinnace_session::noise::StaticSecret;
use pinnace_session::server::{ClaimedKey, Item, Reply, Request, RequestTicket, ServerEvent};
use pinnace_session::{Acked, CloseReason, KeyStock, RealmId, Resort, Scratch, account_id};
use pinnace_wire::{
    AccountId, Code, DeviceEntry, ErrorCode, FrameCode, FrameType, HasLastResort, ListVersion, MailboxMark,
    MlsSuite, OneTimeCount, Subject,
};

use crate::support::*;

/// The requests that the server was asked since the last time.
fn asked(pair: &mut Pair) -> Vec<(RequestTicket, Request)> {
    let events = pair.told_server.drain(..);
    let requests = events.filter_map(|event| {
        if let ServerEvent::Request { ticket, request } = event { Some((ticket, request)) } else { None }
    });
    requests.collect()
}

fn open() -> Pair {
    let mut pair = Pair::open(0);
    pair.told_client.clear();
    pair.told_server.clear();
    pair
}

/// What the client is told when it asks so, and is answered so.
#[track_caller]
fn check(ask: impl FnOnce(&mut Pair), expected: &Request, reply: Reply, told: &[ClientEvent]) {
    let mut pair = open();
    ask(&mut pair);
    pair.run();
    let asked = asked(&mut pair);
    let heard: Vec<&Request> = asked.iter().map(|(_, request)| request).collect();
    assert_eq!(heard, [expected]);
    pair.server.on_reply(asked[0].0, reply);
    pair.run();
    assert_eq!(pair.told_client, told);
}

#[test]
fn devices_are_told() {
    let devices = vec![DeviceEntry { device: this_device(), registered_s: unix(1), not_after_s: unix(2) }];
    let told = ClientEvent::Devices { request: request(77), devices: devices.clone() };
    let ask = |pair: &mut Pair| pair.client.query_devices(request(77)).unwrap();
    check(ask, &Request::Devices, Reply::Devices(devices), &[told]);
}

#[test]
fn list_is_published_and_told_octet_by_octet() {
    let list = list_of(&[this_device()]);
    let ask = |pair: &mut Pair| pair.client.publish_device_list(request(7), &list).unwrap();
    let expected = Request::PublishDeviceList { list: list.clone() };
    let told = ClientEvent::DeviceList { request: request(7), list: list.clone() };
    check(ask, &expected, Reply::DeviceList(list.clone()), &[told]);
}

#[test]
fn list_of_another_account_is_asked_for() {
    let (list, account) = (list_of(&[other_device(3)]), AccountId::new([9; 16]));
    let ask = |pair: &mut Pair| pair.client.query_device_list(request(0), account).unwrap();
    let told = ClientEvent::DeviceList { request: request(0), list: list.clone() };
    check(ask, &Request::DeviceList { account }, Reply::DeviceList(list), &[told]);
}

#[test]
fn approval_brings_certificate_and_list() {
    let list = list_of(&[this_device(), other_device(0xff)]);
    let certificate = certificate_for(&StaticSecret::from_bytes([8; 32]), UNIX_S + 10);
    let ask = |pair: &mut Pair| pair.client.approve_link(request(1), &certificate, &list).unwrap();
    let expected = Request::ApproveLink { certificate: certificate.clone(), list: list.clone() };
    let told = ClientEvent::DeviceList { request: request(1), list: list.clone() };
    check(ask, &expected, Reply::DeviceList(list.clone()), &[told]);
}

#[test]
fn keys_are_published_and_the_stock_is_told() {
    let stock = KeyStock {
        suite: MlsSuite::AES128GCM,
        one_time_count: OneTimeCount::new(2).unwrap(),
        set_digest: [7; 32],
        last_resort: HasLastResort::Yes,
    };
    let ask =
        |pair: &mut Pair| pair.client.publish_keys(request(5), &[b"one", b"two"], Some(b"three")).unwrap();
    let (key_packages, last_resort) = (vec![b"one".to_vec(), b"two".to_vec()], Some(b"three".to_vec()));
    let expected = Request::PublishKeys { key_packages, last_resort };
    let told = ClientEvent::Keys { request: request(5), stocks: vec![stock] };
    check(ask, &expected, Reply::Keys(vec![stock]), &[told]);
}

#[test]
fn claim_is_answered_by_the_list_and_a_key_package_for_each_device() {
    let (account, suite) = (AccountId::new([9; 16]), MlsSuite::CHACHA20POLY1305);
    let list = list_of(&[other_device(1), other_device(2)]);
    let claimed = |number, resort, key_package: &[u8]| ClaimedKey {
        device: other_device(number),
        key_package: key_package.to_vec(),
        resort,
    };
    let key_packages = vec![claimed(1, Resort::Last, b"package"), claimed(2, Resort::OneTime, b"")];
    let told = |number, left, resort, key_package: &[u8]| ClientEvent::Claimed {
        request: request(6),
        device: other_device(number),
        left,
        key_package: key_package.to_vec(),
        resort,
    };
    let all = [
        ClientEvent::DeviceList { request: request(6), list: list.clone() },
        told(1, 1, Resort::Last, b"package"),
        told(2, 0, Resort::OneTime, b""),
    ];
    let ask = |pair: &mut Pair| pair.client.claim(request(6), account, suite).unwrap();
    check(ask, &Request::Claim { account, suite }, Reply::Claimed { list, key_packages }, &all);
}

#[test]
fn refusals_name_frame_and_request() {
    let (account, suite) = (AccountId::new([9; 16]), MlsSuite::AES128GCM);
    let ask = |pair: &mut Pair| pair.client.claim(request(6), account, suite).unwrap();
    let code = FrameCode::new(ErrorCode::UnknownAccount.code().value()).unwrap();
    let (frame_type, subject) = (FrameType::CLAIM, Subject::new(6).unwrap());
    let failed = ClientEvent::Failed { frame_type, subject, code, retry_after_ms: Some(500) };
    let expected = Request::Claim { account, suite };
    check(ask, &expected, Reply::Failed { code, retry_after_ms: Some(500) }, &[failed]);
    let rate = ClientEvent::Rate { frame_type, subject, retry_after_ms: 70 };
    check(ask, &expected, Reply::Rate { retry_after_ms: 70 }, &[rate]);
}

#[test]
fn one_request_is_asked_for_after_the_other() {
    let mut pair = open();
    pair.client.query_devices(request(1)).unwrap();
    pair.client.query_device_list(request(2), AccountId::new([9; 16])).unwrap();
    pair.run();
    let first = asked(&mut pair);
    let [(first, Request::Devices)] = first.as_slice() else { panic!("{first:?}") };
    let list = list_of(&[this_device()]);
    pair.server.on_reply(*first, Reply::Devices(Vec::new()));
    // Answered already.
    pair.server.on_reply(*first, Reply::DeviceList(list.clone()));
    pair.run();
    let devices = ClientEvent::Devices { request: request(1), devices: Vec::new() };
    assert_eq!(pair.told_client, [devices]);
    let second = asked(&mut pair);
    let [(second, Request::DeviceList { .. })] = second.as_slice() else { panic!("{second:?}") };
    pair.server.on_reply(*second, Reply::DeviceList(list.clone()));
    pair.run();
    assert_eq!(pair.told_client.back(), Some(&ClientEvent::DeviceList { request: request(2), list }));
}

/// Eight may be unanswered; what stands behind them waits, whatever it is.
#[test]
fn frames_wait_behind_eight_requests() {
    let mut pair = open();
    for id in 1..=9 {
        pair.client.query_devices(request(id)).unwrap();
    }
    pair.client.ping();
    pair.run();
    let mut answered = 0;
    while let [(ticket, _)] = asked(&mut pair).as_slice() {
        // The ninth stands behind the eighth until one is answered.
        assert_eq!(pair.server.wants_record(), answered > 1, "{answered} answered");
        pair.server.on_reply(*ticket, Reply::Devices(Vec::new()));
        answered += 1;
        pair.run();
    }
    assert_eq!((answered, pair.told_client.len()), (9, 9));
}

/// An answer to a claim may be long: those for which there is no room yet are not asked for.
#[test]
fn requests_wait_for_room_for_their_answers() {
    let (mut server, mut peer) = welcomed_by_hand(server_config());
    let claims = frame_event("CLAIM").repeat(1_000);
    server.on_record(&seal(&mut peer, &claims), &mut Scratch::new(), START).unwrap();
    let list = list_of(&(0..64).map(other_device).collect::<Vec<_>>());
    let keys = (0..64).map(|number| ClaimedKey {
        device: other_device(number),
        key_package: vec![1; 3_072],
        resort: Resort::OneTime,
    });
    let keys: Vec<ClaimedKey> = keys.collect();
    let (mut answered, mut most) = (0, 0);
    let mut record = Vec::new();
    loop {
        let tickets: Vec<RequestTicket> = iter::from_fn(|| server.poll_event())
            .filter_map(
                |event| if let ServerEvent::Request { ticket, .. } = event { Some(ticket) } else { None },
            )
            .collect();
        for ticket in &tickets {
            server.on_reply(*ticket, Reply::Claimed { list: list.clone(), key_packages: keys.clone() });
        }
        answered += tickets.len();
        most = most.max(server.backlog_len());
        record.clear();
        let Some(len) = server.poll_transmit(&mut record) else { break };
        assert!(len <= 65_535, "{len}");
    }
    assert_eq!((answered, server.wants_record()), (1_000, true));
    assert!(most < 512 * 1024, "{most}");
}

#[test]
fn unregistered_device_is_offered_and_linked() {
    let mut pair = Pair::unregistered();
    pair.client.open_link(request(4)).unwrap();
    pair.run();
    let asked = asked(&mut pair);
    let [(ticket, Request::OpenLink)] = asked.as_slice() else { panic!("{asked:?}") };
    pair.server.on_reply(*ticket, Reply::LinkOffer { expires_in_ms: 300_000 });
    pair.run();
    let account = AccountId::new([9; 16]);
    pair.server.on_linked(account, this_device());
    pair.run();
    let closed = ClientEvent::Closed(CloseReason::Received {
        code: Code::from(ErrorCode::Replaced),
        retry_after_ms: None,
        hello_counter: None,
    });
    let told = [
        ClientEvent::LinkOffer { request: request(4), expires_in_ms: 300_000 },
        ClientEvent::Registered { account, device: this_device() },
        closed,
    ];
    assert_eq!(pair.told_client, told);
}

#[test]
fn registered_device_is_not_linked() {
    let mut pair = open();
    pair.server.on_linked(AccountId::new([9; 16]), this_device());
    pair.run();
    assert!(pair.told_client.is_empty());
    assert!(pair.client.open_link(request(4)).is_err());
}

#[test]
fn keys_low_is_an_item() {
    let mut pair = open();
    let (suite, one_time_count) = (MlsSuite::AES128GCM, OneTimeCount::new(10).unwrap());
    let mailbox_seq = mailbox_seq(1);
    let before = pair.server.delivery_budget();
    pair.server.push_item(&Item::KeysLow { mailbox_seq, suite, one_time_count }).unwrap();
    assert_eq!(pair.server.delivery_budget().count, before.count - 1);
    pair.run();
    let item = ReceivedItem::KeysLow { mailbox_seq, suite, one_time_count };
    assert_eq!(pair.told_client, [ClientEvent::Item(item)]);
    let acked = Acked::up_to(MailboxMark::new(1).unwrap());
    pair.client.ack(&acked).unwrap();
    pair.run();
    assert_eq!(pair.told_server.back(), Some(&ServerEvent::Ack(acked)));
}

#[test]
fn lists_are_judged() {
    let list = list_of(&[this_device(), other_device(0xff)]);
    let checked = check_list(realm(), &list).unwrap();
    assert_eq!(checked.account, account_id(&identity().verifying_key().to_bytes()));
    assert_eq!((checked.list_version, checked.previous), (ListVersion::FIRST, [0; 32]));
    assert_eq!(checked.devices, [this_device(), other_device(0xff)]);
    for index in 1..list.len() {
        let mut bad = list.clone();
        bad[index] ^= 1;
        assert!(check_list(realm(), &bad).is_err(), "octet {index}");
    }
    assert_eq!(check_list(RealmId([1; 32]), &list), Err(DeviceListError::BadSignature));
    assert!(matches!(check_list(realm(), &list[1..]), Err(DeviceListError::Malformed(_))));
    assert_ne!(list_digest(&list), list_digest(&list_of(&[this_device()])));
}

#[track_caller]
fn judged(change: impl FnOnce(&mut Package), expected: Result<Resort, KeyPackageError>) {
    let mut package = Package::sound();
    change(&mut package);
    let rules = KeyPackageRules::new(realm(), UNIX_S);
    let found = check_key_package(&rules, &package.octets());
    assert_eq!(found.map(|checked| checked.resort), expected);
}

#[test]
fn sound_key_packages_hold() {
    let rules = KeyPackageRules::new(realm(), UNIX_S);
    let checked = check_key_package(&rules, &Package::sound().octets()).unwrap();
    assert_eq!((checked.suite, checked.device), (MlsSuite::AES128GCM, this_device()));
    assert_eq!(checked.account, account_id(&identity().verifying_key().to_bytes()));
    assert_eq!(checked.not_after_s, UNIX_S + 86_400);
    judged(|package| package.suite = 3, Ok(Resort::OneTime));
    judged(|package| package.extensions = vec![7, 0x000a], Ok(Resort::Last));
    judged(|package| package.lifetime.0 = UNIX_S + 3_600, Ok(Resort::OneTime));
    judged(|package| package.lifetime.1 = UNIX_S + 7_776_000, Ok(Resort::OneTime));
}

#[test]
fn each_line_of_the_key_package_rules_is_judged() {
    use KeyPackageError as E;
    let stranger = || SigningKey::from_seed(&[77; 32]);
    for suite in [2, 4, 7] {
        judged(|package| package.suite = suite, Err(E::OtherSuite));
    }
    for len in [0, 31, 33] {
        judged(|package| package.init_key = vec![1; len], Err(E::BadKey));
        judged(|package| package.encryption_key = vec![2; len], Err(E::BadKey));
    }
    judged(|package| package.init_key = vec![2; 32], Err(E::BadKey));
    let certificate = |error| Err(E::Certificate(error));
    let over = certificate_for(&device(), UNIX_S - 1);
    judged(|package| package.identity = over, certificate(DeviceCertificateError::Expired));
    judged(|package| package.identity[100] ^= 1, certificate(DeviceCertificateError::BadSignature));
    judged(
        |package| package.signature_key = stranger().verifying_key().to_bytes().to_vec(),
        Err(E::OtherSignatureKey),
    );
    judged(|package| package.lifetime.0 = UNIX_S + 3_601, Err(E::NotNow));
    judged(|package| package.lifetime.1 = UNIX_S, Err(E::NotNow));
    judged(|package| package.lifetime.1 = UNIX_S + 7_776_001, Err(E::NotNow));
    judged(|package| package.signers[0] = stranger(), Err(E::BadLeafSignature));
    judged(|package| package.signers[1] = stranger(), Err(E::BadSignature));
}

#[test]
fn key_package_of_other_octets_does_not_hold() {
    let rules = KeyPackageRules::new(realm(), UNIX_S);
    let is_malformed =
        |octets: &[u8]| matches!(check_key_package(&rules, octets), Err(KeyPackageError::Malformed(_)));
    let sound = Package::sound();
    for other in [
        Package { version: 2, ..sound.clone() },
        Package { suite: 0, ..sound.clone() },
        Package { credential: 2, ..sound.clone() },
        Package { source: 2, ..sound.clone() },
    ] {
        assert!(is_malformed(&other.octets()));
    }
    let sound = sound.octets();
    for len in 0..sound.len() {
        assert!(is_malformed(&sound[..len]), "{len} octets");
    }
    assert!(is_malformed(&[sound.as_slice(), &[0]].concat()));
    for index in 0..sound.len() {
        let mut bad = sound.clone();
        bad[index] ^= 1;
        assert!(check_key_package(&rules, &bad).is_err(), "octet {index}");
    }
}
