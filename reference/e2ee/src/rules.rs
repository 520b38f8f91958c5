//! What a commit may do in this profile: a part of RFC 9420 that the delivery service can follow.

use core::fmt;

use mls_rs::MlsRules;
use mls_rs::client_builder::PaddingMode;
use mls_rs::error::IntoAnyError;
use mls_rs::group::{GroupContext, Roster};
use mls_rs::mls_rules::{CommitDirection, CommitOptions, CommitSource, EncryptionOptions, ProposalBundle};

use crate::certificate::CertificateError;
use crate::credentials::Credentials;
use crate::mls::Path;

/// What is legal MLS and not of the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breach {
    /// A handshake message of a member that is not encrypted.
    PublicHandshake,
    /// A proposal on its own, or a commit that refers to one: commits carry their proposals.
    ProposalByReference,
    /// A pre-shared key, a reinitialisation or a proposal of another specification.
    ProposalType,
    /// An external commit by a device of an account that has no device in the group.
    AccountOutside,
    /// A cipher suite that is not of the profile.
    Suite,
    /// A KeyPackage that lives longer than [`KEY_PACKAGE_S_MAX`](crate::KEY_PACKAGE_S_MAX).
    LivesTooLong,
    /// A credential that does not hold, where the library did not look.
    Certificate(CertificateError),
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PublicHandshake => "handshake message of a member that is not encrypted",
            Self::ProposalByReference => "proposal outside of a commit",
            Self::ProposalType => "proposal of a type that the profile does not have",
            Self::AccountOutside => "external commit by a device of an account outside of the group",
            Self::Suite => "cipher suite that the profile does not have",
            Self::LivesTooLong => "key package lives too long",
            Self::Certificate(error) => return error.fmt(f),
        })
    }
}

impl core::error::Error for Breach {}

impl IntoAnyError for Breach {
    fn into_dyn_error(self) -> Result<Box<dyn core::error::Error + Send + Sync>, Self> {
        Ok(Box::new(self))
    }
}

/// The rules for one operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) credentials: Credentials,
    pub(crate) path: Path,
}

impl Rules {
    /// Whether the account of a joiner has a device in the group.
    fn check_joiner(&self, source: &CommitSource, roster: &Roster<'_>) -> Result<(), Breach> {
        let CommitSource::NewMember(joiner) = source else {
            return Ok(());
        };
        let Some(joiner) = self.credentials.device(joiner).map_err(Breach::Certificate)? else {
            return Ok(());
        };
        let mut accounts = roster.members_iter().filter_map(|member| {
            self.credentials.device(&member.signing_identity).ok().flatten().map(|device| device.account)
        });
        if accounts.any(|account| account == joiner.account) { Ok(()) } else { Err(Breach::AccountOutside) }
    }
}

impl MlsRules for Rules {
    type Error = Breach;

    fn filter_proposals(
        &self,
        _: CommitDirection,
        source: CommitSource,
        roster: &Roster<'_>,
        _: &GroupContext,
        proposals: ProposalBundle,
    ) -> Result<ProposalBundle, Breach> {
        if self.credentials == Credentials::Unchecked {
            return Ok(proposals);
        }
        // An Update proposal can only come by reference.
        let by_reference = proposals.iter_proposals().any(|proposal| proposal.is_by_reference());
        if by_reference || !proposals.update_proposals().is_empty() {
            return Err(Breach::ProposalByReference);
        }
        if !proposals.psk_proposals().is_empty()
            || !proposals.reinit_proposals().is_empty()
            || !proposals.custom_proposals().is_empty()
        {
            return Err(Breach::ProposalType);
        }
        self.check_joiner(&source, roster)?;
        Ok(proposals)
    }

    /// One Welcome for all who are added, with the tree in it.
    fn commit_options(
        &self,
        _: &Roster<'_>,
        _: &GroupContext,
        _: &ProposalBundle,
    ) -> Result<CommitOptions, Breach> {
        Ok(CommitOptions::new()
            .with_ratchet_tree_extension(true)
            .with_single_welcome_message(true)
            .with_path_required(self.path == Path::Always))
    }

    /// Handshake messages are encrypted. Padding goes in steps of an eighth of the next power of two, 32 octets at
    /// least.
    fn encryption_options(&self, _: &Roster<'_>, _: &GroupContext) -> Result<EncryptionOptions, Breach> {
        Ok(EncryptionOptions::new(true, PaddingMode::StepFunction))
    }
}
