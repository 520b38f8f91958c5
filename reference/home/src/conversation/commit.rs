//! COMMIT at its conversation.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::begin::Ticket;
use super::decide::{Conversation, Decided, Entry, Judged, decided, refused};
use super::delta::newcomers;
use super::fan_out::Shared;
use super::faulty;
use super::member::account_of;
use super::request::{CommitRequest, Committer, Envelope, Origin};
use crate::file::due_from;
use crate::row::{ConversationRow, Crossing, RosterEntry, RosterRow};
use crate::{AccountId, ConversationKind, DeviceId, EntryKind, Fault, Outcome, Refusal, Rules, Step, View};
use pinnace_fault::conversations as planted;

/// The second step of a COMMIT, at its conversation: ends the epoch, changes the roster, and sends commit and Welcome on
/// their way. The first commit begins the conversation.
///
/// The order of refusals: committer and origin of a new one; place in the roster, epoch; delta, outsiders, room, Welcome.
///
/// # Errors
/// The view's, or a corrupt row.
pub fn commit_decide<V: View>(
    view: &mut V,
    rules: &Rules,
    now_ms: u64,
    commit: (&CommitRequest, &Ticket),
) -> Result<Step<Decided>, Fault<V::Error>> {
    let (request, ticket) = commit;
    if let Some(decided) = decided(view, request.conversation, ticket)? {
        return Ok(Step::plain(decided));
    }
    let Some((envelope, committer)) = request.envelope else {
        return Ok(refused(Refusal::EnvelopeInvalid));
    };
    match Conversation::open(view, request.conversation)? {
        Some(conversation) => conversation.commit(rules, now_ms, commit, (envelope, committer)),
        None => match founder(view, request, (envelope, committer))? {
            Ok((row, roster)) => {
                let events = Vec::new();
                let conversation = Conversation { view, id: request.conversation, row, roster, events };
                conversation.found(rules, now_ms, commit)
            }
            Err(refusal) => Ok(refused(refusal)),
        },
    }
}

/// A conversation as its first commit finds it: its one device is in it from the first epoch on.
fn founder<V: View>(
    view: &V,
    request: &CommitRequest,
    commit: (Envelope, Committer),
) -> Result<Judged<(ConversationRow, RosterRow)>, Fault<V::Error>> {
    let ((Envelope { epoch: 0, .. }, Committer::Member), Some(origin)) = (commit, request.origin) else {
        return Ok(Err(faulty::nowhere()));
    };
    if planted::FIRST_COMMIT_REFUSED.is_on() {
        return Ok(Err(Refusal::NoConversation));
    }
    let is_id = origin.id == request.conversation || planted::ORIGIN_ID_UNCHECKED.is_on();
    if !is_id || !origin.is_sound() {
        return Ok(Err(faulty::origin_invalid()));
    }
    let row = ConversationRow {
        kind: origin.kind,
        first: origin.first,
        second: AccountId::new(*origin.second.as_bytes()),
        epoch: 0,
        last: 0,
        outbox_next: 0,
        fan_out_next: 0,
    };
    let device = request.session.device;
    Ok(match row.creator(view, device)? {
        Some(account) => {
            let mut roster = RosterRow::default();
            roster.add(RosterEntry { device, account, joined_epoch: 0 });
            Ok((row, roster))
        }
        None => Err(faulty::origin_invalid()),
    })
}

impl Origin {
    /// Whether its parties stand as its kind wants them.
    fn is_sound(&self) -> bool {
        let (first, second) = (self.first.as_bytes(), self.second.as_bytes());
        match self.kind {
            ConversationKind::OwnDevices => first == second,
            ConversationKind::Direct => {
                first < second || first != second && planted::ORIGIN_ORDER_UNCHECKED.is_on()
            }
            ConversationKind::Group => true,
        }
    }
}

