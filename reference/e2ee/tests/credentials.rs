//! Who is taken for a device, and who is not.
#![expect(clippy::unwrap_used, reason = "a test says what is missing by failing")]

mod world;

use pinnace_e2ee::{
    Breach, CertificateError, Creation, Credentials, Device, Error, Identity, KEY_PACKAGE_S_MAX, Life,
    Memory, Mls as _, Suite,
};
use pinnace_session::RealmId;
use pinnace_session::certificate::{DeviceCertificateError, check_device};
use pinnace_session::noise::PublicKey;
use world::{ALL, DAY_S, NOW_S, REALM, certificate, seed, side};

const LATER_S: u64 = NOW_S + DAY_S;

fn new(certificate: &[u8], seed: &[u8], credentials: Credentials) -> Result<Device, Error> {
    Device::new(Identity::new(certificate, seed), credentials)
}

#[test]
fn certificate_holds_for_its_realm_and_its_key() {
    let octets = certificate(1, 2, LATER_S);
    assert!(new(&octets, &seed(2), ALL).is_ok());
    let elsewhere = Credentials::Certified { realm: [8; 32] };
    let found = new(&octets, &seed(2), elsewhere);
    assert!(matches!(found, Err(Error::Certificate(CertificateError::BadSignature))));
    assert!(matches!(new(&octets, &seed(3), ALL), Err(Error::Certificate(CertificateError::OtherKey))));
    assert!(matches!(new(&octets, &seed(2)[..31], ALL), Err(Error::BadSignatureKey)));
}

/// The session's check is another implementation of the same rules: both say the same of every bent octet.
#[test]
fn each_bent_octet_is_judged_as_the_secure_channel_judges_it() {
    let octets = certificate(1, 2, LATER_S);
    let mut refused = 0;
    for index in 0..octets.len() {
        let mut bent = octets.clone();
        bent[index] ^= 0x10;
        let at_session = check_device(RealmId(REALM), &bent, &PublicKey([2; 32]), NOW_S);
        let here = new(&bent, &seed(2), ALL);
        let agree = match (&at_session, &here) {
            (
                Err(DeviceCertificateError::Malformed(theirs)),
                Err(Error::Certificate(CertificateError::Malformed(ours))),
            ) => theirs == ours,
            (
                Err(DeviceCertificateError::BadSignature),
                Err(Error::Certificate(CertificateError::BadSignature)),
            ) => true,
            _ => false,
        };
        assert!(agree, "octet {index}: {at_session:?}, {here:?}");
        refused += 1;
    }
    assert_eq!(refused, octets.len());
}

#[test]
fn identifiers_that_are_not_derived_are_refused_though_they_are_signed() {
    use pinnace_session::ed25519::SigningKey;
    use pinnace_session::label::Label;
    use pinnace_wire::DeviceCertificate;
    let octets = certificate(1, 2, LATER_S);
    // The device id stands behind version and identity key, the account behind three keys.
    for place in [33, 113] {
        let mut bent = octets.clone();
        bent[place] ^= 1;
        let signed = bent.len() - 64;
        let part = [REALM.as_slice(), &bent[..signed]].concat();
        let signature = SigningKey::from_seed(&[1; 32]).sign(Label::new(DeviceCertificate::LABEL), &part);
        bent[signed..].copy_from_slice(&signature);
        let found = new(&bent, &seed(2), ALL);
        assert!(matches!(found, Err(Error::Certificate(CertificateError::NotDerived))), "{place}: {found:?}");
    }
}

/// What a device says of a KeyPackage that it is to add.
fn add(key_package: &[u8], now_s: u64) -> Error {
    let alice = side(1, 1);
    let creation =
        Creation { group: b"group", suite: Suite::AES_128, extensions: &[], add: &[key_package], aad: b"" };
    alice.device.create(&alice.store, &creation, now_s).unwrap_err()
}

