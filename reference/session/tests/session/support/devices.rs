//! Device lists, certificates and KeyPackages of fixed keys, and the frames that carry them.

use pinnace_session::certificate::{DeviceTerms, sign_device};
use pinnace_session::device_list::{ListTerms, sign_list};
use pinnace_session::ed25519::SigningKey;
use pinnace_session::noise::StaticSecret;
use pinnace_wire::{
    AccountId, Claim, Claimed, ClaimsLeft, DeviceCertificate, DeviceId, DeviceList, DeviceListPublish,
    DeviceListQuery, DurationMs, Frame, Keys, KeysLow, KeysPublish, LinkApprove, LinkOffer, LinkOpen, List,
    ListVersion, MlsSuite, OneTimeCount, RequestId, SignedDeviceList,
};

use super::frames::{encode, mailbox_seq};
use super::keys::{UNIX_S, device, other_device, realm, this_device, unix};

pub(crate) fn request(value: u64) -> RequestId {
    RequestId::new(value).unwrap()
}

/// The account's key.
pub(crate) fn identity() -> SigningKey {
    SigningKey::from_seed(&[5; 32])
}

/// The device's signature key.
pub(crate) fn signature_key() -> SigningKey {
    SigningKey::from_seed(&[6; 32])
}

pub(crate) fn list_of(devices: &[DeviceId]) -> Vec<u8> {
    let terms =
        ListTerms { list_version: ListVersion::FIRST, previous: [0; 32], issued_s: unix(UNIX_S), devices };
    sign_list(&identity(), realm(), &terms).unwrap()
}

pub(crate) fn certificate_for(key: &StaticSecret, not_after_s: u64) -> Vec<u8> {
    let signature_key = signature_key().verifying_key().to_bytes();
    let not_after_s = unix(not_after_s);
    sign_device(&identity(), realm(), &DeviceTerms { noise_key: *key.public(), signature_key, not_after_s })
        .unwrap()
}

/// What a KeyPackage is made of. The least change of a sound one is one field.
#[derive(Clone)]
pub(crate) struct Package {
    pub(crate) version: u16,
    pub(crate) suite: u16,
    pub(crate) init_key: Vec<u8>,
    pub(crate) encryption_key: Vec<u8>,
    pub(crate) signature_key: Vec<u8>,
    pub(crate) credential: u16,
    pub(crate) identity: Vec<u8>,
    pub(crate) source: u8,
    pub(crate) lifetime: (u64, u64),
    /// The types of the KeyPackage's extensions.
    pub(crate) extensions: Vec<u16>,
    /// By whom leaf and KeyPackage are signed.
    pub(crate) signers: [SigningKey; 2],
}

impl Package {
    pub(crate) fn sound() -> Self {
        Self {
            version: 1,
            suite: 1,
            init_key: vec![1; 32],
            encryption_key: vec![2; 32],
            signature_key: signature_key().verifying_key().to_bytes().to_vec(),
            credential: 1,
            identity: certificate_for(&device(), UNIX_S + 10),
            source: 1,
            lifetime: (UNIX_S - 60, UNIX_S + 86_400),
            extensions: Vec::new(),
            signers: [signature_key(), signature_key()],
        }
    }

    /// RFC 9420, sections 7.2 and 10, written out here, since the session's own reader is what is tested.
    pub(crate) fn octets(&self) -> Vec<u8> {
        let numbers =
            |numbers: &[u16]| -> Vec<u8> { numbers.iter().flat_map(|it| it.to_be_bytes()).collect() };
        let capabilities: [&[u16]; 5] = [&[1], &[1, 3], &[0x000a], &[], &[1]];
        let mut leaf = [
            vector(&self.encryption_key),
            vector(&self.signature_key),
            self.credential.to_be_bytes().to_vec(),
            vector(&self.identity),
            capabilities.iter().flat_map(|list| vector(&numbers(list))).collect(),
            vec![self.source],
            self.lifetime.0.to_be_bytes().to_vec(),
            self.lifetime.1.to_be_bytes().to_vec(),
            vector(&[]),
        ]
        .concat();
        leaf.extend(vector(&sign_with_label(&self.signers[0], b"MLS 1.0 LeafNodeTBS", &leaf)));
        let extensions: Vec<u8> =
            self.extensions.iter().flat_map(|it| [&it.to_be_bytes(), [0].as_slice()].concat()).collect();
        let mut package = [
            self.version.to_be_bytes().to_vec(),
            self.suite.to_be_bytes().to_vec(),
            vector(&self.init_key),
            leaf,
            vector(&extensions),
        ]
        .concat();
        package.extend(vector(&sign_with_label(&self.signers[1], b"MLS 1.0 KeyPackageTBS", &package)));
        package
    }
}

fn sign_with_label(key: &SigningKey, label: &[u8], content: &[u8]) -> Vec<u8> {
    key.sign_octets(&[vector(label), vector(content)].concat()).to_vec()
}

fn vector(octets: &[u8]) -> Vec<u8> {
    let len = u16::try_from(octets.len()).unwrap();
    match u8::try_from(len) {
        Ok(len) if len < 64 => [&[len], octets].concat(),
        _ => [(len | 0x4000).to_be_bytes().as_slice(), octets].concat(),
    }
}

/// The octets of the frame event of that name, if it is one of profile devices.
pub(super) fn devices_event(name: &str) -> Option<Vec<u8>> {
    let request = request(1);
    let account = AccountId::new([4; 16]);
    let (list, certificate) = (list_of(&[this_device()]), certificate_for(&device(), UNIX_S + 10));
    let (list, certificate) =
        (SignedDeviceList::decode(&list).unwrap(), DeviceCertificate::decode(&certificate).unwrap());
    let (key_packages, last_resort) = (List::EMPTY, None);
    let (suite, one_time_count) = (MlsSuite::AES128GCM, OneTimeCount::new(3).unwrap());
    Some(encode(&match name {
        "DEVICE_LIST_PUBLISH" => Frame::DeviceListPublish(DeviceListPublish { request, list }),
        "DEVICE_LIST_QUERY" => Frame::DeviceListQuery(DeviceListQuery { request, account }),
        "DEVICE_LIST" => Frame::DeviceList(DeviceList { request, list }),
        "LINK_OPEN" => Frame::LinkOpen(LinkOpen { request }),
        "LINK_OFFER" => {
            Frame::LinkOffer(LinkOffer { request, expires_in_ms: DurationMs::new(300_000).unwrap() })
        }
        "LINK_APPROVE" => Frame::LinkApprove(LinkApprove { request, certificate, list }),
        "KEYS_PUBLISH" => Frame::KeysPublish(KeysPublish { request, key_packages, last_resort }),
        "KEYS" => Frame::Keys(Keys { request, stocks: List::EMPTY }),
        "KEYS_LOW" => Frame::KeysLow(KeysLow { mailbox_seq: mailbox_seq(6), suite, one_time_count }),
        "CLAIM" => Frame::Claim(Claim { request, account, suite }),
        "CLAIMED" => Frame::Claimed(Claimed {
            request,
            device: other_device(9),
            left: ClaimsLeft::new(0).unwrap(),
            key_package: b"",
            last_resort: false,
        }),
        _ => return None,
    }))
}
