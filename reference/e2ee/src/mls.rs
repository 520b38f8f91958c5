//! What the rest of a client needs of an MLS library. Nothing here names one.

use pinnace_wire::DeviceId;
use zeroize::Zeroizing;

use crate::change::Change;
use crate::error::Error;
use crate::event::{Event, Member};
use crate::profile::Suite;
use crate::row::View;

/// How long a KeyPackage lives.
#[derive(Clone, Copy, Debug)]
pub struct Life {
    /// Now, in seconds since 1970.
    pub now_s: u64,
    /// For how long from now, in seconds, at most [`KEY_PACKAGE_S_MAX`](crate::KEY_PACKAGE_S_MAX).
    pub for_s: u64,
}

/// A KeyPackage that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPackage {
    /// The bare structure of RFC 9420, section 10.
    pub octets: Vec<u8>,
    /// Its reference (RFC 9420, section 5.2), by which [`Mls::forget_key_package`] knows it.
    pub reference: Vec<u8>,
    /// Last second of its life, since 1970.
    pub not_after_s: u64,
}

/// An extension of the `GroupContext`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Its type.
    pub id: u16,
    /// Its data.
    pub data: Vec<u8>,
}

/// A group that is to be.
#[derive(Clone, Copy, Debug)]
pub struct Creation<'a> {
    /// The group's id.
    pub group: &'a [u8],
    /// Its cipher suite.
    pub suite: Suite,
    /// The extensions of its context.
    pub extensions: &'a [Extension],
    /// KeyPackages of the devices to add.
    pub add: &'a [&'a [u8]],
    /// What the first commit says to everybody, the server included.
    pub aad: &'a [u8],
}

/// What a commit is to do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// KeyPackages of the devices to add.
    pub add: &'a [&'a [u8]],
    /// The devices to remove.
    pub remove: &'a [DeviceId],
    /// The extensions of the group's context from now on; `None` leaves them.
    pub extensions: Option<&'a [Extension]>,
    /// Whether the committer renews its keys.
    pub path: Path,
    /// What the commit says to everybody, the server included.
    pub aad: &'a [u8],
}

/// Whether a committer renews its keys, so that the group heals of a leak of the old ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Path {
    /// Always.
    #[default]
    Always,
    /// Only where RFC 9420 demands it: not when devices are just added. Such a commit is shorter.
    WhenNeeded,
}

/// A commit that waits for the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeCommit {
    /// The group.
    pub group: Vec<u8>,
    /// The epoch that it ends.
    pub epoch: u64,
    /// The `MLSMessage` for the members.
    pub commit: Vec<u8>,
    /// The `MLSMessage` for those who are added.
    pub welcome: Option<Vec<u8>>,
}

/// A group that was joined by a Welcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The group.
    pub group: Vec<u8>,
    /// Its epoch.
    pub epoch: u64,
    /// Who made the Welcome.
    pub inviter: Member,
}

/// Where a device stands in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is a member.
    Member,
    /// It made the group, and the server has not yet taken it.
    Creating,
    /// It made an external commit, and the server has not yet taken it.
    Joining,
}

/// A group as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Where this device stands in it.
    pub standing: Standing,
    /// Its cipher suite.
    pub suite: Suite,
    /// Its epoch.
    pub epoch: u64,
    /// Its members, by rising leaf.
    pub roster: Vec<Member>,
    /// The leaf of this device.
    pub own_leaf: u32,
    /// The extensions of its context.
    pub extensions: Vec<Extension>,
    /// Equal for all members who agree (RFC 9420, section 8.7).
    pub epoch_authenticator: Vec<u8>,
    /// Whether a commit of this device waits for the server.
    pub is_commit_pending: bool,
}

/// A device in its groups.
///
/// Operations that change something hand back a [`Change`]; nothing has happened until it is stored. Times are seconds
/// since 1970. What others sent is never judged by the clock: members read a commit at different times, and have to
/// agree on it.
pub trait Mls {
    /// Makes KeyPackages that can be used once.
    ///
    /// # Errors
    ///
    /// [`Error::LivesTooLong`], [`Error::NotInProfile`] for the suite, [`Error::Refused`].
    fn key_packages(&self, suite: Suite, count: usize, life: Life) -> Result<Change<Vec<KeyPackage>>, Error>;

    /// Makes a KeyPackage that can be used more than once, marked so (extension 0x000A).
    ///
    /// # Errors
    ///
    /// As [`Mls::key_packages`].
    fn last_resort(&self, suite: Suite, life: Life) -> Result<Change<KeyPackage>, Error>;

