//! Device lists: how they are signed, and what makes them hold.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use pinnace_fault as fault;
use pinnace_wire::{
    AccountId, DecodeError, DeviceId, EncodeError, IdentityKey, List, ListDigest, ListVersion, Signature,
    SignedDeviceList, UnixS,
};

use crate::certificate::signed;
use crate::digest::labelled_digest;
use crate::ed25519::{SigningKey, VerifyingKey};
use crate::label::Label;
use crate::realm::{RealmId, account_id};

const LABEL: Label = Label::new(SignedDeviceList::LABEL);

/// What an account says of its devices.
#[derive(Clone, Copy, Debug)]
pub struct ListTerms<'a> {
    /// One more than that of the list before it.
    pub list_version: ListVersion,
    /// The digest of the list before it ([`list_digest`]); zeros for the first.
    pub previous: [u8; 32],
    /// When it is signed.
    pub issued_s: UnixS,
    /// The devices, 1 to 64, rising.
    pub devices: &'a [DeviceId],
}

/// A device list, signed by the account's identity key.
///
/// # Errors
///
/// [`EncodeError::Invalid`] when there are no devices or too many.
pub fn sign_list(
    identity: &SigningKey,
    realm: RealmId,
    terms: &ListTerms<'_>,
) -> Result<Vec<u8>, EncodeError> {
    let identity_key = identity.verifying_key().to_bytes();
    let unsigned = SignedDeviceList {
        identity_key: IdentityKey::new(&identity_key),
        list_version: terms.list_version,
        previous: ListDigest::new(&terms.previous),
        issued_s: terms.issued_s,
        devices: List::from_slice(terms.devices),
        signature: Signature::new(&[0; 64]),
    };
    // What cannot be encoded has no part that could be signed.
    unsigned.encode(&mut vec![0; unsigned.encoded_len()])?;
    let signature = identity.sign(LABEL, &signed(realm, unsigned.signed_part().as_bytes()));
    let list = SignedDeviceList { signature: Signature::new(&signature), ..unsigned };
    Ok(octets(&list))
}

/// A list as it stands in a frame: the room is measured, and what was decoded can be encoded.
pub(crate) fn octets(list: &SignedDeviceList<'_>) -> Vec<u8> {
    let mut octets = vec![0; list.encoded_len()];
    let _ = list.encode(&mut octets);
    octets
}

/// The digest of a list, by which its successor names it.
#[must_use]
pub fn list_digest(list: &[u8]) -> [u8; 32] {
    labelled_digest(LABEL, list)
}

/// A device list that is its account's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedList {
    /// The account.
    pub account: AccountId,
    /// Its Ed25519 identity key.
    pub identity_key: [u8; 32],
    /// The list's number.
    pub list_version: ListVersion,
    /// The digest of the list before it; zeros when it says that there was none.
    pub previous: [u8; 32],
    /// The writer's clock.
    pub issued_s: UnixS,
    /// The devices, in the order of the list; whether they rise is still to be judged (DEV-006).
    pub devices: Vec<DeviceId>,
}

/// Why a device list does not hold. To the peer each is LIST_INVALID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceListError {
    /// It is no list.
    Malformed(DecodeError),
    /// The signature does not fit (DEV-004).
    BadSignature,
}

impl fmt::Display for DeviceListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "device list: {error}"),
            Self::BadSignature => f.write_str("device list with a signature that does not fit"),
        }
    }
}

impl core::error::Error for DeviceListError {}

/// Whether a list is that of the account whose identity key it holds. Whether that is the right account, and the list the
/// right one of it, is still to be judged.
///
/// # Errors
///
/// [`DeviceListError`]; DEV-004, DEV-018.
pub fn check_list(realm: RealmId, octets: &[u8]) -> Result<CheckedList, DeviceListError> {
    let list = SignedDeviceList::decode(octets).map_err(DeviceListError::Malformed)?;
    let identity_key = *list.identity_key.as_bytes();
    let identity = VerifyingKey::from_bytes(&identity_key).map_err(|_| DeviceListError::BadSignature)?;
    let part = signed(realm, list.signed_part().as_bytes());
    let verified = identity.verify(LABEL, &part, list.signature.as_bytes());
    if verified.is_err() && !fault::devices::LIST_SIGNATURE_UNCHECKED.is_on() {
        return Err(DeviceListError::BadSignature);
    }
    Ok(CheckedList {
        account: account_id(&identity_key),
        identity_key,
        list_version: list.list_version,
        previous: *list.previous.as_bytes(),
        issued_s: list.issued_s,
        devices: list.devices.iter().collect(),
    })
}
