//! Certificates: how they are signed and what makes them hold.

use alloc::vec::Vec;
use core::fmt;

use pinnace_fault as fault;
use pinnace_wire::{
    AccountId, DecodeError, DeviceCertificate, DeviceId, EdgeCertificate, EncodeError, IdentityKey, NoiseKey,
    RootKey, RootSuccessor, Signature, SignatureKey, UnixS, limits,
};

use crate::ed25519::{SigningKey, VerifyingKey};
use crate::label::Label;
use crate::noise::PublicKey;
use crate::realm::{RealmId, account_id, device_id, root_key_id};

const EDGE: Label = Label::new(EdgeCertificate::LABEL);
const SUCCESSOR: Label = Label::new(RootSuccessor::LABEL);
const DEVICE: Label = Label::new(DeviceCertificate::LABEL);

/// What a realm says of an edge.
#[derive(Clone, Copy, Debug)]
pub struct EdgeTerms<'a> {
    /// The edge's static key.
    pub edge_key: PublicKey,
    /// Where the edge stands, 0 to 32 octets.
    pub region: &'a str,
    /// Valid from this second on.
    pub not_before_s: UnixS,
    /// Valid up to and with this second.
    pub not_after_s: UnixS,
}

/// What an account says of a device.
#[derive(Clone, Copy, Debug)]
pub struct DeviceTerms {
    /// The device's static key.
    pub noise_key: PublicKey,
    /// The device's Ed25519 signature key.
    pub signature_key: [u8; 32],
    /// Valid up to and with this second.
    pub not_after_s: UnixS,
}

/// An edge certificate, signed by the realm's root.
///
/// # Errors
///
/// [`EncodeError::Invalid`] when the region is too long.
pub fn sign_edge(root: &SigningKey, realm: RealmId, terms: &EdgeTerms<'_>) -> Result<Vec<u8>, EncodeError> {
    let unsigned = EdgeCertificate {
        edge_key: NoiseKey::new(&terms.edge_key.0),
        root_key_id: root_key_id(&root.verifying_key().to_bytes()),
        region: terms.region,
        not_before_s: terms.not_before_s,
        not_after_s: terms.not_after_s,
        signature: Signature::new(&[0; 64]),
    };
    let signature = root.sign(EDGE, &signed(realm, unsigned.signed_part().as_bytes()));
    let certificate = EdgeCertificate { signature: Signature::new(&signature), ..unsigned };
    encoded(certificate.encoded_len(), |out| certificate.encode(out))
}

/// The announcement of the next root, signed by the present one.
///
/// # Errors
///
/// None in practice: the structure has no field that could be invalid.
pub fn sign_successor(
    root: &SigningKey,
    realm: RealmId,
    next_root: &VerifyingKey,
    not_before_s: UnixS,
) -> Result<Vec<u8>, EncodeError> {
    let next_root = next_root.to_bytes();
    let unsigned = RootSuccessor {
        root_key: RootKey::new(&next_root),
        not_before_s,
        signature: Signature::new(&[0; 64]),
    };
    let signature = root.sign(SUCCESSOR, &signed(realm, unsigned.signed_part().as_bytes()));
    let successor = RootSuccessor { signature: Signature::new(&signature), ..unsigned };
    encoded(successor.encoded_len(), |out| successor.encode(out))
}

/// A device certificate, signed by the account's identity key.
///
/// # Errors
///
/// None in practice: the structure has no field that could be invalid.
pub fn sign_device(
    identity: &SigningKey,
    realm: RealmId,
    terms: &DeviceTerms,
) -> Result<Vec<u8>, EncodeError> {
    let identity_key = identity.verifying_key().to_bytes();
    let unsigned = DeviceCertificate {
        identity_key: IdentityKey::new(&identity_key),
        device: device_id(&terms.noise_key),
        noise_key: NoiseKey::new(&terms.noise_key.0),
        signature_key: SignatureKey::new(&terms.signature_key),
        account: account_id(&identity_key),
        not_after_s: terms.not_after_s,
        signature: Signature::new(&[0; 64]),
    };
    let signature = identity.sign(DEVICE, &signed(realm, unsigned.signed_part().as_bytes()));
    let certificate = DeviceCertificate { signature: Signature::new(&signature), ..unsigned };
    encoded(certificate.encoded_len(), |out| certificate.encode(out))
}

