//! What a device says: groups, commits, messages.

use mls_rs::extension::ExtensionType;
use mls_rs::extension::built_in::RatchetTreeExt;
use mls_rs::group::CommitOutput;
use mls_rs::time::MlsTime;
use mls_rs::{CipherSuite, Extension as LibraryExtension, ExtensionList, IdentityProvider as _, MlsMessage};
use pinnace_wire::DeviceId;

use super::{Device, LibraryGroup, Make, keys};
use crate::change::Change;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::mls::{Creation, Extension, MadeCommit, Path, Request, Standing};
use crate::row::View;

pub(super) fn create(
    device: &Device,
    view: &dyn View,
    creation: &Creation<'_>,
    now_s: u64,
) -> Result<Change<MadeCommit>, Error> {
    let desk = device.desk(view);
    if desk.record(creation.group)?.is_some() {
        return Err(Error::GroupExists);
    }
    let client = device.client_at(&desk, CipherSuite::from(creation.suite.0), Make::default(), now_s)?;
    let now = MlsTime::from(now_s);
    let builder = client.group_builder()?.with_group_id(creation.group.to_vec());
    let builder = builder.with_group_context_extensions(library_extensions(creation.extensions));
    let mut group = builder.with_now_time(now).build()?;
    let mut commit = group.commit_builder().authenticated_data(creation.aad.to_vec()).commit_time(now);
    for octets in creation.add {
        commit = commit.add_member(keys::message(device, octets, now_s)?)?;
    }
    let made = made(creation.group, 0, commit.build()?)?;
    desk.stand(creation.group, Standing::Creating)?;
    group.write_to_storage()?;
    drop((group, client));
    Ok(desk.into_change(made))
}

pub(super) fn external_join(
    device: &Device,
    view: &dyn View,
    group_info: &[u8],
    aad: &[u8],
    now_s: u64,
) -> Result<Change<MadeCommit>, Error> {
    let desk = device.desk(view);
    let message = MlsMessage::from_bytes(group_info)?;
    let info = message.as_group_info().ok_or(Error::Malformed)?;
    let (id, epoch) = (info.group_context().group_id().to_vec(), info.group_context().epoch());
    let suite = info.group_context().cipher_suite();
    match desk.record(&id)?.map(|record| record.standing) {
        Some(Standing::Member | Standing::Joining) => return Err(Error::GroupExists),
        Some(Standing::Creating) => desk.forget(&id)?,
        None => {}
    }
    let client = device.client_at(&desk, suite, Make::default(), now_s)?;
    let own = device.credentials.identity(client.signing_identity()?.0, &ExtensionList::new());
    let own = own.map_err(Error::Certificate)?;
    // No time: the lives of leaves in the tree may be over. What a device joins with by itself has none.
    let mut builder = client.external_commit_builder()?.with_authenticated_data(aad.to_vec());
    if let Some(leaf) = leaf_before(device.credentials, info, &own)? {
        builder = builder.with_removal(leaf);
    }
    let (mut group, commit) = builder.build(message)?;
    desk.stand(&id, Standing::Joining)?;
    group.write_to_storage()?;
    drop((group, client));
    let made = MadeCommit { group: id, epoch, commit: commit.to_bytes()?, welcome: None };
    Ok(desk.into_change(made))
}

/// The leaf that this device had in the group before.
fn leaf_before(
    credentials: Credentials,
    info: &mls_rs::group::GroupInfo,
    own: &[u8],
) -> Result<Option<u32>, Error> {
    let tree = info.extensions().get_as::<RatchetTreeExt>().map_err(|_| Error::Malformed)?;
    let Some(tree) = tree else {
        return Ok(None);
    };
    let is_own = |member: &mls_rs::group::Member| {
        credentials.identity(&member.signing_identity, &ExtensionList::new()).is_ok_and(|id| id == own)
    };
    let leaf = tree.tree_data().roster().members_iter().find(is_own).map(|member| member.index);
    Ok(leaf)
}

pub(super) fn encrypt(
    device: &Device,
    view: &dyn View,
    id: &[u8],
    content: &[u8],
    aad: &[u8],
) -> Result<Change<Vec<u8>>, Error> {
    let desk = device.desk(view);
    let mut group = device.load_joined(&desk, id, Path::Always)?;
    let octets = group.encrypt_application_message(content, aad.to_vec())?.to_bytes()?;
    group.write_to_storage()?;
    drop(group);
    Ok(desk.into_change(octets))
}

pub(super) fn commit(
    device: &Device,
    view: &dyn View,
    id: &[u8],
    request: &Request<'_>,
    now_s: u64,
) -> Result<Change<MadeCommit>, Error> {
    let desk = device.desk(view);
    let mut group = device.load_joined(&desk, id, request.path)?;
    if group.has_pending_commit() {
        return Err(Error::CommitPending);
    }
    let own = group.roster().member_with_index(group.current_member_index())?.signing_identity;
    let (signer, identity) = device.signer(group.cipher_suite())?;
    if own != identity && request.path == Path::WhenNeeded {
        // A renewed certificate rides in the committer's new leaf.
        return commit(device, view, id, &Request { path: Path::Always, ..*request }, now_s);
    }
    let epoch = group.current_epoch();
    let leaves =
        request.remove.iter().map(|device| leaf_of(&group, *device)).collect::<Result<Vec<_>, _>>()?;
    let mut builder = group.commit_builder().authenticated_data(request.aad.to_vec());
    builder = builder.commit_time(MlsTime::from(now_s));
    if own != identity {
        builder = builder.set_new_signing_identity(signer, identity);
    }
    for leaf in leaves {
        builder = builder.remove_member(leaf)?;
    }
    for octets in request.add {
        builder = builder.add_member(keys::message(device, octets, now_s)?)?;
    }
    if let Some(extensions) = request.extensions {
        builder = builder.set_group_context_ext(library_extensions(extensions))?;
    }
    let made = made(id, epoch, builder.build()?)?;
    group.write_to_storage()?;
    drop(group);
    Ok(desk.into_change(made))
}

pub(super) fn discard(device: &Device, view: &dyn View, id: &[u8]) -> Result<Change<()>, Error> {
    let desk = device.desk(view);
    let (mut group, standing) = device.load(&desk, id, Path::Always)?;
    match standing {
        Standing::Creating | Standing::Joining => desk.forget(id)?,
        Standing::Member if group.has_pending_commit() => {
            group.clear_pending_commit();
            group.write_to_storage()?;
        }
        Standing::Member => return Err(Error::NoCommitPending),
    }
    drop(group);
    Ok(desk.into_change(()))
}

fn leaf_of(group: &LibraryGroup<'_>, device: DeviceId) -> Result<u32, Error> {
    let member = group.member_with_identity(device.as_bytes());
    member.map(|member| member.index).map_err(|_| Error::NoSuchMember)
}

fn library_extensions(extensions: &[Extension]) -> ExtensionList {
    let library = extensions
        .iter()
        .map(|extension| LibraryExtension::new(ExtensionType::from(extension.id), extension.data.clone()));
    library.collect::<Vec<_>>().into()
}

fn made(group: &[u8], epoch: u64, output: CommitOutput) -> Result<MadeCommit, Error> {
    let welcome = output.welcome_messages.first().map(MlsMessage::to_bytes).transpose()?;
    Ok(MadeCommit { group: group.to_vec(), epoch, commit: output.commit_message.to_bytes()?, welcome })
}
