//! What a device hears: Welcomes, messages, commits.

use mls_rs::group::proposal::Proposal;
use mls_rs::group::{
    ApplicationMessageDescription, CommitEffect, CommitMessageDescription, ExportedTree, NewEpoch,
    ReceivedMessage,
};
use mls_rs::identity::SigningIdentity;
use mls_rs::{MlsMessage, WireFormat};
use zeroize::Zeroizing;

use super::{Device, LibraryGroup, Make};
use crate::change::Change;
use crate::credentials::Credentials;
use crate::desk::Desk;
use crate::error::Error;
use crate::event::{Committed, Event, Member, Message, Removal, Who};
use crate::mls::{Extension, Group, Joined, Path, Standing};
use crate::profile::Suite;
use crate::row::View;
use crate::rules::Breach;

pub(super) fn join(
    device: &Device,
    view: &dyn View,
    welcome: &[u8],
    tree: Option<ExportedTree<'static>>,
) -> Result<Change<Joined>, Error> {
    let desk = device.desk(view);
    let message = MlsMessage::from_bytes(welcome)?;
    if message.wire_format() != WireFormat::Welcome {
        return Err(Error::Malformed);
    }
    let suite = message.cipher_suite().ok_or(Error::Malformed)?;
    let client = device.client(&desk, suite, Make::default())?;
    // No time: leaves whose life is over stay members until somebody removes them.
    let (mut group, info) = client.join_group(tree, &message, None)?;
    let id = group.group_id().to_vec();
    match desk.record(&id)?.map(|record| record.standing) {
        Some(Standing::Member) => return Err(Error::GroupExists),
        // Another was first to make it, or took us in meanwhile.
        Some(Standing::Creating | Standing::Joining) => desk.forget(&id)?,
        None => {}
    }
    desk.stand(&id, Standing::Member)?;
    group.write_to_storage()?;
    let inviter = group.roster().member_with_index(info.sender)?;
    let inviter = member(device.credentials, inviter.index, &inviter.signing_identity)?;
    let joined = Joined { group: id, epoch: group.current_epoch(), inviter };
    drop((group, client));
    Ok(desk.into_change(joined))
}

pub(super) fn process(
    device: &Device,
    view: &dyn View,
    id: &[u8],
    octets: &[u8],
) -> Result<Change<Event>, Error> {
    let desk = device.desk(view);
    let message = MlsMessage::from_bytes(octets)?;
    let format = message.wire_format();
    let (WireFormat::PublicMessage | WireFormat::PrivateMessage, Some(epoch)) = (format, message.epoch())
    else {
        return Err(Error::Malformed);
    };
    if message.group_id() != Some(id) {
        return Err(Error::OtherGroup);
    }
    let mut group = device.load_joined(&desk, id, Path::Always)?;
    let now = group.current_epoch();
    // No time: members read a commit at different times, and have to agree on it.
    let received = group.process_incoming_message(message).map_err(|error| read_error(error, epoch, now))?;
    if device.credentials != Credentials::Unchecked {
        check_profile(&received, format)?;
    }
    let event = match received {
        ReceivedMessage::ApplicationMessage(message) => {
            Event::Message(said(device.credentials, &group, message, epoch)?)
        }
        ReceivedMessage::Commit(commit) => committed(device.credentials, &group, commit)?,
        ReceivedMessage::Proposal(_) => Event::Proposed,
        ReceivedMessage::GroupInfo(_) | ReceivedMessage::Welcome | ReceivedMessage::KeyPackage(_) => {
            return Err(Error::Malformed);
        }
    };
    finish(desk, group, id, event)
}

pub(super) fn confirm(device: &Device, view: &dyn View, id: &[u8]) -> Result<Change<Event>, Error> {
    let desk = device.desk(view);
    let (mut group, standing) = device.load(&desk, id, Path::Always)?;
    let event = match standing {
        Standing::Member | Standing::Creating => {
            let commit = group.apply_pending_commit()?;
            committed(device.credentials, &group, commit)?
        }
        Standing::Joining => Event::Joined { epoch: group.current_epoch() },
    };
    desk.stand(id, Standing::Member)?;
    finish(desk, group, id, event)
}

/// Writes the group, or forgets it when this device is out of it.
fn finish(
    desk: Desk<'_>,
    mut group: LibraryGroup<'_>,
    id: &[u8],
    event: Event,
) -> Result<Change<Event>, Error> {
    match event {
        Event::Removed(_) => desk.forget(id)?,
        Event::Message(_) | Event::Committed(_) | Event::Joined { .. } | Event::Proposed => {
            group.write_to_storage()?
        }
    }
    drop(group);
    Ok(desk.into_change(event))
}

/// Why a message could not be read, where its epoch explains it.
#[expect(clippy::wildcard_enum_match_arm, reason = "a foreign enum of a hundred variants that grows")]
fn read_error(error: mls_rs::error::MlsError, message: u64, group: u64) -> Error {
    use mls_rs::error::MlsError;
    match error {
        MlsError::EpochNotFound if message < group => Error::BeyondWindow { message, group },
        MlsError::EpochNotFound | MlsError::InvalidEpoch => Error::Epoch { message, group },
        error => error.into(),
    }
}

