//! What makes certificates hold: who signed them, for whom, and when.

use pinnace_session::certificate::{
    DeviceCertificateError, DeviceTerms, EdgeCertificateError, EdgeTerms, EdgeValidity, Trust, check_device,
    sign_device, sign_edge, sign_successor,
};
use pinnace_session::ed25519::SigningKey;
use pinnace_session::noise::StaticSecret;
use pinnace_session::{RealmId, account_id};
use pinnace_wire::{EdgeCertificate, RootSuccessor, limits};

use crate::support::*;

const DAY_S: u64 = 86_400;

fn other_key() -> SigningKey {
    SigningKey::from_seed(&[9; 32])
}

/// Judges a certificate of these terms at that second.
fn edge_at(not_before_s: u64, not_after_s: u64, now_s: u64) -> Result<EdgeValidity, EdgeCertificateError> {
    let octets = certificate_of(&edge(), not_before_s, not_after_s);
    Trust::genesis(realm()).check_edge(&EdgeCertificate::decode(&octets).unwrap(), edge().public(), now_s)
}

#[test]
fn an_edge_certificate_holds_from_its_first_second_to_its_last() {
    let (first, last) = (UNIX_S, UNIX_S + DAY_S);
    let holds = Ok(EdgeValidity { not_before_s: first, not_after_s: last });
    let expected = [
        (first - 1, Err(EdgeCertificateError::NotNow)),
        (first, holds),
        (first + 1, holds),
        (last - 1, holds),
        (last, holds),
        (last + 1, Err(EdgeCertificateError::NotNow)),
    ];
    for (now_s, judged) in expected {
        assert_eq!(edge_at(first, last, now_s), judged, "{now_s}");
    }
}

#[test]
fn an_edge_certificate_lives_no_longer_than_it_may() {
    let longest_s = limits::EDGE_CERTIFICATE_S.max;
    assert!(edge_at(UNIX_S, UNIX_S + longest_s, UNIX_S).is_ok());
    assert_eq!(edge_at(UNIX_S, UNIX_S + longest_s + 1, UNIX_S), Err(EdgeCertificateError::LivesTooLong));
}

#[test]
fn an_edge_certificate_is_for_one_edge_of_one_realm_and_by_a_known_root() {
    let octets = certificate_of(&edge(), UNIX_S, UNIX_S + DAY_S);
    let certificate = EdgeCertificate::decode(&octets).unwrap();
    let other_edge = StaticSecret::from_bytes([8; 32]);
    let genesis = Trust::genesis(realm());
    assert_eq!(
        genesis.check_edge(&certificate, other_edge.public(), UNIX_S),
        Err(EdgeCertificateError::OtherEdge)
    );
    let terms = EdgeTerms {
        edge_key: *edge().public(),
        region: "eu",
        not_before_s: unix(UNIX_S),
        not_after_s: unix(UNIX_S + DAY_S),
    };
    let next = other_key();
    let octets_of_next = sign_edge(&next, realm(), &terms).unwrap();
    let of_next = EdgeCertificate::decode(&octets_of_next).unwrap();
    let unknown = Err(EdgeCertificateError::UnknownRoot);
    assert_eq!(genesis.check_edge(&of_next, edge().public(), UNIX_S), unknown);
    let succeeded = Trust { successor: Some(next.verifying_key().to_bytes()), ..genesis };
    for known in [&certificate, &of_next] {
        assert!(succeeded.check_edge(known, edge().public(), UNIX_S).is_ok());
    }
    let elsewhere = Trust { realm: RealmId([7; 32]), ..genesis };
    let badly_signed = Err(EdgeCertificateError::BadSignature);
    assert_eq!(elsewhere.check_edge(&certificate, edge().public(), UNIX_S), badly_signed);
}

#[test]
fn a_successor_is_announced_by_a_known_root_and_is_news_once() {
    let (next, from_s) = (other_key(), UNIX_S + DAY_S);
    let next_key = next.verifying_key().to_bytes();
    let genesis = Trust::genesis(realm());
    let octets = sign_successor(&root(), realm(), &next.verifying_key(), unix(from_s)).unwrap();
    let announced = RootSuccessor::decode(&octets).unwrap();
    assert_eq!(genesis.check_successor(&announced), Some((next_key, from_s)));
    let known = Trust { successor: Some(next_key), ..genesis };
    assert_eq!(known.check_successor(&announced), None);
    let octets = sign_successor(&next, realm(), &next.verifying_key(), unix(from_s)).unwrap();
    let by_itself = RootSuccessor::decode(&octets).unwrap();
    assert_eq!(genesis.check_successor(&by_itself), None);
    let octets = sign_successor(&root(), realm(), &root().verifying_key(), unix(from_s)).unwrap();
    let of_itself = RootSuccessor::decode(&octets).unwrap();
    assert_eq!(genesis.check_successor(&of_itself), None);
}

#[test]
fn a_device_certificate_holds_up_to_its_last_second_for_one_key() {
    let identity = other_key();
    let terms =
        DeviceTerms { noise_key: *device().public(), signature_key: [5; 32], not_after_s: unix(UNIX_S) };
    let octets = sign_device(&identity, realm(), &terms).unwrap();
    let judged = |key: &StaticSecret, now_s| check_device(realm(), &octets, key.public(), now_s);
    let checked = judged(&device(), UNIX_S).unwrap();
    let identity_key = identity.verifying_key().to_bytes();
    assert_eq!((checked.account, checked.device), (account_id(&identity_key), this_device()));
    assert_eq!((checked.identity_key, checked.not_after_s), (identity_key, UNIX_S));
    assert!(judged(&device(), 0).is_ok());
    assert_eq!(judged(&device(), UNIX_S + 1), Err(DeviceCertificateError::Expired));
    assert_eq!(judged(&edge(), UNIX_S), Err(DeviceCertificateError::OtherKey));
    let elsewhere = check_device(RealmId([7; 32]), &octets, device().public(), UNIX_S);
    assert_eq!(elsewhere, Err(DeviceCertificateError::BadSignature));
}