impl<V: View> Conversation<'_, V> {
    /// The first commit.
    fn found(
        self,
        rules: &Rules,
        now_ms: u64,
        commit: (&CommitRequest, &Ticket),
    ) -> Result<Step<Decided>, Fault<V::Error>> {
        let of_commit = (commit.0, Committer::Member);
        match newcomers(self.view, rules, (&self.row, &self.roster), of_commit)? {
            Ok(mut newcomers) => {
                newcomers.extend(&self.roster.devices);
                self.accept(rules, now_ms, commit, newcomers)
            }
            Err(refusal) => Ok(refused(refusal)),
        }
    }

    /// A later commit.
    fn commit(
        self,
        rules: &Rules,
        now_ms: u64,
        commit: (&CommitRequest, &Ticket),
        envelope: (Envelope, Committer),
    ) -> Result<Step<Decided>, Fault<V::Error>> {
        let ((request, ticket), (envelope, committer)) = (commit, envelope);
        if planted::FIRST_COMMIT_REPLACES.is_on() && request.origin.is_some() && envelope.epoch == 0 {
            return self.found_again(rules, now_ms, commit);
        }
        let is_current = faulty::is_current(envelope.epoch, self.row.epoch);
        let device = request.session.device;
        let is_member = self.roster.has(device) || planted::STRANGER_COMMIT_TAKEN.is_on();
        if !is_current && planted::EPOCH_JUDGED_FIRST.is_on() {
            return Ok(refused(Refusal::StaleEpoch));
        }
        if !is_member && !self.may_come_in(device, committer)? {
            return Ok(refused(self.to_stranger(request, (envelope, committer))?));
        }
        let judged = if is_current || planted::EPOCH_JUDGED_LAST.is_on() {
            newcomers(self.view, rules, (&self.row, &self.roster), (request, committer))?
        } else {
            Err(faulty::stale_commit())
        };
        match judged {
            Ok(_) if !is_current => Ok(self.refuse(ticket, Refusal::StaleEpoch)),
            Ok(newcomers) => self.accept(rules, now_ms, commit, newcomers),
            Err(Refusal::StaleEpoch) if is_member && faulty::is_refused_delivered() => {
                self.refuse_aloud(rules, now_ms, commit)
            }
            Err(refusal) if is_member => Ok(self.refuse(ticket, refusal)),
            // A stranger leaves no row.
            Err(refusal) => Ok(refused(refusal)),
        }
    }

    /// What a planted fault makes of a second beginning: the sender alone is in it again.
    fn found_again(
        mut self,
        rules: &Rules,
        now_ms: u64,
        commit: (&CommitRequest, &Ticket),
    ) -> Result<Step<Decided>, Fault<V::Error>> {
        let device = commit.0.session.device;
        self.row.epoch = 0;
        self.roster = RosterRow::default();
        if let Some(account) = account_of(self.view, device)? {
            self.roster.add(RosterEntry { device, account, joined_epoch: 0 });
        }
        self.found(rules, now_ms, commit)
    }

    /// What a planted fault makes of a commit that lost its race: it is refused, and delivered.
    fn refuse_aloud(
        mut self,
        rules: &Rules,
        now_ms: u64,
        commit: (&CommitRequest, &Ticket),
    ) -> Result<Step<Decided>, Fault<V::Error>> {
        let (request, ticket) = commit;
        let sender = request.session.device;
        let mut portions = Vec::new();
        if planted::REFUSED_COMMIT_DELIVERED.is_on() {
            let others =
                self.roster.devices.iter().map(|entry| entry.device).filter(|device| *device != sender);
            portions.push((EntryKind::Commit, Shared::from(request.commit.as_slice()), others.collect()));
        }
        if planted::REFUSED_WELCOME_DELIVERED.is_on() {
            let mut added = Vec::new();
            for device in &request.added {
                added.extend(account_of(self.view, *device)?.map(|_| *device));
            }
            portions.push((EntryKind::Welcome, Shared::from(request.welcome.as_slice()), added));
        }
        let (due_ms, part_len) = (due_from(rules, now_ms), rules.entry_part_len);
        self.file(Entry { class: None, due_ms, part_len, own: None }, portions)?;
        self.keep();
        Ok(self.refuse(ticket, Refusal::StaleEpoch))
    }

    /// A stranger hears what it would if there were no such conversation.
    fn to_stranger(
        &self,
        request: &CommitRequest,
        commit: (Envelope, Committer),
    ) -> Result<Refusal, Fault<V::Error>> {
        if planted::ORIGIN_TELLS.is_on() {
            return Ok(Refusal::NoConversation);
        }
        Ok(founder(self.view, request, commit)?.err().unwrap_or_else(faulty::stranger))
    }

    /// Whether a device that is not in the roster may come in by this commit: its account has another one there.
    fn may_come_in(&self, device: DeviceId, committer: Committer) -> Result<bool, Fault<V::Error>> {
        match committer {
            Committer::Member => Ok(false),
            Committer::External if planted::EXTERNAL_STRANGER_TAKEN.is_on() => Ok(true),
            Committer::External if planted::EXTERNAL_REFUSED.is_on() => Ok(false),
            Committer::External => {
                let account = account_of(self.view, device)?;
                Ok(account.is_some_and(|account| self.roster.has_account(account)))
            }
        }
    }

    /// `newcomers` are those of whom their accounts have to hear.
    fn accept(
        mut self,
        rules: &Rules,
        now_ms: u64,
        commit: (&CommitRequest, &Ticket),
        newcomers: Vec<RosterEntry>,
    ) -> Result<Step<Decided>, Fault<V::Error>> {
        let ((request, ticket), before) = (commit, self.roster.clone());
        let sender = request.session.device;
        let others = before.devices.iter().map(|entry| entry.device).filter(|device| *device != sender);
        let welcomed = newcomers.iter().map(|entry| entry.device).filter(|device| *device != sender);
        let to = faulty::recipients(request, &before, (others.collect(), welcomed.collect()));
        let portions = Vec::from([
            (EntryKind::Commit, Shared::from(request.commit.as_slice()), to.0),
            (EntryKind::Welcome, Shared::from(request.welcome.as_slice()), to.1),
        ]);
        self.row.epoch = faulty::raised(&self.row);
        if !planted::REMOVED_STAYS.is_on() {
            self.roster.remove(&request.removed);
        }
        let is_served = |entry: &&RosterEntry| faulty::is_served(&before, sender, entry);
        newcomers.iter().filter(is_served).for_each(|entry| self.roster.add(*entry));
        let entry = Entry {
            class: None,
            due_ms: due_from(rules, now_ms),
            part_len: rules.entry_part_len,
            own: Some((sender, request.client_seq)),
        };
        self.file(entry, portions)?;
        self.tell_accounts(&before, &newcomers);
        self.put_roster();
        Ok(self.decide(ticket, Outcome::Accepted))
    }

    /// Tells accounts whose devices came in, and those that have none here any more.
    fn tell_accounts(&mut self, before: &RosterRow, newcomers: &[RosterEntry]) {
        let mut came: BTreeMap<AccountId, Vec<DeviceId>> = BTreeMap::new();
        for entry in newcomers {
            came.entry(entry.account).or_default().push(entry.device);
        }
        let conversation = self.id;
        for (account, devices) in came {
            self.emit(Crossing::Entered { account, conversation, devices });
        }
        let mut gone: Vec<AccountId> = before.devices.iter().map(|entry| entry.account).collect();
        gone.sort_unstable();
        gone.dedup();
        gone.retain(|account| !self.roster.has_account(*account));
        for account in gone {
            self.emit(Crossing::Exited { account, conversation });
        }
    }
}