    /// Forgets the secrets of a KeyPackage, once it is over and nothing that uses it can still come.
    fn forget_key_package(&self, reference: &[u8]) -> Change<()>;

    /// Makes a group and the commit that adds its members. It stands as [`Standing::Creating`] until [`Mls::confirm`] or
    /// [`Mls::discard`].
    ///
    /// # Errors
    ///
    /// [`Error::GroupExists`]; what is wrong with a KeyPackage; [`Error::Store`].
    fn create(
        &self,
        view: &dyn View,
        creation: &Creation<'_>,
        now_s: u64,
    ) -> Result<Change<MadeCommit>, Error>;

    /// Joins a group by a Welcome. A group of the same id that this device was about to make gives way.
    ///
    /// # Errors
    ///
    /// [`Error::NotForUs`] when it holds nothing for a KeyPackage of ours, [`Error::GroupExists`], and what is wrong with
    /// the Welcome.
    fn join(&self, view: &dyn View, welcome: &[u8]) -> Result<Change<Joined>, Error>;

    /// Joins a group by a commit of its own ([`Standing::Joining`]). A leaf that this device had there before is removed.
    ///
    /// # Errors
    ///
    /// [`Error::GroupExists`], and what is wrong with the `GroupInfo`.
    fn external_join(
        &self,
        view: &dyn View,
        group_info: &[u8],
        aad: &[u8],
        now_s: u64,
    ) -> Result<Change<MadeCommit>, Error>;

    /// Encrypts a message to the members.
    ///
    /// # Errors
    ///
    /// [`Error::NoGroup`], [`Error::Unconfirmed`], [`Error::Store`].
    fn encrypt(
        &self,
        view: &dyn View,
        group: &[u8],
        content: &[u8],
        aad: &[u8],
    ) -> Result<Change<Vec<u8>>, Error>;

    /// Makes a commit. It waits until [`Mls::confirm`], [`Mls::discard`], or the commit of another that was first.
    ///
    /// # Errors
    ///
    /// [`Error::CommitPending`], [`Error::NoSuchMember`], what is wrong with a KeyPackage.
    fn commit(
        &self,
        view: &dyn View,
        group: &[u8],
        request: &Request<'_>,
        now_s: u64,
    ) -> Result<Change<MadeCommit>, Error>;

    /// The server has taken what waits: it is in force.
    ///
    /// # Errors
    ///
    /// [`Error::NoCommitPending`], [`Error::NoGroup`].
    fn confirm(&self, view: &dyn View, group: &[u8]) -> Result<Change<Event>, Error>;

    /// The server has refused what waits. A group that was being made or joined is forgotten.
    ///
    /// # Errors
    ///
    /// [`Error::NoCommitPending`], [`Error::NoGroup`].
    fn discard(&self, view: &dyn View, group: &[u8]) -> Result<Change<()>, Error>;

    /// Reads a message of the group.
    ///
    /// # Errors
    ///
    /// By whose fault: see [`Error`]. The group stays as it was.
    fn process(&self, view: &dyn View, group: &[u8], message: &[u8]) -> Result<Change<Event>, Error>;

    /// Forgets a group and all its keys.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    fn forget(&self, view: &dyn View, group: &[u8]) -> Result<Change<()>, Error>;

    /// The group as it stands.
    ///
    /// # Errors
    ///
    /// [`Error::NoGroup`], [`Error::Store`].
    fn group(&self, view: &dyn View, group: &[u8]) -> Result<Group, Error>;

    /// What a device needs to join by a commit of its own, signed by this member. It names the members: encrypt it.
    ///
    /// # Errors
    ///
    /// [`Error::NoGroup`], [`Error::Unconfirmed`].
    fn group_info(&self, view: &dyn View, group: &[u8]) -> Result<Vec<u8>, Error>;

    /// A secret of this epoch for another use, equal for all members (RFC 9420, section 8.5).
    ///
    /// # Errors
    ///
    /// [`Error::NoGroup`], [`Error::Unconfirmed`].
    fn exporter(
        &self,
        view: &dyn View,
        group: &[u8],
        purpose: Purpose<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, Error>;
}

/// What an exported secret is for.
#[derive(Clone, Copy, Debug)]
pub struct Purpose<'a> {
    /// The label.
    pub label: &'a str,
    /// The context.
    pub context: &'a [u8],
    /// How many octets.
    pub len: usize,
}
