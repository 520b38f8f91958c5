//! Members of another make, who do what MLS allows and the profile does not.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what is missing by failing")]

mod world;

use mls_rs::client_builder::MlsConfig;
use mls_rs::identity::SigningIdentity;
use mls_rs::identity::basic::{BasicCredential, BasicIdentityProvider};
use mls_rs::mls_rules::{DefaultMlsRules, EncryptionOptions};
use mls_rs::psk::{ExternalPskId, PreSharedKey};
use mls_rs::{CipherSuite, Client, ExtensionList, Group, MlsMessage};
use mls_rs_crypto_rustcrypto::RustCryptoProvider;
use pinnace_e2ee::{
    Breach, CertificateError, Creation, Credentials, Device, Error, Event, Identity, Life, Memory, Mls as _,
    Suite,
};
use pinnace_session::ed25519::SigningKey;
use world::{DAY_S, NOW_S, Side, certificate, seed, side};

const GROUP: &[u8] = b"conversation id.";

fn stranger(account: u8, number: u8, rules: DefaultMlsRules) -> Client<impl MlsConfig> {
    let public = SigningKey::from_seed(&seed(number)).verifying_key().to_bytes();
    let pair = [seed(number), public].concat();
    let credential = BasicCredential::new(certificate(account, number, NOW_S + DAY_S)).into_credential();
    Client::builder()
        .crypto_provider(RustCryptoProvider::new())
        .identity_provider(BasicIdentityProvider::new())
        .mls_rules(rules)
        .psk(ExternalPskId::new(b"psk".to_vec()), PreSharedKey::new(b"secret".to_vec()))
        .signing_identity(
            SigningIdentity::new(credential, public.to_vec().into()),
            pair.into(),
            CipherSuite::CURVE25519_AES128,
        )
        .build()
}

fn encrypted() -> DefaultMlsRules {
    let mut options = EncryptionOptions::default();
    options.encrypt_control_messages = true;
    DefaultMlsRules::new().with_encryption_options(options)
}

/// Alice's group, which a stranger of account 2 has joined.
fn joined(rules: DefaultMlsRules) -> (Side, Group<impl MlsConfig>) {
    let mut alice = side(1, 1);
    let client = stranger(2, 2, rules);
    let now = mls_rs::time::MlsTime::from(NOW_S);
    let none = ExtensionList::new;
    let message = client.generate_key_package_message(none(), none(), Some(now)).unwrap();
    let octets = message.to_bytes().unwrap();
    let life = alice.device.create(
        &alice.store,
        &Creation { group: GROUP, suite: Suite::AES_128, extensions: &[], add: &[&octets[4..]], aad: b"" },
        NOW_S,
    );
    // A life of a year is beyond the profile already.
    assert!(matches!(life, Err(Error::NotInProfile(Breach::LivesTooLong))));
    let client = client.to_builder(None).key_package_lifetime(core::time::Duration::from_secs(DAY_S)).build();
    let message = client.generate_key_package_message(none(), none(), Some(now)).unwrap();
    let octets = message.to_bytes().unwrap();
    let made = alice.create(GROUP, Suite::AES_128, &[&octets[4..]]);
    alice.confirm(GROUP);
    let welcome = MlsMessage::from_bytes(made.welcome.as_ref().unwrap()).unwrap();
    let (group, _) = client.join_group(None, &welcome, None).unwrap();
    (alice, group)
}

/// Alice refuses, and is where she was.
#[track_caller]
fn check(alice: &mut Side, message: &MlsMessage, breach: Breach) {
    let found = alice.hear(GROUP, &message.to_bytes().unwrap());
    assert!(matches!(&found, Err(Error::NotInProfile(found)) if *found == breach), "{found:?}");
    assert_eq!(alice.epoch(GROUP), 1);
}

#[test]
fn commit_in_the_clear_is_refused_and_its_encrypted_twin_is_taken() {
    let (mut alice, mut group) = joined(DefaultMlsRules::new());
    let commit = group.commit(Vec::new()).unwrap();
    check(&mut alice, &commit.commit_message, Breach::PublicHandshake);
    let (mut alice, mut group) = joined(encrypted());
    let commit = group.commit(Vec::new()).unwrap().commit_message.to_bytes().unwrap();
    assert!(matches!(alice.hear(GROUP, &commit), Ok(Event::Committed(_))));
}

#[test]
fn proposal_on_its_own_is_refused_and_so_stops_nobody_from_talking() {
    let (mut alice, mut group) = joined(encrypted());
    let proposal = group.propose_remove(0, Vec::new()).unwrap();
    check(&mut alice, &proposal, Breach::ProposalByReference);
    alice.say(GROUP, b"still here", b"");
}