/// The realm id, then the octets before the signature: what a signature covers behind its label.
pub(crate) fn signed(realm: RealmId, part: &[u8]) -> Vec<u8> {
    [realm.0.as_slice(), part].concat()
}

fn encoded(
    len: usize,
    encode: impl FnOnce(&mut [u8]) -> Result<usize, EncodeError>,
) -> Result<Vec<u8>, EncodeError> {
    let mut out = alloc::vec![0; len];
    encode(&mut out)?;
    Ok(out)
}

/// The root keys by which a client judges edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trust {
    /// The realm.
    pub realm: RealmId,
    /// The present root key; the realm id itself unless it was succeeded.
    pub root: [u8; 32],
    /// The next root key, once its time has come.
    pub successor: Option<[u8; 32]>,
}

/// The time in which a certificate is valid, both ends included, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeValidity {
    /// First second.
    pub not_before_s: u64,
    /// Last second.
    pub not_after_s: u64,
}

/// Why an edge certificate does not hold (CHN-011).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeCertificateError {
    /// It names no root that is trusted.
    UnknownRoot,
    /// The root's key is no key.
    BadRoot,
    /// The signature does not fit.
    BadSignature,
    /// It is another edge's.
    OtherEdge,
    /// It is not valid at this time.
    NotNow,
    /// It lives longer than any certificate may.
    LivesTooLong,
}

impl fmt::Display for EdgeCertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownRoot => "edge certificate of an unknown root",
            Self::BadRoot => "root key is no key",
            Self::BadSignature => "edge certificate with a signature that does not fit",
            Self::OtherEdge => "edge certificate of another edge",
            Self::NotNow => "edge certificate not valid at this time",
            Self::LivesTooLong => "edge certificate of too long a life",
        })
    }
}

impl core::error::Error for EdgeCertificateError {}

impl Trust {
    /// Trust in a realm whose root was never succeeded.
    #[must_use]
    pub const fn genesis(realm: RealmId) -> Self {
        Self { realm, root: realm.0, successor: None }
    }

    /// Whether the certificate holds for an edge with that static key at that second.
    ///
    /// # Errors
    ///
    /// [`EdgeCertificateError`]; CHN-011, CHN-019.
    pub fn check_edge(
        &self,
        certificate: &EdgeCertificate<'_>,
        edge: &PublicKey,
        now_s: u64,
    ) -> Result<EdgeValidity, EdgeCertificateError> {
        let known = [Some(self.root), self.successor];
        let root = known.iter().flatten().find(|root| root_key_id(root) == certificate.root_key_id);
        let root = root.ok_or(EdgeCertificateError::UnknownRoot)?;
        let root = VerifyingKey::from_bytes(root).map_err(|_| EdgeCertificateError::BadRoot)?;
        let part = signed(self.realm, certificate.signed_part().as_bytes());
        root.verify(EDGE, &part, certificate.signature.as_bytes())
            .map_err(|_| EdgeCertificateError::BadSignature)?;
        if certificate.edge_key.as_bytes() != &edge.0 {
            return Err(EdgeCertificateError::OtherEdge);
        }
        let (not_before_s, not_after_s) = (certificate.not_before_s.value(), certificate.not_after_s.value());
        if not_after_s.saturating_sub(not_before_s) > limits::EDGE_CERTIFICATE_S.max {
            return Err(EdgeCertificateError::LivesTooLong);
        }
        if now_s < not_before_s || now_s > not_after_s {
            return Err(EdgeCertificateError::NotNow);
        }
        Ok(EdgeValidity { not_before_s, not_after_s })
    }

    /// The next root key that a trusted root announces, and since when it is in force; `None` when the announcement does
    /// not hold or is known.
    #[must_use]
    pub fn check_successor(&self, successor: &RootSuccessor<'_>) -> Option<([u8; 32], u64)> {
        let part = signed(self.realm, successor.signed_part().as_bytes());
        let known = [Some(self.root), self.successor];
        let mut roots = known.iter().flatten().filter_map(|root| VerifyingKey::from_bytes(root).ok());
        roots.find(|root| root.verify(SUCCESSOR, &part, successor.signature.as_bytes()).is_ok())?;
        let next = *successor.root_key.as_bytes();
        (!known.contains(&Some(next))).then(|| (next, successor.not_before_s.value()))
    }
}

