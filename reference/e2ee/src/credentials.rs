//! Which credentials a device takes: the identity provider of the MLS library.

use mls_rs::error::IntoAnyError;
use mls_rs::identity::{CredentialType, SigningIdentity};
use mls_rs::time::MlsTime;
use mls_rs::{ExtensionList, IdentityProvider};
use mls_rs_core::identity::MemberValidationContext;

use crate::certificate::{CertificateError, CertifiedDevice, check};

/// Which credentials a device takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// Basic credentials whose identity is a device certificate of this realm, and what else the profile demands.
    Certified {
        /// The realm id.
        realm: [u8; 32],
    },
    /// Any basic credential, any suite and all of RFC 9420. For vectors and for trying out; never for a conversation.
    Unchecked,
}

impl IntoAnyError for CertificateError {
    fn into_dyn_error(self) -> Result<Box<dyn core::error::Error + Send + Sync>, Self> {
        Ok(Box::new(self))
    }
}

impl Credentials {
    /// The certified device behind a leaf; `None` where credentials are not checked.
    pub(crate) fn device(self, leaf: &SigningIdentity) -> Result<Option<CertifiedDevice>, CertificateError> {
        let identity = basic(leaf)?;
        let Self::Certified { realm } = self else {
            return Ok(None);
        };
        let device = check(&realm, identity)?;
        if leaf.signature_key.as_bytes() != device.signature_key {
            return Err(CertificateError::OtherKey);
        }
        Ok(Some(device))
    }

    /// Whether the certificate behind a leaf holds at that second.
    pub(crate) fn check_now(self, leaf: &SigningIdentity, now_s: u64) -> Result<(), CertificateError> {
        match self.device(leaf)? {
            Some(device) if device.not_after_s < now_s => Err(CertificateError::Expired),
            Some(_) | None => Ok(()),
        }
    }
}

fn basic(leaf: &SigningIdentity) -> Result<&[u8], CertificateError> {
    Ok(leaf.credential.as_basic().ok_or(CertificateError::NotBasic)?.identifier())
}

impl IdentityProvider for Credentials {
    type Error = CertificateError;

    /// Never by the clock: a leaf outlives its certificate until somebody removes it, and members judge it at different
    /// times. Where a device itself adds somebody, `check_now` looks at the time.
    fn validate_member(
        &self,
        leaf: &SigningIdentity,
        _: Option<MlsTime>,
        _: MemberValidationContext<'_>,
    ) -> Result<(), CertificateError> {
        self.device(leaf).map(|_| ())
    }

    fn validate_external_sender(
        &self,
        sender: &SigningIdentity,
        _: Option<MlsTime>,
        _: Option<&ExtensionList>,
    ) -> Result<(), CertificateError> {
        self.device(sender).map(|_| ())
    }

    /// What may stand once in a group: the device, so that a renewed certificate is the same member.
    fn identity(&self, leaf: &SigningIdentity, _: &ExtensionList) -> Result<Vec<u8>, CertificateError> {
        match self.device(leaf)? {
            Some(device) => Ok(device.device.as_bytes().to_vec()),
            None => Ok(basic(leaf)?.to_vec()),
        }
    }

    fn valid_successor(
        &self,
        before: &SigningIdentity,
        after: &SigningIdentity,
        extensions: &ExtensionList,
    ) -> Result<bool, CertificateError> {
        Ok(self.identity(before, extensions)? == self.identity(after, extensions)?)
    }

    fn supported_types(&self) -> Vec<CredentialType> {
        vec![CredentialType::BASIC]
    }
}
