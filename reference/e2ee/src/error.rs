//! What can go wrong, by blame.

use core::fmt;

use mls_rs::error::{AnyError, MlsError};

use crate::certificate::CertificateError;
use crate::row::Unavailable;
use crate::rules::Breach;

/// Why an operation did nothing.
#[derive(Debug)]
pub enum Error {
    /// Peer's octets: no message of RFC 9420, or another than the operation takes.
    Malformed,
    /// Peer's octets: a credential that does not hold.
    Certificate(CertificateError),
    /// Peer's octets: legal MLS that the profile does not have.
    NotInProfile(Breach),
    /// Peer's octets: the library refuses them.
    Refused(Refusal),
    /// Peer's octets: a KeyPackage whose life has not begun or is over.
    Expired {
        /// First second of its life.
        not_before_s: u64,
        /// Last second of its life.
        not_after_s: u64,
    },
    /// Order: a commit for another epoch than the group's, or a message of an epoch that is still to come.
    Epoch {
        /// The message's epoch.
        message: u64,
        /// The group's epoch.
        group: u64,
    },
    /// Order: a message of an epoch whose secrets are gone.
    BeyondWindow {
        /// The message's epoch.
        message: u64,
        /// The group's epoch.
        group: u64,
    },
    /// Order: the message was read before, or it is so old that its key is gone.
    KeyUsed,
    /// Order: an application message of this device itself, which cannot read it.
    OwnMessage,
    /// Order: a message whose sender has left the group since; nobody can say any more whose it was.
    SenderGone,
    /// Order: the Welcome holds nothing for a KeyPackage of this device.
    NotForUs,
    /// Caller: the message is of another group.
    OtherGroup,
    /// Caller: no such group.
    NoGroup,
    /// Caller: there is such a group.
    GroupExists,
    /// Caller: the server has not taken what makes this device a member.
    Unconfirmed,
    /// Caller: a commit waits for the server already.
    CommitPending,
    /// Caller: no commit waits.
    NoCommitPending,
    /// Caller: no such member.
    NoSuchMember,
    /// Caller: the private key is not that of the certificate, or no key at all.
    BadSignatureKey,
    /// Caller: a KeyPackage should live longer than it may.
    LivesTooLong {
        /// The longest life, in seconds.
        max_s: u64,
    },
    /// Surroundings: the store.
    Store(Unavailable),
    /// Surroundings: what the store holds is not what was written.
    StoredStateDamaged,
}

/// Why the MLS library refused octets.
#[derive(Debug)]
pub struct Refusal(pub(crate) MlsError);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("not the mls message that was expected"),
            Self::Certificate(error) => error.fmt(f),
            Self::NotInProfile(breach) => breach.fmt(f),
            Self::Refused(refusal) => write!(f, "mls: {refusal}"),
            Self::Expired { not_before_s, not_after_s } => {
                write!(f, "key package valid from {not_before_s} to {not_after_s} only")
            }
            Self::Epoch { message, group } => {
                write!(f, "message of epoch {message} in a group of epoch {group}")
            }
            Self::BeyondWindow { message, group } => {
                write!(f, "message of epoch {message}, whose keys are gone in epoch {group}")
            }
            Self::KeyUsed => f.write_str("message was read before, or its key is gone"),
            Self::OwnMessage => f.write_str("message of this device itself"),
            Self::SenderGone => f.write_str("message of a member that is gone"),
            Self::NotForUs => f.write_str("welcome for others"),
            Self::OtherGroup => f.write_str("message of another group"),
            Self::NoGroup => f.write_str("no such group"),
            Self::GroupExists => f.write_str("there is such a group already"),
            Self::Unconfirmed => f.write_str("the server has not yet taken what makes this device a member"),
            Self::CommitPending => f.write_str("a commit waits for the server already"),
            Self::NoCommitPending => f.write_str("no commit waits for the server"),
            Self::NoSuchMember => f.write_str("no such member"),
            Self::BadSignatureKey => f.write_str("signature key that is not the certified one"),
            Self::LivesTooLong { max_s } => write!(f, "a key package lives at most {max_s} s"),
            Self::Store(error) => error.fmt(f),
            Self::StoredStateDamaged => f.write_str("stored keys are damaged"),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Certificate(error) => Some(error),
            Self::NotInProfile(breach) => Some(breach),
            Self::Refused(refusal) => Some(&refusal.0),
            Self::Store(error) => Some(error),
            Self::Malformed
            | Self::Expired { .. }
            | Self::Epoch { .. }
            | Self::BeyondWindow { .. }
            | Self::KeyUsed
            | Self::OwnMessage
            | Self::SenderGone
            | Self::NotForUs
            | Self::OtherGroup
            | Self::NoGroup
            | Self::GroupExists
            | Self::Unconfirmed
            | Self::CommitPending
            | Self::NoCommitPending
            | Self::NoSuchMember
            | Self::BadSignatureKey
            | Self::LivesTooLong { .. }
            | Self::StoredStateDamaged => None,
        }
    }
}

impl From<MlsError> for Error {
    #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum of a hundred variants that grows")]
    fn from(error: MlsError) -> Self {
        match error {
            MlsError::SerializationError(_) | MlsError::UnexpectedMessageType => Self::Malformed,
            MlsError::IdentityProviderError(ref any) if let Some(error) = inner(any) => {
                Self::Certificate(*error)
            }
            MlsError::MlsRulesError(ref any) if let Some(breach) = inner(any) => Self::NotInProfile(*breach),
            MlsError::GroupStorageError(any)
            | MlsError::KeyPackageRepoError(any)
            | MlsError::PskStoreError(any) => Self::Store(Unavailable(Box::new(any))),
            MlsError::InvalidLifetime { not_before, not_after, timestamp: _ } => Self::Expired {
                not_before_s: not_before.seconds_since_epoch(),
                not_after_s: not_after.seconds_since_epoch(),
            },
            MlsError::KeyMissing(_) => Self::KeyUsed,
            MlsError::CantProcessMessageFromSelf => Self::OwnMessage,
            MlsError::WelcomeKeyPackageNotFound => Self::NotForUs,
            MlsError::GroupIdMismatch => Self::OtherGroup,
            MlsError::GroupNotFound => Self::NoGroup,
            MlsError::ExistingPendingCommit => Self::CommitPending,
            MlsError::PendingCommitNotFound => Self::NoCommitPending,
            MlsError::MemberNotFound => Self::SenderGone,
            MlsError::UnsupportedCipherSuite(_) => Self::NotInProfile(Breach::Suite),
            other => Self::Refused(Refusal(other)),
        }
    }
}

/// The error of ours that the library carried.
fn inner<E: core::error::Error + 'static>(any: &AnyError) -> Option<&E> {
    any.inner_dyn_error().downcast_ref()
}