/// A device certificate that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckedDevice {
    /// The account that owns the device.
    pub account: AccountId,
    /// The device.
    pub device: DeviceId,
    /// The account's Ed25519 identity key.
    pub identity_key: [u8; 32],
    /// The device's static key.
    pub noise_key: PublicKey,
    /// The device's Ed25519 signature key.
    pub signature_key: [u8; 32],
    /// Last second of its validity.
    pub not_after_s: u64,
}

/// Why a device certificate does not hold. To the peer each is CERTIFICATE_INVALID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceCertificateError {
    /// It is no certificate.
    Malformed(DecodeError),
    /// The signature does not fit (REG-014).
    BadSignature,
    /// It is for another static key than this session's (REG-015).
    OtherKey,
    /// Account or device are not derived from the keys (REG-016).
    NotDerived,
    /// It is over (REG-017).
    Expired,
}

impl fmt::Display for DeviceCertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "device certificate: {error}"),
            Self::BadSignature => f.write_str("device certificate with a signature that does not fit"),
            Self::OtherKey => f.write_str("device certificate of another device"),
            Self::NotDerived => f.write_str("device certificate with identifiers that are not derived"),
            Self::Expired => f.write_str("device certificate expired"),
        }
    }
}

impl core::error::Error for DeviceCertificateError {}

/// Judges the certificate that a device presents in a session of that static key.
///
/// # Errors
///
/// [`DeviceCertificateError`]; REG-014 to REG-017.
pub fn check_device(
    realm: RealmId,
    octets: &[u8],
    session_key: &PublicKey,
    now_s: u64,
) -> Result<CheckedDevice, DeviceCertificateError> {
    check(realm, octets, Some(session_key), now_s)
}

/// Judges the certificate of a device that is not at the other end: all but whose session this is.
///
/// # Errors
///
/// [`DeviceCertificateError`] without [`OtherKey`](DeviceCertificateError::OtherKey).
pub fn check_other_device(
    realm: RealmId,
    octets: &[u8],
    now_s: u64,
) -> Result<CheckedDevice, DeviceCertificateError> {
    check(realm, octets, None, now_s)
}

fn check(
    realm: RealmId,
    octets: &[u8],
    session_key: Option<&PublicKey>,
    now_s: u64,
) -> Result<CheckedDevice, DeviceCertificateError> {
    let certificate = DeviceCertificate::decode(octets).map_err(DeviceCertificateError::Malformed)?;
    let identity_key = *certificate.identity_key.as_bytes();
    let identity =
        VerifyingKey::from_bytes(&identity_key).map_err(|_| DeviceCertificateError::BadSignature)?;
    let part = signed(realm, certificate.signed_part().as_bytes());
    let verified = identity.verify(DEVICE, &part, certificate.signature.as_bytes());
    let is_other = session_key.is_none();
    let is_let_pass = is_other && fault::devices::OTHER_SIGNATURE_UNCHECKED.is_on();
    if verified.is_err() && !fault::registration::SIGNATURE_UNCHECKED.is_on() && !is_let_pass {
        return Err(DeviceCertificateError::BadSignature);
    }
    let noise_key = PublicKey(*certificate.noise_key.as_bytes());
    let is_static_key_checked = !fault::registration::STATIC_KEY_UNCHECKED.is_on();
    if session_key.is_some_and(|key| *key != noise_key) && is_static_key_checked {
        return Err(DeviceCertificateError::OtherKey);
    }
    // A certificate of another static key names another device.
    let is_device_checked = !fault::registration::DEVICE_UNCHECKED.is_on() && is_static_key_checked;
    let is_account_checked = !fault::registration::ACCOUNT_UNCHECKED.is_on();
    let is_underived = certificate.device != device_id(session_key.unwrap_or(&noise_key))
        && is_device_checked
        || certificate.account != account_id(&identity_key) && is_account_checked;
    if is_underived && !(is_other && fault::devices::OTHER_UNDERIVED_TAKEN.is_on()) {
        return Err(DeviceCertificateError::NotDerived);
    }
    let not_after_s = certificate.not_after_s.value();
    let is_let_pass = is_other && fault::devices::OTHER_EXPIRY_UNCHECKED.is_on();
    if not_after_s < now_s && !fault::registration::EXPIRY_UNCHECKED.is_on() && !is_let_pass {
        return Err(DeviceCertificateError::Expired);
    }
    Ok(CheckedDevice {
        account: certificate.account,
        device: certificate.device,
        identity_key,
        noise_key,
        signature_key: *certificate.signature_key.as_bytes(),
        not_after_s,
    })
}
