//! Commits of this device: it creates a conversation, adds, removes, renews its key.

use pinnace_content::Kind;
use pinnace_e2ee::{Creation, Extension, Path, Request};
use pinnace_wire::limits::{COMMIT_DEVICES, HEAL_MESSAGES_MAX, HEAL_S};
use pinnace_wire::{
    AccountId, CommitAad, ConversationId, ConversationKind, ConversationOrigin, DeviceId, List,
};

use super::error::ConversationError;
use super::row::{self, Intent, Numbered, Record, Stage};
use super::{Book, CommitParts, Parcel, ParcelBody, SUITE, Step, device_of, origin};

/// The extension of the group's context that holds the origin.
pub(super) const ORIGIN_EXTENSION: u16 = 0xF100;

/// A device that is to be added, with a KeyPackage of it that was judged (KEY-018).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newcomer {
    /// Its account.
    pub account: AccountId,
    /// The device.
    pub device: DeviceId,
    /// The KeyPackage: the bare structure of RFC 9420.
    pub key_package: Vec<u8>,
}

impl Newcomer {
    fn to_row(&self) -> row::Newcomer {
        row::Newcomer { device: self.device.as_bytes().to_vec(), key_package: self.key_package.clone() }
    }
}

impl Book<'_> {
    /// Creates a conversation with these devices. It is one when its first commit comes back.
    ///
    /// # Errors
    ///
    /// [`ConversationError::Exists`], [`ConversationError::Outsider`], [`ConversationError::TooMany`], and what is wrong with a
    /// KeyPackage.
    pub fn create(
        &mut self,
        origin: &ConversationOrigin,
        name: &str,
        add: &[Newcomer],
    ) -> Step<ConversationId> {
        let id = origin::conversation_id(self.me.realm, origin);
        let before = self.record(id)?;
        if before.as_ref().is_some_and(|record| !record.is_at(Stage::Left)) {
            return Err(ConversationError::Exists);
        }
        if !origin::admits(origin, self.me.account)
            || !add.iter().all(|it| origin::admits(origin, it.account))
        {
            return Err(ConversationError::Outsider);
        }
        let octets = origin::octets(origin);
        let aad = commit_aad(add.iter().map(|it| it.device).collect(), Vec::new())?;
        let packages: Vec<&[u8]> = add.iter().map(|it| it.key_package.as_slice()).collect();
        let extensions = [Extension { id: ORIGIN_EXTENSION, data: octets.clone() }];
        let group = id.as_bytes();
        let creation = Creation { group, suite: SUITE, extensions: &extensions, add: &packages, aad: &aad };
        let made = self.mls.create(&self.desk, &creation, self.now_s())?;
        let made = self.desk.take(made);
        let welcome = made.welcome.unwrap_or_default();
        let body = CommitParts { commit: made.commit, welcome, origin: Some(*origin) };
        self.send_commit(id, body, 0)?;
        let intent = Intent { is_sent: true, ..Intent::default() };
        let kept = before.unwrap_or_default();
        let record = Record {
            origin: octets,
            stage: Stage::Creating.into(),
            name: name.to_owned(),
            intent: Some(intent),
            healed_ms: self.now.unix_ms,
            // What was said here before stays.
            next_order: kept.next_order,
            ..Record::default()
        };
        self.keep(id, &record);
        Ok(id)
    }

    /// Adds devices to a group.
    ///
    /// # Errors
    ///
    /// [`ConversationError::NotMember`], [`ConversationError::Busy`], [`ConversationError::Nobody`] when they are all there, and
    /// what is wrong with a KeyPackage.
    pub fn add(&mut self, id: ConversationId, add: &[Newcomer]) -> Step<()> {
        let (mut record, origin) = self.ready(id)?;
        if !add.iter().all(|it| origin::admits(&origin, it.account)) {
            return Err(ConversationError::Outsider);
        }
        let intent = Intent { add: add.iter().map(Newcomer::to_row).collect(), ..Intent::default() };
        self.commit(id, &mut record, intent)
    }

    /// Adds devices of an account that is in a conversation: now, or with the commit after the one that is under way.
    ///
    /// # Errors
    ///
    /// [`ConversationError::NoConversation`], [`ConversationError::Outsider`], the store.
    pub fn want(&mut self, id: ConversationId, add: &[Newcomer]) -> Step<()> {
        let mut record = self.known(id)?;
        let origin = record.origin().ok_or(ConversationError::NoConversation)?;
        if !add.iter().all(|it| origin::admits(&origin, it.account)) {
            return Err(ConversationError::Outsider);
        }
        record.wanted.extend(add.iter().map(Newcomer::to_row));
        self.tend(id, &mut record)?;
        self.keep(id, &record);
        Ok(())
    }

    /// Removes all devices of these accounts from a group.
    ///
    /// # Errors
    ///
    /// [`ConversationError::NotMember`], [`ConversationError::Busy`], [`ConversationError::Nobody`] when none is there;
    /// [`ConversationError::Outsider`] in a conversation of two.
    pub fn remove(&mut self, id: ConversationId, accounts: &[AccountId]) -> Step<()> {
        let (mut record, origin) = self.ready(id)?;
        if origin.kind != ConversationKind::Group {
            return Err(ConversationError::Outsider);
        }
        let remove = self.devices_of(id, accounts)?;
        let intent = Intent { remove, ..Intent::default() };
        self.commit(id, &mut record, intent)
    }

    /// Renews the own key, so that whoever stole it reads no more.
    ///
    /// # Errors
    ///
    /// [`ConversationError::NotMember`], [`ConversationError::Busy`].
    pub fn heal(&mut self, id: ConversationId) -> Step<()> {
        let (mut record, _) = self.ready(id)?;
        self.commit(id, &mut record, Intent { heal: true, ..Intent::default() })
    }

    /// Leaves: a group is told, and another member removes the devices of this account; what is said then is said to nobody.
    ///
    /// # Errors
    ///
    /// [`ConversationError::NotMember`]; [`ConversationError::Outsider`] in a conversation of two, which has nobody else.
    pub fn leave(&mut self, id: ConversationId, content: &pinnace_content::Content) -> Step<()> {
        let record = self.known(id)?;
        match record.origin().map(|origin| origin.kind) {
            Some(ConversationKind::Group) => {}
            Some(ConversationKind::Direct | ConversationKind::OwnDevices) | None => {
                return Err(ConversationError::Outsider);
            }
        }
        if content.kind != Kind::Leave {
            return Err(ConversationError::Nobody);
        }
        self.say(id, content).map(|_| ())
    }

    /// A conversation in which a commit can be made.
    fn ready(&self, id: ConversationId) -> Step<(Record, ConversationOrigin)> {
        let record = self.known(id)?;
        let stage = Stage::try_from(record.stage).unwrap_or(Stage::Broken);
        let origin = record.origin().ok_or(ConversationError::NotMember(Stage::Broken))?;
        match stage {
            Stage::Member if record.intent.is_some() => Err(ConversationError::Busy),
            Stage::Member => Ok((record, origin)),
            Stage::Creating
            | Stage::AwaitsWelcome
            | Stage::Joining
            | Stage::Left
            | Stage::Broken
            | Stage::Behind => Err(ConversationError::NotMember(stage)),
        }
    }

    /// The devices of these accounts in the group, without this one.
    pub(super) fn devices_of(&self, id: ConversationId, accounts: &[AccountId]) -> Step<Vec<Vec<u8>>> {
        let group = self.mls.group(&self.desk, id.as_bytes())?;
        let devices = group.roster.iter().filter_map(|member| member.device());
        let theirs = devices.filter(|it| accounts.contains(&it.account) && it.device != self.me.device);
        Ok(theirs.map(|it| it.device.as_bytes().to_vec()).collect())
    }

    /// Makes the commit that does what is left to do of an intent.
    ///
    /// # Errors
    /// [`ConversationError::Nobody`] when nothing is.
    pub(super) fn commit(&mut self, id: ConversationId, record: &mut Record, mut intent: Intent) -> Step<()> {
        let group = self.mls.group(&self.desk, id.as_bytes())?;
        let is_there = |octets: &[u8]| {
            group.roster.iter().filter_map(|it| it.device()).any(|it| it.device == device_of(octets))
        };
        intent.add.retain(|newcomer| !is_there(&newcomer.device));
        intent.remove.retain(|device| is_there(device) && device_of(device) != self.me.device);
        if intent.add.is_empty() && intent.remove.is_empty() && !intent.heal {
            return Err(ConversationError::Nobody);
        }
        // Whoever wants to leave goes with it.
        let leaving: Vec<_> = record.leaving.iter().map(|account| super::account_of(account)).collect();
        for device in self.devices_of(id, &leaving)? {
            if !intent.remove.contains(&device) {
                intent.remove.push(device);
            }
        }
        let removed: Vec<DeviceId> = intent.remove.iter().map(|device| device_of(device)).collect();
        let added = intent.add.iter().map(|it| device_of(&it.device)).collect();
        let aad = commit_aad(added, removed.clone())?;
        let packages: Vec<&[u8]> = intent.add.iter().map(|it| it.key_package.as_slice()).collect();
        let is_adding = removed.is_empty() && !intent.heal;
        let path = if is_adding { Path::WhenNeeded } else { Path::Always };
        let request = Request { add: &packages, remove: &removed, extensions: None, path, aad: &aad };
        let made = self.mls.commit(&self.desk, id.as_bytes(), &request, self.now_s())?;
        let made = self.desk.take(made);
        let welcome = made.welcome.unwrap_or_default();
        self.send_commit(id, CommitParts { commit: made.commit, welcome, origin: None }, made.epoch)?;
        let renews = path == Path::Always;
        record.intent = Some(Intent { is_sent: true, epoch: made.epoch, renews, ..intent });
        self.keep(id, record);
        Ok(())
    }

    fn send_commit(&mut self, conversation: ConversationId, parts: CommitParts, epoch: u64) -> Step<()> {
        let note = Numbered { conversation: conversation.as_bytes().to_vec(), order: None, epoch };
        self.number(Parcel { conversation, body: ParcelBody::Commit(parts) }, &note)
    }

    /// Does now what waited for the commit of another, or for time to pass. What cannot be done is given up, and told.
    pub(super) fn tend(&mut self, id: ConversationId, record: &mut Record) -> Step<()> {
        if !record.is_at(Stage::Member)
            || record.intent.as_ref().is_some_and(|intent| intent.is_sent || intent.waits)
        {
            return Ok(());
        }
        let heals = record.said_count >= HEAL_MESSAGES_MAX.default || {
            let age_ms = self.now.unix_ms.saturating_sub(record.healed_ms);
            record.said_count > 0 && age_ms >= HEAL_S.default.saturating_mul(1000)
        };
        if !heals && record.intent.is_none() && record.leaving.is_empty() && record.wanted.is_empty() {
            return Ok(());
        }
        let mut intent = record.intent.take().unwrap_or_default();
        intent.heal |= heals;
        intent.add.append(&mut record.wanted);
        if !record.leaving.is_empty() && self.is_first(id, record)? {
            let leaving: Vec<_> = record.leaving.iter().map(|account| super::account_of(account)).collect();
            intent.remove.extend(self.devices_of(id, &leaving)?);
        }
        match self.commit(id, record, intent) {
            Ok(()) => Ok(()),
            Err(ConversationError::Store(error)) => Err(ConversationError::Store(error)),
            // Nothing is left to do, or it cannot be done.
            Err(_) => {
                self.keep(id, record);
                Ok(())
            }
        }
    }

    /// Whether this device has the lowest leaf of those who stay.
    pub(super) fn is_first(&self, id: ConversationId, record: &Record) -> Step<bool> {
        let group = self.mls.group(&self.desk, id.as_bytes())?;
        let stays = |account: AccountId| !record.leaving.iter().any(|it| it == account.as_bytes());
        let first = group.roster.iter().find(|it| it.device().is_some_and(|it| stays(it.account)));
        Ok(first.is_some_and(|member| member.leaf == group.own_leaf))
    }
}

/// The authenticated data of a commit that changes this.
fn commit_aad(mut added: Vec<DeviceId>, mut removed: Vec<DeviceId>) -> Step<Vec<u8>> {
    if added.len().max(removed.len()) > COMMIT_DEVICES {
        return Err(ConversationError::TooMany { count_max: COMMIT_DEVICES });
    }
    added.sort_unstable();
    removed.sort_unstable();
    let aad = CommitAad { added: List::from_slice(&added), removed: List::from_slice(&removed) };
    let mut out = vec![0; aad.encoded_len()];
    let len = aad.encode(&mut out).map_err(|_| ConversationError::TooMany { count_max: COMMIT_DEVICES })?;
    out.truncate(len);
    Ok(out)
}
