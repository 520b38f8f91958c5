//! Whether a credential is a device certificate that holds.

use core::fmt;

use blake2::{Blake2s256, Digest as _};
use pinnace_wire::{AccountId, DecodeError, DeviceCertificate, DeviceId};

/// What a device certificate that holds says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertifiedDevice {
    /// The account that owns the device.
    pub account: AccountId,
    /// The device.
    pub device: DeviceId,
    /// The account's Ed25519 identity key.
    pub identity_key: [u8; 32],
    /// The device's Ed25519 signature key: the one of its leaf.
    pub signature_key: [u8; 32],
    /// Last second of the certificate's validity, since 1970.
    pub not_after_s: u64,
}

/// Why a credential is no device certificate that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateError {
    /// It is not a basic credential.
    NotBasic,
    /// Its identity is no certificate.
    Malformed(DecodeError),
    /// The signature does not fit.
    BadSignature,
    /// Account or device are not derived from the keys.
    NotDerived,
    /// The leaf is signed by another key than the certified one.
    OtherKey,
    /// It is over.
    Expired,
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBasic => f.write_str("credential is not basic"),
            Self::Malformed(error) => write!(f, "credential is no device certificate: {error}"),
            Self::BadSignature => f.write_str("device certificate with a signature that does not fit"),
            Self::NotDerived => f.write_str("device certificate with identifiers that are not derived"),
            Self::OtherKey => f.write_str("leaf signed by another key than the certified one"),
            Self::Expired => f.write_str("device certificate expired"),
        }
    }
}

impl core::error::Error for CertificateError {}

/// Judges a certificate, but for its time: members judge a commit at different times and have to agree.
pub(crate) fn check(realm: &[u8; 32], octets: &[u8]) -> Result<CertifiedDevice, CertificateError> {
    let certificate = DeviceCertificate::decode(octets).map_err(CertificateError::Malformed)?;
    let identity_key = *certificate.identity_key.as_bytes();
    let part = certificate.signed_part();
    let signed = [DeviceCertificate::LABEL.as_bytes(), &[0], realm.as_slice(), part.as_bytes()].concat();
    let signature = ed25519_dalek::Signature::from_bytes(certificate.signature.as_bytes());
    ed25519_dalek::VerifyingKey::from_bytes(&identity_key)
        .and_then(|key| key.verify_strict(&signed, &signature))
        .map_err(|_| CertificateError::BadSignature)?;
    if certificate.account.as_bytes() != &derived("pinnace/1 account", &identity_key)
        || certificate.device.as_bytes() != &derived("pinnace/1 device", certificate.noise_key.as_bytes())
    {
        return Err(CertificateError::NotDerived);
    }
    Ok(CertifiedDevice {
        account: certificate.account,
        device: certificate.device,
        identity_key,
        signature_key: *certificate.signature_key.as_bytes(),
        not_after_s: certificate.not_after_s.value(),
    })
}

/// The first 16 octets of `digest(label, key)`. Spec: chapter 1, Ids.
fn derived(label: &str, key: &[u8; 32]) -> [u8; 16] {
    let digest: [u8; 32] =
        Blake2s256::new().chain_update(label).chain_update([0]).chain_update(key).finalize().into();
    digest.first_chunk().copied().unwrap_or_default()
}
