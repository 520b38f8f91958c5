//! Commits of others, own commits that come back, and Welcomes. What a commit says to the server is held against what it does.

use pinnace_e2ee::{Committed, Error, Event, Member};
use pinnace_wire::{CommitAad, ConversationId, ConversationOrigin, DeviceId};

use super::event::{ConversationEvent, Unread};
use super::making::ORIGIN_EXTENSION;
use super::row::{Record, Stage};
use super::{Book, Step, origin};

impl Book<'_> {
    /// Another device changed the group (CNV-059).
    pub(super) fn on_commit(
        &mut self,
        id: ConversationId,
        record: &mut Record,
        seq: u64,
        octets: &[u8],
    ) -> Step<()> {
        let Some(origin) = record.origin().filter(|_| record.is_at(Stage::Member)) else {
            self.unread(id, seq, Unread::NotMember);
            return Ok(());
        };
        let own = self.me.device;
        let event = match self.mls.process(&self.desk, id.as_bytes(), octets) {
            Ok(change) => self.desk.take_if(change, |event| holds(event, &origin, own)),
            Err(error) => return self.unreadable(id, record, seq, error),
        };
        match event {
            Ok(Event::Committed(committed)) => self.on_committed(id, record, &committed),
            Ok(Event::Removed(_)) => self.stand(id, record, Stage::Left),
            Ok(Event::Joined { .. } | Event::Message(_) | Event::Proposed) => Ok(()),
            Err(why) => {
                // The server is in the next epoch, and this device will not follow.
                self.unread(id, seq, why);
                self.stand(id, record, Stage::Broken)
            }
        }
    }

    fn on_committed(&mut self, id: ConversationId, record: &mut Record, committed: &Committed) -> Step<()> {
        record.epoch = committed.epoch;
        let devices = |members: &[Member]| {
            members.iter().filter_map(|it| it.device()).map(|it| (it.account, it.device)).collect()
        };
        let by = committed.committer.device().map_or(self.me.account, |device| device.account);
        let (added, removed) = (devices(&committed.added), devices(&committed.removed));
        self.tell(ConversationEvent::Changed {
            conversation: id,
            by,
            added,
            removed,
            epoch: committed.epoch,
        });
        self.forget_those_who_left(id, record)?;
        if let Some(intent) = &mut record.intent {
            intent.waits = false;
        }
        Ok(())
    }

    fn forget_those_who_left(&mut self, id: ConversationId, record: &mut Record) -> Step<()> {
        if record.leaving.is_empty() {
            return Ok(());
        }
        let group = self.mls.group(&self.desk, id.as_bytes())?;
        let mut accounts = group.roster.iter().filter_map(|it| it.device()).map(|it| it.account);
        record.leaving.retain(|leaving| accounts.any(|account| account.as_bytes().as_slice() == leaving));
        Ok(())
    }

    /// The own commit has its place: it is in force (CNV-058).
    pub(super) fn on_own_commit(&mut self, id: ConversationId, record: &mut Record, epoch: u64) -> Step<()> {
        let Some(intent) = record.intent.take_if(|intent| intent.is_sent && intent.epoch == epoch) else {
            return Ok(());
        };
        let event = match self.mls.confirm(&self.desk, id.as_bytes()) {
            Ok(change) => self.desk.take(change),
            Err(Error::NoCommitPending | Error::NoGroup) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if intent.renews || epoch == 0 {
            (record.said_count, record.healed_ms) = (0, self.now.unix_ms);
        }
        let was_member = record.is_at(Stage::Member);
        match event {
            Event::Committed(committed) => self.on_committed(id, record, &committed)?,
            Event::Joined { epoch } => record.epoch = epoch,
            Event::Message(_) | Event::Removed(_) | Event::Proposed => {}
        }
        if was_member { Ok(()) } else { self.stand(id, record, Stage::Member) }
    }

    /// Another device took this one in.
    pub(super) fn on_welcome(
        &mut self,
        id: ConversationId,
        record: &mut Record,
        seq: u64,
        welcome: &[u8],
    ) -> Step<()> {
        let joined = match self.mls.join(&self.desk, welcome) {
            Err(Error::GroupExists) => {
                // This device lost its place and is taken in again.
                let forgotten = self.mls.forget(&self.desk, id.as_bytes())?;
                self.desk.take(forgotten);
                self.mls.join(&self.desk, welcome)
            }
            joined => joined,
        };
        let joined = match joined {
            Ok(change) => self.desk.take_if(change, |joined| {
                if joined.group == id.as_bytes() { Ok(()) } else { Err(Unread::Origin) }
            }),
            Err(error) => return self.unreadable(id, record, seq, error),
        };
        let joined = match joined {
            Ok(joined) => joined,
            Err(why) => {
                self.unread(id, seq, why);
                return Ok(());
            }
        };
        let Some(origin) = self.origin_of(id)? else {
            let forgotten = self.mls.forget(&self.desk, id.as_bytes())?;
            self.desk.take(forgotten);
            self.unread(id, seq, Unread::Origin);
            return Ok(());
        };
        record.origin = origin::octets(&origin);
        record.epoch = joined.epoch;
        record.intent = None;
        (record.said_count, record.healed_ms) = (0, self.now.unix_ms);
        self.stand(id, record, Stage::Member)
    }

    /// The origin that the group's context holds, where the id follows from it and every member may be there (CNV-065).
    fn origin_of(&self, id: ConversationId) -> Step<Option<ConversationOrigin>> {
        let group = self.mls.group(&self.desk, id.as_bytes())?;
        let held = group.extensions.iter().find(|extension| extension.id == ORIGIN_EXTENSION);
        let origin = held.and_then(|extension| ConversationOrigin::decode(&extension.data).ok());
        let Some(origin) = origin.filter(|origin| origin::conversation_id(self.me.realm, origin) == id)
        else {
            return Ok(None);
        };
        let admitted =
            group.roster.iter().all(|it| it.device().is_some_and(|it| origin::admits(&origin, it.account)));
        Ok(admitted.then_some(origin))
    }
}

/// Whether a commit does what it told the server, and takes in nobody who may not be here.
fn holds(event: &Event, origin: &ConversationOrigin, own: DeviceId) -> Result<(), Unread> {
    match event {
        Event::Committed(committed) => {
            let admitted = committed
                .added
                .iter()
                .all(|it| it.device().is_some_and(|it| origin::admits(origin, it.account)));
            if admitted && does_what_it_says(committed) { Ok(()) } else { Err(Unread::Lie) }
        }
        Event::Removed(removal) => {
            let told = CommitAad::decode(&removal.aad).map_err(|_| Unread::Lie)?;
            if told.removed.iter().any(|device| device == own) { Ok(()) } else { Err(Unread::Lie) }
        }
        Event::Joined { .. } | Event::Message(_) | Event::Proposed => Err(Unread::Envelope),
    }
}

fn does_what_it_says(committed: &Committed) -> bool {
    let Ok(told) = CommitAad::decode(&committed.aad) else { return false };
    let devices = |members: &[Member]| {
        let mut devices: Vec<_> = members.iter().filter_map(|it| it.device()).map(|it| it.device).collect();
        devices.sort_unstable();
        devices
    };
    let (added, removed) = (devices(&committed.added), devices(&committed.removed));
    let is_told = told.added.iter().eq(added.iter().copied());
    if committed.external {
        // A device that comes back takes its old leaf away, which the roster does not see.
        return is_told && told.removed.is_empty() && removed.iter().all(|device| added.contains(device));
    }
    is_told && told.removed.iter().eq(removed)
}
