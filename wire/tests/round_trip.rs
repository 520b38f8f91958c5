//! Values survive octets, and octets survive values.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::sync::LazyLock;

use pinnace_wire::{
    AccountId, Ack, AckRange, Address, Alias, BindConversation, Claim, Claimed, ClaimsLeft, Class,
    ClientMark, ClientSeq, Close, Code, Commit, CommitAad, ConversationAlias, ConversationId,
    ConversationKind, ConversationOrigin, ConversationSeq, Count, CreditBytes, CreditCount, Deliver,
    DeviceCertificate, DeviceEntry, DeviceId, DeviceList, DeviceListPublish, DeviceListQuery, Devices,
    DurationMs, DurationS, EdgeCertificate, Entry, EntryKind, EntryLeft, Exception, FeatureId, Frame,
    FrameCode, FrameType, Generation, Goaway, GoawayReason, HasLastResort, HelloCounter, IdentityKey,
    KeyPackageItem, Keys, KeysLow, KeysPublish, LimitEntry, LimitId, LimitValue, LinkApprove, LinkOffer,
    LinkOpen, List, ListDigest, ListVersion, MailboxMark, MailboxSeq, MessageAad, MlsSuite, NoiseKey, Offset,
    OneTimeCount, Placed, Post, ProfileId, Receipt, ReceiptStatus, RequestId, RootKey, RootKeyId,
    RootSuccessor, SecondParty, Send, SessionEpoch, SetDigest, Signature, SignatureKey, SignedDeviceList,
    Stage, StageOffset, StagePart, Standing, Stock, UnixMs, UnixS, Welcome, Whisper, frames,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// A number of a type, more often a small one or one at an edge.
fn number<N: core::fmt::Debug>(min: u64, max: u64, new: fn(u64) -> Option<N>) -> impl Strategy<Value = N> {
    let edge = prop_oneof![0_u64..300, 0x3ff0_u64..0x4010, 0x3fff_fff0_u64..0x4000_0010, min..=max];
    edge.prop_map(move |value| new(value.clamp(min, max)).unwrap())
}

macro_rules! any {
    ($name:ident) => {
        number($name::MIN, $name::MAX, $name::new)
    };
}

/// The frame comes back from its octets.
#[track_caller]
fn check(frame: &Frame<'_>) {
    let mut out = vec![0; 65_535];
    let len = frame.encode(&mut out).unwrap();
    assert_eq!(len, frame.encoded_len());
    let record = out.get(..len).unwrap();
    let body_len = frame.body_len();
    let found: Vec<_> = frames(record).collect();
    assert_eq!(found, [Ok(Placed { frame: *frame, offset: 0, body_len })]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn send_and_deliver_come_back(
        client_seq in any!(ClientSeq), mailbox_seq in any!(MailboxSeq), alias in any!(Alias),
        payload in vec(any::<u8>(), 1..300), class in option::of(any!(Class)),
        expires_in_s in option::of(any!(DurationS)), no_receipt in any::<bool>(),
    ) {
        let payload = &payload;
        check(&Send { client_seq, alias, payload, class, expires_in_s, no_receipt }.into());
        check(&Deliver { mailbox_seq, alias, payload, class }.into());
    }

    #[test]
    fn close_comes_back(
        code in any!(Code), frame_type in option::of(any!(FrameType)), detail in "\\PC{0,32}",
        retry_after_ms in option::of(any!(DurationMs)), hello_counter in option::of(any!(HelloCounter)),
        offset in option::of(any!(Offset)),
    ) {
        check(&Close { code, frame_type, detail: &detail, retry_after_ms, hello_counter, offset }.into());
    }

    #[test]
    fn ack_and_receipt_come_back(
        cursor in any!(MailboxMark), mailbox_seq in any!(MailboxSeq), alias in any!(Alias),
        status in any!(ReceiptStatus), ranges in vec((any!(Count), any!(Count), any!(ClientSeq)), 1..=32),
    ) {
        let acks: Vec<_> = ranges.iter().map(|(skip, count, _)| AckRange { skip: *skip, count: *count }).collect();
        check(&Ack { cursor, ranges: List::from_slice(&acks) }.into());
        let ranges: Vec<_> =
            ranges.iter().map(|(_, count, first)| pinnace_wire::SeqRange { first: *first, count: *count }).collect();
        check(&Receipt { mailbox_seq, alias, status, ranges: List::from_slice(&ranges) }.into());
    }

    #[test]
    fn goaway_and_devices_come_back(
        reason in any!(GoawayReason), drain_ms in any!(DurationMs), window_ms in any!(DurationMs),
        addresses in vec("\\PC{1,40}", 0..=8), request in any!(RequestId),
        devices in vec((any::<[u8; 16]>(), any!(UnixS), any!(UnixS)), 0..=64),
    ) {
        let alternates: Vec<_> = addresses.iter().map(|address| Address { address }).collect();
        check(&Goaway { reason, drain_ms, window_ms, alternates: List::from_slice(&alternates) }.into());
        let entry = |(device, registered_s, not_after_s): &([u8; 16], UnixS, UnixS)| DeviceEntry {
            device: DeviceId::new(*device),
            registered_s: *registered_s,
            not_after_s: *not_after_s,
        };
        let devices: Vec<_> = devices.iter().map(entry).collect();
        check(&Devices { request, devices: List::from_slice(&devices) }.into());
    }

    #[test]
    fn keys_and_claims_come_back(
        request in any!(RequestId), mailbox_seq in any!(MailboxSeq), left in any!(ClaimsLeft),
        packages in vec(vec(any::<u8>(), 1..100), 0..=16), last_resort in option::of(vec(any::<u8>(), 1..100)),
        stocks in vec((any!(MlsSuite), any!(OneTimeCount), any::<[u8; 32]>(), any::<bool>()), 0..=8),
        suite in any!(MlsSuite), one_time_count in any!(OneTimeCount), id in any::<[u8; 16]>(),
    ) {
        let key_packages: Vec<_> =
            packages.iter().map(|key_package| KeyPackageItem { key_package }).collect();
        let key_packages = List::from_slice(&key_packages);
        check(&KeysPublish { request, key_packages, last_resort: last_resort.as_deref() }.into());
        let kept = |is_kept: bool| if is_kept { HasLastResort::Yes } else { HasLastResort::No };
        let stocks: Vec<_> = stocks
            .iter()
            .map(|(suite, one_time_count, digest, is_kept)| Stock {
                suite: *suite,
                one_time_count: *one_time_count,
                set_digest: SetDigest::new(digest),
                last_resort: kept(*is_kept),
            })
            .collect();
        check(&Keys { request, stocks: List::from_slice(&stocks) }.into());
        check(&KeysLow { mailbox_seq, suite, one_time_count }.into());
        check(&Claim { request, account: AccountId::new(id), suite }.into());
        let key_package = last_resort.as_deref().unwrap_or_default();
        let device = DeviceId::new(id);
        check(&Claimed { request, device, left, key_package, last_resort: last_resort.is_some() }.into());
    }

    #[test]
    fn device_lists_and_links_come_back(
        request in any!(RequestId), list_version in any!(ListVersion), issued_s in any!(UnixS),
        devices in vec(any::<[u8; 16]>(), 1..=64), octets in any::<[u8; 32]>(), id in any::<[u8; 16]>(),
        expires_in_ms in any!(DurationMs),
    ) {
        let devices: Vec<_> = devices.into_iter().map(DeviceId::new).collect();
        let signature = Signature::new(&[9; 64]);
        let list = SignedDeviceList {
            identity_key: IdentityKey::new(&octets), list_version, previous: ListDigest::new(&octets),
            issued_s, devices: List::from_slice(&devices), signature,
        };
        let certificate = DeviceCertificate {
            identity_key: IdentityKey::new(&octets), device: DeviceId::new(id), noise_key: NoiseKey::new(&octets),
            signature_key: SignatureKey::new(&octets), account: AccountId::new(id), not_after_s: issued_s, signature,
        };
        check(&DeviceList { request, list }.into());
        check(&DeviceListPublish { request, list }.into());
        check(&LinkApprove { request, certificate, list }.into());
        check(&DeviceListQuery { request, account: AccountId::new(id) }.into());
        check(&LinkOpen { request }.into());
        check(&LinkOffer { request, expires_in_ms }.into());
        let mut out = [0; SignedDeviceList::LEN_MAX];
        let len = list.encode(&mut out).unwrap();
        let octets = out.get(..len).unwrap();
        assert_eq!(SignedDeviceList::decode(octets), Ok(list));
        assert_eq!(Some(list.signed_part().as_bytes()), octets.get(..len - Signature::LEN));
    }

    #[test]
    fn conversations_come_back(
        numbers in (any!(ClientSeq), any!(MailboxSeq), any!(ConversationAlias), any!(ConversationSeq)),
        octets in vec(any::<u8>(), 1..300), id in any::<[u8; 16]>(), class in option::of(any!(Class)),
        expires_in_s in option::of(any!(DurationS)), left in option::of(any!(EntryLeft)),
        offset in any!(StageOffset), kind in 0..5_u8, part in 0..2_u8,
    ) {
        let (client_seq, mailbox_seq, alias, conversation_seq) = numbers;
        let (payload, kind) = (&octets[..], EntryKind::from_wire(kind).unwrap());
        check(&BindConversation { alias, conversation: ConversationId::new(id) }.into());
        check(&Whisper { alias, payload }.into());
        check(&Post { client_seq, alias, payload, class, expires_in_s }.into());
        let own = left.map(|_| client_seq);
        check(&Entry { mailbox_seq, alias, conversation_seq, kind, payload, class, left, client_seq: own }.into());
        let part = StagePart::from_wire(part).unwrap();
        check(&Stage { client_seq, part, offset, data: payload }.into());
    }

    #[test]
    fn commits_and_what_they_authenticate_come_back(
        client_seq in any!(ClientSeq), alias in any!(ConversationAlias), commit in vec(any::<u8>(), 1..300),
        welcome in vec(any::<u8>(), 0..300), kind in option::of(1..4_u8), generation in any!(Generation),
        added in vec(any::<[u8; 16]>(), 0..=256), removed in vec(any::<[u8; 16]>(), 0..=256),
        first in any::<[u8; 16]>(), second in any::<[u8; 16]>(),
    ) {
        let origin = kind.and_then(ConversationKind::from_wire).map(|kind| ConversationOrigin {
            kind, first: AccountId::new(first), second: SecondParty::new(second), generation,
        });
        check(&Commit { client_seq, alias, commit: &commit, welcome: &welcome, origin }.into());
        let mut out = [0; CommitAad::LEN_MAX];
        if let Some(origin) = origin {
            let len = origin.encode(&mut out).unwrap();
            assert!(len == origin.encoded_len() && len <= ConversationOrigin::LEN_MAX);
            assert_eq!(ConversationOrigin::decode(&out[..len]), Ok(origin));
        }
        let ids = |ids: Vec<[u8; 16]>| ids.into_iter().map(DeviceId::new).collect::<Vec<_>>();
        let (added, removed) = (ids(added), ids(removed));
        let delta = CommitAad { added: List::from_slice(&added), removed: List::from_slice(&removed) };
        let len = delta.encode(&mut out).unwrap();
        assert_eq!(CommitAad::decode(&out[..len]), Ok(delta));
        let len = MessageAad.encode(&mut out).unwrap();
        assert_eq!((len, MessageAad::decode(&out[..len])), (MessageAad::LEN_MAX, Ok(MessageAad)));
    }

    #[test]
    fn welcome_comes_back(
        numbers in (any!(SessionEpoch), any!(ClientMark), any!(MailboxMark), any!(MailboxMark), any!(UnixMs)),
        credit in (any!(CreditCount), any!(CreditBytes)),
        exceptions in vec((any!(ClientSeq), option::of(any!(FrameCode))), 0..=256),
        ids in vec((any!(ProfileId), any!(FeatureId), any!(LimitId), any!(LimitValue)), 0..=64),
        text in (option::of("[ -~]{1,64}"), option::of(vec(any::<u8>(), 1..=64))),
        keys in (any::<[u8; 32]>(), any::<[u8; 8]>(), "[a-z0-9-]{0,32}", any!(UnixS), any!(UnixS)),
    ) {
        let exceptions: Vec<_> =
            exceptions.into_iter().map(|(client_seq, code)| Exception { client_seq, code }).collect();
        let profiles: Vec<_> = ids.iter().map(|(profile, ..)| *profile).collect();
        let features: Vec<_> = ids.iter().map(|(_, feature, ..)| *feature).collect();
        let limits: Vec<_> =
            ids.iter().map(|(_, _, limit, value)| LimitEntry { limit: *limit, value: *value }).collect();
        let (key, root, region, from, to) = &keys;
        let signature = Signature::new(&[9; 64]);
        let (session_epoch, handled, cursor, mailbox_last, time_ms) = numbers;
        check(&Welcome {
            standing: Standing::Registered, session_epoch, handled, cursor, mailbox_last,
            credit_count: credit.0, credit_bytes: credit.1, time_ms,
            exceptions: List::from_slice(&exceptions), agent: text.0.as_deref(),
            profiles: List::from_slice(&profiles), limits: List::from_slice(&limits),
            features: List::from_slice(&features), route_token: text.1.as_deref(),
            certificate: Some(EdgeCertificate {
                edge_key: NoiseKey::new(key), root_key_id: RootKeyId::new(*root), region,
                not_before_s: *from, not_after_s: *to, signature,
            }),
            successor: Some(RootSuccessor { root_key: RootKey::new(key), not_before_s: *from, signature }),
        }.into());
    }
}

/// The folder of the vectors.
const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/vectors");

/// The octets of the valid vectors of frames that are not long.
static RECORDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let file =
        |name: &&str| std::fs::read_to_string(format!("{VECTORS}/{}.json", name.to_lowercase())).unwrap();
    let names: Vec<_> =
        FrameType::ALL.iter().filter_map(|frame_type| frame_type.name()).chain(["record"]).collect();
    let text: String = names.iter().map(file).collect();
    let valid = text.lines().filter(|line| line.contains("\"value\""));
    let hex =
        valid.filter_map(|line| line.split_once("\"hex\": \"").and_then(|(_, rest)| rest.split_once('"')));
    hex.map(|(hex, _)| octets(hex)).filter(|record| record.len() < 400).collect()
});

