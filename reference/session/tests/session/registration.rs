//! A registration between the two machines.

use pinnace_session::certificate::{DeviceCertificateError, DeviceTerms, check_device, sign_device};
use pinnace_session::client::ClientEvent;
use pinnace_session::ed25519::SigningKey;
use pinnace_session::noise::StaticSecret;
use pinnace_session::server::{HelloAnswer, RegistrationAnswer, ServerEvent};
use pinnace_session::{CloseReason, RegistrationState, Replace, Scratch, account_id};
use pinnace_wire::{
    AttemptsLeft, Code, CodeLen, DurationMs, ErrorCode, Frame, FrameCode, FrameType, Method, Offer, Offset,
    RegistrationStage, Subject, frames,
};

use crate::support::*;

fn state(stage: RegistrationStage) -> RegistrationState {
    RegistrationState {
        stage,
        methods: vec![Offer { method: Method::SMS, wait_ms: DurationMs::new(5).unwrap() }],
        code_len: CodeLen::new(6).unwrap(),
        code_wait_ms: DurationMs::new(500).unwrap(),
        attempts_left: AttemptsLeft::new(5).unwrap(),
        expires_in_ms: DurationMs::new(600_000).unwrap(),
    }
}

fn certificate(not_after_s: u64) -> Vec<u8> {
    let terms =
        DeviceTerms { noise_key: *device().public(), signature_key: [6; 32], not_after_s: unix(not_after_s) };
    sign_device(&SigningKey::from_seed(&[5; 32]), realm(), &terms).unwrap()
}

#[test]
fn registration_goes_from_number_to_certificate() {
    let mut pair = Pair::unregistered();
    pair.client.register("+4930123456", Replace::Wanted).unwrap();
    pair.run();
    let asked = ServerEvent::Register { e164: "+4930123456".into(), replace: Replace::Wanted };
    assert_eq!(pair.told_server.pop_front(), Some(asked));
    pair.server.on_registration(&RegistrationAnswer::State(state(RegistrationStage::Choosing)));
    pair.client.register_method(Method::SMS).unwrap();
    pair.run();
    assert_eq!(pair.told_server.pop_front(), Some(ServerEvent::RegisterMethod { method: Method::SMS }));
    pair.server.on_registration(&RegistrationAnswer::State(state(RegistrationStage::Waiting)));
    pair.client.register_code("123456").unwrap();
    pair.run();
    assert_eq!(pair.told_server.pop_front(), Some(ServerEvent::RegisterCode { code: "123456".into() }));
    pair.server.on_registration(&RegistrationAnswer::State(state(RegistrationStage::Verified)));
    pair.run();
    pair.client.register_device(&certificate(UNIX_S)).unwrap();
    pair.run();
    let Some(ServerEvent::RegisterDevice { certificate }) = pair.told_server.pop_front() else { panic!() };
    let checked = check_device(realm(), &certificate, device().public(), UNIX_S).unwrap();
    assert_eq!((checked.device, checked.account), (this_device(), account_id(&checked.identity_key)));
    let (account, device) = (checked.account, checked.device);
    pair.server.on_registration(&RegistrationAnswer::Registered { account, device });
    pair.run();
    let stages: Vec<_> = pair.told_client.iter().cloned().collect();
    assert_eq!(
        stages,
        [
            ClientEvent::Registration(state(RegistrationStage::Choosing)),
            ClientEvent::Registration(state(RegistrationStage::Waiting)),
            ClientEvent::Registration(state(RegistrationStage::Verified)),
            ClientEvent::Registered { account, device },
            ClientEvent::Closed(CloseReason::Received {
                code: Code::from(ErrorCode::Replaced),
                retry_after_ms: None,
                hello_counter: None,
            }),
        ]
    );
}

#[test]
fn refused_step_names_its_frame() {
    let mut pair = Pair::unregistered();
    pair.client.register("+4930123456", Replace::Unwanted).unwrap();
    pair.run();
    let code = FrameCode::new(ErrorCode::TooSoon.code().value()).unwrap();
    pair.server.on_registration(&RegistrationAnswer::Failed { code, retry_after_ms: Some(70) });
    pair.client.register("+4930123457", Replace::Unwanted).unwrap();
    pair.run();
    pair.server.on_registration(&RegistrationAnswer::Rate { retry_after_ms: 80 });
    pair.run();
    let frame_type = FrameType::REGISTER;
    assert_eq!(
        pair.told_client,
        [
            ClientEvent::RegistrationFailed { frame_type, code, retry_after_ms: Some(70) },
            ClientEvent::Rate { frame_type, subject: Subject::NONE, retry_after_ms: 80 },
        ]
    );
}