fn key_package(device: &Device, suite: Suite, now_s: u64) -> Vec<u8> {
    let life = Life { now_s, for_s: DAY_S };
    Memory::default().take(device.key_packages(suite, 1, life).unwrap()).remove(0).octets
}

#[test]
fn only_a_key_package_that_holds_now_is_added() {
    let bob = new(&certificate(2, 2, LATER_S), &seed(2), ALL).unwrap();
    let good = key_package(&bob, Suite::AES_128, NOW_S);
    let over = add(&good, LATER_S + 1);
    assert!(matches!(over, Error::Certificate(CertificateError::Expired)), "{over:?}");
    let long = new(&certificate(2, 2, NOW_S + 900 * DAY_S), &seed(2), ALL).unwrap();
    let over = add(&key_package(&long, Suite::AES_128, NOW_S), LATER_S + 1);
    assert!(matches!(over, Error::Expired { .. }), "{over:?}");
    let early = add(&key_package(&long, Suite::AES_128, NOW_S + 2 * DAY_S), NOW_S);
    assert!(matches!(early, Error::Expired { .. }), "{early:?}");
    let far = add(&key_package(&long, Suite::AES_128, NOW_S + 200 * DAY_S), NOW_S);
    assert!(matches!(far, Error::NotInProfile(Breach::LivesTooLong)), "{far:?}");
    let other = add(&key_package(&long, Suite::CHACHA_20, NOW_S), NOW_S);
    assert!(matches!(other, Error::Refused(_)), "{other:?}");
    let mut bent = good.clone();
    *bent.last_mut().unwrap() ^= 1;
    assert!(matches!(add(&bent, NOW_S), Error::Refused(_)));
    assert!(matches!(add(&good[..good.len() - 1], NOW_S), Error::Malformed));
    let nobody = new(b"nobody", &seed(2), Credentials::Unchecked).unwrap();
    let found = add(&key_package(&nobody, Suite::AES_128, NOW_S), NOW_S);
    assert!(matches!(found, Error::Certificate(CertificateError::Malformed(_))), "{found:?}");
    let thief = new(&certificate(2, 2, LATER_S), &seed(3), Credentials::Unchecked).unwrap();
    let found = add(&key_package(&thief, Suite::AES_128, NOW_S), NOW_S);
    assert!(matches!(found, Error::Certificate(CertificateError::OtherKey)), "{found:?}");
}

#[test]
fn key_packages_are_made_within_the_profile() {
    let bob = new(&certificate(2, 2, LATER_S), &seed(2), ALL).unwrap();
    let long = bob.key_packages(Suite::AES_128, 1, Life { now_s: NOW_S, for_s: KEY_PACKAGE_S_MAX + 1 });
    assert!(matches!(long, Err(Error::LivesTooLong { max_s: KEY_PACKAGE_S_MAX })));
    let other = bob.last_resort(Suite(2), Life { now_s: NOW_S, for_s: 1 });
    assert!(matches!(other, Err(Error::NotInProfile(Breach::Suite))));
    let over = bob.key_packages(Suite::AES_128, 1, Life { now_s: LATER_S + 1, for_s: 1 });
    assert!(matches!(over, Err(Error::Certificate(CertificateError::Expired))));
    let change = bob.key_packages(Suite::CHACHA_20, 3, Life { now_s: NOW_S, for_s: DAY_S }).unwrap();
    let mut store = Memory::default();
    let made = store.take(change);
    assert_eq!((made.len(), store.row_count()), (3, 3));
    assert!(made.iter().all(|made| made.not_after_s == NOW_S + DAY_S && made.octets[..4] == [0, 1, 0, 3]));
}

#[test]
fn secrets_do_not_show() {
    let shown =
        format!("{:?}", new(&certificate(2, 2, LATER_S), &[0x5a; 32], Credentials::Unchecked).unwrap());
    assert!(!shown.contains("90, 90"), "{shown}");
}