fn octets(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(hex.get(at..at + 2).unwrap(), 16).unwrap())
        .collect()
}

/// What decodes encodes to the same octets, unless something unknown was skipped; an error stands within the record.
#[track_caller]
fn check_octets(record: &[u8]) {
    let mut out = vec![0; 65_535];
    for found in frames(record) {
        match found {
            Ok(placed) => {
                let len = placed.frame.encode(&mut out).unwrap();
                let encoded = out.get(..len).unwrap();
                let again = frames(encoded).next().unwrap().unwrap();
                assert_eq!(again.frame, placed.frame);
                if placed.body_len == placed.frame.body_len() {
                    assert_eq!(record.get(placed.offset..placed.offset + len), Some(encoded));
                }
            }
            Err(error) => assert!(error.offset <= record.len(), "{error:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn octets_come_back(
        index in any::<prop::sample::Index>(),
        changes in vec((any::<prop::sample::Index>(), 0..3_u8, any::<u8>()), 0..4),
    ) {
        let mut record = index.get(&RECORDS).clone();
        for (at, change, octet) in changes {
            if !record.is_empty() {
                let at = at.index(record.len());
                match change {
                    0 => *record.get_mut(at).unwrap() = octet,
                    1 => record.insert(at, octet),
                    _ => drop(record.remove(at)),
                }
            }
        }
        check_octets(&record);
    }

    #[test]
    fn any_octets_are_judged(record in vec(any::<u8>(), 0..200)) {
        check_octets(&record);
    }
}