#[test]
fn pre_shared_key_and_reinitialisation_are_refused() {
    let (mut alice, mut group) = joined(encrypted());
    let psk = group.commit_builder().add_external_psk(ExternalPskId::new(b"psk".to_vec())).unwrap();
    check(&mut alice, &psk.build().unwrap().commit_message, Breach::ProposalType);
    let (mut alice, mut group) = joined(encrypted());
    let version = group.protocol_version();
    let suite = group.cipher_suite();
    let reinit = group.commit_builder().reinit(None, version, suite, ExtensionList::new()).unwrap();
    check(&mut alice, &reinit.build().unwrap().commit_message, Breach::ProposalType);
}

#[test]
fn external_commit_of_another_account_is_refused_and_of_a_members_account_taken() {
    for (account, is_taken) in [(2, true), (3, false)] {
        let (mut alice, _) = joined(encrypted());
        let info = MlsMessage::from_bytes(&alice.device.group_info(&alice.store, GROUP).unwrap()).unwrap();
        let (_, commit) = stranger(account, 7, encrypted()).commit_external(info).unwrap();
        if is_taken {
            assert!(matches!(alice.hear(GROUP, &commit.to_bytes().unwrap()), Ok(Event::Committed(_))));
        } else {
            check(&mut alice, &commit, Breach::AccountOutside);
        }
    }
}

#[test]
fn nobody_without_a_certificate_is_in_a_group() {
    let (mut alice, mut group) = joined(encrypted());
    let nobody = Device::new(Identity::new(b"nobody", &seed(7)), Credentials::Unchecked).unwrap();
    let life = Life { now_s: NOW_S, for_s: DAY_S };
    let keys = Memory::default().take(nobody.key_packages(Suite::AES_128, 1, life).unwrap()).remove(0);
    let message = MlsMessage::from_bytes(&[&[0, 1, 0, 5], keys.octets.as_slice()].concat()).unwrap();
    let builder = group.commit_builder().commit_time(mls_rs::time::MlsTime::from(NOW_S));
    let commit = builder.add_member(message).unwrap().build().unwrap().commit_message.to_bytes().unwrap();
    assert!(matches!(alice.hear(GROUP, &commit), Err(Error::Certificate(CertificateError::Malformed(_)))));
    assert_eq!(alice.epoch(GROUP), 1);

    let mut at_nobody = Memory::default();
    let keys = alice.key_package(Suite::AES_128);
    let creation =
        Creation { group: b"trap", suite: Suite::AES_128, extensions: &[], add: &[&keys], aad: b"" };
    let made = at_nobody.take(nobody.create(&at_nobody, &creation, NOW_S).unwrap());
    let joined = alice.device.join(&alice.store, made.welcome.as_ref().unwrap());
    assert!(matches!(joined, Err(Error::Certificate(CertificateError::Malformed(_)))), "{joined:?}");
}

#[test]
fn welcome_does_not_replace_a_group_of_which_one_is_a_member() {
    let (mut alice, _) = joined(encrypted());
    let keys = alice.key_package(Suite::AES_128);
    let mut thief = side(3, 3);
    let made = thief.create(GROUP, Suite::AES_128, &[&keys]);
    let joined = alice.device.join(&alice.store, made.welcome.as_ref().unwrap());
    assert!(matches!(joined, Err(Error::GroupExists)), "{joined:?}");
    thief.confirm(GROUP);
    let info = thief.device.group_info(&thief.store, GROUP).unwrap();
    let joined = alice.device.external_join(&alice.store, &info, b"", NOW_S);
    assert!(matches!(joined, Err(Error::GroupExists)), "{joined:?}");
    alice.store.take(alice.device.forget(&alice.store, GROUP).unwrap());
    alice.join(&made);
}

#[test]
fn messages_that_are_not_the_groups_are_told_apart() {
    let (mut alice, group) = joined(encrypted());
    let info = group.group_info_message(true).unwrap().to_bytes().unwrap();
    assert!(matches!(alice.hear(GROUP, &info), Err(Error::Malformed)));
    assert!(matches!(alice.hear(GROUP, b"noise"), Err(Error::Malformed)));
    let sealed = alice.say(GROUP, b"", b"");
    assert!(matches!(alice.device.process(&alice.store, b"other", &sealed), Err(Error::OtherGroup)));
    assert!(matches!(alice.device.join(&alice.store, &info), Err(Error::Malformed)));
    assert!(matches!(alice.device.external_join(&alice.store, &sealed, b"", NOW_S), Err(Error::Malformed)));
}