/// What the rules for commits cannot see: how the message came.
fn check_profile(received: &ReceivedMessage, format: WireFormat) -> Result<(), Error> {
    let breach = match received {
        ReceivedMessage::Proposal(_) => Some(Breach::ProposalByReference),
        ReceivedMessage::Commit(commit) if !commit.is_external && format == WireFormat::PublicMessage => {
            Some(Breach::PublicHandshake)
        }
        ReceivedMessage::Commit(_)
        | ReceivedMessage::ApplicationMessage(_)
        | ReceivedMessage::GroupInfo(_)
        | ReceivedMessage::Welcome
        | ReceivedMessage::KeyPackage(_) => None,
    };
    breach.map_or(Ok(()), |breach| Err(Error::NotInProfile(breach)))
}

fn said(
    credentials: Credentials,
    group: &LibraryGroup<'_>,
    message: ApplicationMessageDescription,
    epoch: u64,
) -> Result<Message, Error> {
    let sender = group.roster().member_with_index(message.sender_index)?;
    let sender = member(credentials, sender.index, &sender.signing_identity)?;
    let content = Zeroizing::new(message.data().to_vec());
    Ok(Message { sender, epoch, aad: message.authenticated_data, content })
}

fn committed(
    credentials: Credentials,
    group: &LibraryGroup<'_>,
    commit: CommitMessageDescription,
) -> Result<Event, Error> {
    let (new, is_removed) = match commit.effect {
        CommitEffect::NewEpoch(new) => (new, false),
        CommitEffect::Removed { new_epoch, remover: _ } => (new_epoch, true),
        CommitEffect::ReInit(_) => return Err(Error::NotInProfile(Breach::ProposalType)),
    };
    let before = |leaf| {
        let found = new.prior_state().member_at_index(leaf).ok_or(Error::NoSuchMember)?;
        member(credentials, leaf, &found.signing_identity)
    };
    let aad = commit.authenticated_data;
    if is_removed {
        let committer = before(commit.committer)?;
        return Ok(Event::Removed(Removal { committer, epoch: new.epoch(), aad }));
    }
    let committer = group.roster().member_with_index(commit.committer)?;
    let committer = member(credentials, committer.index, &committer.signing_identity)?;
    let mut added = added(credentials, group, &new)?;
    if commit.is_external {
        added.push(committer.clone());
    }
    let removed = removed(&new).map(before).collect::<Result<_, _>>()?;
    let (epoch, external) = (new.epoch(), commit.is_external);
    Ok(Event::Committed(Committed { committer, epoch, aad, added, removed, external }))
}

/// Who was added, by the leaf where it stands now.
fn added(credentials: Credentials, group: &LibraryGroup<'_>, new: &NewEpoch) -> Result<Vec<Member>, Error> {
    let roster = group.roster().members();
    let mut added = Vec::new();
    for proposal in new.applied_proposals() {
        if let Proposal::Add(add) = &proposal.proposal {
            let identity = add.signing_identity();
            let stands = roster.iter().find(|member| member.signing_identity == *identity);
            added.push(member(credentials, stands.ok_or(Error::NoSuchMember)?.index, identity)?);
        }
    }
    Ok(added)
}

/// The leaves that were removed, of the epoch before.
fn removed(new: &NewEpoch) -> impl Iterator<Item = u32> + '_ {
    new.applied_proposals().iter().filter_map(|proposal| {
        if let Proposal::Remove(remove) = &proposal.proposal { Some(remove.to_remove()) } else { None }
    })
}

fn member(credentials: Credentials, leaf: u32, identity: &SigningIdentity) -> Result<Member, Error> {
    let who = match credentials.device(identity).map_err(Error::Certificate)? {
        Some(device) => Who::Device(device),
        None => {
            let basic = identity.credential.as_basic().ok_or(Error::Malformed)?;
            Who::Unchecked(basic.identifier().to_vec())
        }
    };
    Ok(Member { leaf, who })
}

pub(super) fn group(device: &Device, view: &dyn View, id: &[u8]) -> Result<Group, Error> {
    let (group, standing) = device.load(&device.desk(view), id, Path::Always)?;
    let members = group.roster().members();
    let roster = members.iter().map(|found| member(device.credentials, found.index, &found.signing_identity));
    let extensions = group.context().extensions().iter().map(|extension| Extension {
        id: extension.extension_type().raw_value(),
        data: extension.extension_data().to_vec(),
    });
    Ok(Group {
        standing,
        suite: Suite(group.cipher_suite().into()),
        epoch: group.current_epoch(),
        own_leaf: group.current_member_index(),
        extensions: extensions.collect(),
        epoch_authenticator: group.epoch_authenticator()?.as_bytes().to_vec(),
        is_commit_pending: group.has_pending_commit(),
        roster: roster.collect::<Result<_, _>>()?,
    })
}