#[test]
fn steps_of_one_record_are_asked_one_after_the_other() {
    let mut pair = Pair::unregistered();
    pair.client.register("+4930123456", Replace::Unwanted).unwrap();
    pair.client.register_method(Method::VOICE).unwrap();
    pair.client.ping();
    pair.run();
    assert_eq!(pair.told_server.len(), 1);
    assert!(!pair.server.wants_record());
    pair.server.on_registration(&RegistrationAnswer::State(state(RegistrationStage::Choosing)));
    pair.collect();
    assert_eq!(pair.told_server.back(), Some(&ServerEvent::RegisterMethod { method: Method::VOICE }));
    assert!(!pair.server.wants_record());
    pair.server.on_registration(&RegistrationAnswer::State(state(RegistrationStage::Waiting)));
    assert!(pair.server.wants_record());
    pair.run();
    assert_eq!(pair.told_client.len(), 2);
}

#[test]
fn an_error_behind_a_step_is_told_by_its_place_in_the_record() {
    let (mut server, mut peer) = answered_by_hand(server_config(), &HelloAnswer::Unregistered);
    // A PONG whose token is not minimal: the token is its third octet.
    let step = frame_event("REGISTER");
    let record = [step.clone(), vec![12, 2, 0x40, 0x01]].concat();
    server.on_record(&seal(&mut peer, &record), &mut Scratch::new(), START).unwrap();
    server.on_registration(&RegistrationAnswer::State(state(RegistrationStage::Choosing)));
    let mut answer = Vec::new();
    server.poll_transmit(&mut answer).unwrap();
    let plaintext = open(&mut peer, &answer);
    let Some(Frame::Close(close)) = frames(&plaintext).last().map(|placed| placed.unwrap().frame) else {
        panic!("{plaintext:?}")
    };
    assert_eq!(close.code.known(), Some(ErrorCode::Malformed));
    assert_eq!(close.offset.map(Offset::value), Some(step.len() as u64 + 2));
}

#[test]
fn device_certificates_are_judged() {
    let session_key = device();
    let check = |octets: &[u8]| check_device(realm(), octets, session_key.public(), UNIX_S).map(|_| ());
    let good = certificate(UNIX_S);
    assert_eq!(check(&good), Ok(()));
    assert_eq!(check(&certificate(UNIX_S - 1)), Err(DeviceCertificateError::Expired));
    for index in [1, 40, 100, 140, good.len() - 1] {
        let mut bad = good.clone();
        bad[index] ^= 1;
        assert_eq!(check(&bad), Err(DeviceCertificateError::BadSignature), "octet {index}");
    }
    assert!(matches!(check(&good[1..]), Err(DeviceCertificateError::Malformed(_))));
    let other = StaticSecret::from_bytes([8; 32]);
    let judged = check_device(realm(), &good, other.public(), UNIX_S).map(|_| ());
    assert_eq!(judged, Err(DeviceCertificateError::OtherKey));
    let elsewhere = check_device(pinnace_session::RealmId([1; 32]), &good, device().public(), UNIX_S);
    assert_eq!(elsewhere.map(|_| ()), Err(DeviceCertificateError::BadSignature));
}

#[test]
fn identifiers_that_are_not_derived_are_refused() {
    use pinnace_session::label::Label;
    use pinnace_wire::{
        AccountId, DeviceCertificate, DeviceId, IdentityKey, NoiseKey, Signature, SignatureKey,
    };
    let identity = SigningKey::from_seed(&[5; 32]);
    let (identity_key, noise_key) = (identity.verifying_key().to_bytes(), *device().public());
    for (device_id, account) in
        [(DeviceId::new([1; 16]), account_id(&identity_key)), (this_device(), AccountId::new([1; 16]))]
    {
        let unsigned = DeviceCertificate {
            identity_key: IdentityKey::new(&identity_key),
            device: device_id,
            noise_key: NoiseKey::new(&noise_key.0),
            signature_key: SignatureKey::new(&[6; 32]),
            account,
            not_after_s: unix(UNIX_S),
            signature: Signature::new(&[0; 64]),
        };
        let signed = [realm().0.as_slice(), unsigned.signed_part().as_bytes()].concat();
        let signature = identity.sign(Label::new("pinnace/1 device certificate"), &signed);
        let certificate = DeviceCertificate { signature: Signature::new(&signature), ..unsigned };
        let mut octets = vec![0; certificate.encoded_len()];
        certificate.encode(&mut octets).unwrap();
        let judged = check_device(realm(), &octets, &noise_key, UNIX_S).map(|_| ());
        assert_eq!(judged, Err(DeviceCertificateError::NotDerived));
    }
}
