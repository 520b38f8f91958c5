//! MLS KeyPackages (RFC 9420, section 10): what makes one hold here. Nothing else of MLS is known to a session.

use alloc::vec;
use core::fmt;

use pinnace_fault as fault;
use pinnace_wire::mls::{KeyPackage, LeafNode, SignContent};
use pinnace_wire::{AccountId, DecodeError, DeviceId, MlsSuite, limits};

use crate::certificate::{DeviceCertificateError, check_other_device};
use crate::ed25519::{Signature, VerifyingKey};
use crate::key_stock::Resort;
use crate::realm::RealmId;

/// The length of a public key of X25519.
const KEY_LEN: usize = 32;
/// How far the clock of a device may be ahead.
const AHEAD_S: u64 = 3_600;

/// A KeyPackage that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckedKeyPackage {
    /// The suite.
    pub suite: MlsSuite,
    /// The device that its certificate names.
    pub device: DeviceId,
    /// The account that its certificate names.
    pub account: AccountId,
    /// The Ed25519 identity key that signed its certificate.
    pub identity_key: [u8; 32],
    /// The last second of its life.
    pub not_after_s: u64,
    /// Whether it says that it is of last resort.
    pub resort: Resort,
}

/// Why a KeyPackage does not hold. To the peer each is KEY_PACKAGE_INVALID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPackageError {
    /// The octets are not one KeyPackage of MLS 1.0 with a basic credential, to the last octet.
    Malformed(DecodeError),
    /// It is of a suite that is not in the specification's table.
    OtherSuite,
    /// A public key has another length than the suite's, or two that must differ are one.
    BadKey,
    /// The device certificate in the credential does not hold.
    Certificate(DeviceCertificateError),
    /// The leaf's signature key is not that of the certificate.
    OtherSignatureKey,
    /// It is not valid yet, over, or lives too long.
    NotNow,
    /// The signature of the leaf does not fit.
    BadLeafSignature,
    /// The signature of the KeyPackage does not fit.
    BadSignature,
}

impl fmt::Display for KeyPackageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Malformed(error) => return write!(f, "key package: {error}"),
            Self::OtherSuite => "of an unknown suite",
            Self::BadKey => "with a bad public key",
            Self::Certificate(error) => return write!(f, "key package with a {error}"),
            Self::OtherSignatureKey => "with a signature key that is not the certificate's",
            Self::NotNow => "not valid at this time, or for too long",
            Self::BadLeafSignature => "with a leaf signature that does not fit",
            Self::BadSignature => "with a signature that does not fit",
        };
        write!(f, "key package {what}")
    }
}

impl core::error::Error for KeyPackageError {}

/// What KeyPackages are held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPackageRules {
    /// The realm.
    pub realm: RealmId,
    /// The time, in seconds since 1970.
    pub now_s: u64,
    /// How far the end of a life may be away; the limit of that name.
    pub key_package_s_max: u64,
}

impl KeyPackageRules {
    /// The rules of a realm that changed no limit.
    #[must_use]
    pub const fn new(realm: RealmId, now_s: u64) -> Self {
        Self { realm, now_s, key_package_s_max: limits::KEY_PACKAGE_S_MAX.default }
    }
}

/// Judges a KeyPackage. Whether device and account are the right ones, and whether it should be of last resort, is still
/// to be judged.
///
/// # Errors
///
/// [`KeyPackageError`]; KEY-009, KEY-018.
pub fn check_key_package(
    rules: &KeyPackageRules,
    octets: &[u8],
) -> Result<CheckedKeyPackage, KeyPackageError> {
    let package = decode(octets).map_err(KeyPackageError::Malformed)?;
    let leaf = &package.leaf;
    if package.suite.name().is_none() && !fault::keys::PACKAGE_SUITE_UNCHECKED.is_on() {
        return Err(KeyPackageError::OtherSuite);
    }
    let is_odd = [package.init_key, leaf.encryption_key].iter().any(|key| key.len() != KEY_LEN);
    if is_odd && !fault::keys::KEY_LEN_UNCHECKED.is_on()
        || package.init_key == leaf.encryption_key && !fault::keys::KEYS_ALIKE_TAKEN.is_on()
    {
        return Err(KeyPackageError::BadKey);
    }
    let certificate =
        check_other_device(rules.realm, leaf.identity, rules.now_s).map_err(KeyPackageError::Certificate)?;
    let mut signature_key = certificate.signature_key;
    if leaf.signature_key != signature_key {
        if !fault::keys::SIGNATURE_KEY_UNCHECKED.is_on() {
            return Err(KeyPackageError::OtherSignatureKey);
        }
        signature_key = leaf.signature_key.try_into().unwrap_or(signature_key);
    }
    rules.check_lifetime(leaf)?;
    let key = VerifyingKey::from_bytes(&signature_key).map_err(|_| KeyPackageError::BadKey)?;
    let is_leaf_signed = is_signed(&key, leaf.sign_content(), leaf.signature);
    if !is_leaf_signed && !fault::keys::LEAF_SIGNATURE_UNCHECKED.is_on() {
        return Err(KeyPackageError::BadLeafSignature);
    }
    let is_package_signed = is_signed(&key, package.sign_content(), package.signature);
    if !is_package_signed && !fault::keys::PACKAGE_SIGNATURE_UNCHECKED.is_on() {
        return Err(KeyPackageError::BadSignature);
    }
    Ok(CheckedKeyPackage {
        suite: package.suite,
        device: certificate.device,
        account: certificate.account,
        identity_key: certificate.identity_key,
        not_after_s: leaf.not_after_s,
        resort: if package.is_last_resort() { Resort::Last } else { Resort::OneTime },
    })
}

/// Octets that are one KeyPackage; planted faults take off what is around it.
fn decode(octets: &[u8]) -> Result<KeyPackage<'_>, DecodeError> {
    let message = octets.strip_prefix(&[0, 1, 0, 5]).filter(|_| fault::keys::MLS_MESSAGE_TAKEN.is_on());
    let octets = message.unwrap_or(octets);
    let decoded = KeyPackage::decode(octets);
    match decoded {
        Err(error) if fault::keys::PACKAGE_TAIL_TAKEN.is_on() => {
            KeyPackage::decode(octets.get(..error.offset).unwrap_or_default()).or(decoded)
        }
        Ok(_) | Err(_) => decoded,
    }
}

fn is_signed(key: &VerifyingKey, content: SignContent<'_>, signature: &[u8]) -> bool {
    let signature: Option<&Signature> = signature.try_into().ok();
    let mut octets = vec![0; content.encoded_len()];
    // The room is measured.
    let _ = content.encode(&mut octets);
    signature.is_some_and(|found| key.verify_octets(&octets, found).is_ok())
}

impl KeyPackageRules {
    fn check_lifetime(&self, leaf: &LeafNode<'_>) -> Result<(), KeyPackageError> {
        let is_early = leaf.not_before_s > self.now_s.saturating_add(AHEAD_S);
        let is_over = leaf.not_after_s <= self.now_s;
        let is_long = leaf.not_after_s > self.now_s.saturating_add(self.key_package_s_max);
        let is_early = is_early && !fault::keys::PACKAGE_EARLY_TAKEN.is_on();
        let is_over = is_over && !fault::keys::PACKAGE_OVER_TAKEN.is_on();
        let is_long = is_long && !fault::keys::PACKAGE_LIFETIME_UNLIMITED.is_on();
        if is_early || is_over || is_long { Err(KeyPackageError::NotNow) } else { Ok(()) }
    }
}
