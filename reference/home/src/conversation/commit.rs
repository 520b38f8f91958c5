//! COMMIT at its conversation.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::begin::Ticket;
use super::decide::{Conversation, Decided, Entry, Judged, decided, refused};
use super::delta::newcomers;
use super::fan_out::Shared;
use super::member::account_of;
use super::request::{CommitRequest, Committer, Envelope, Origin};
use crate::file::due_from;
use crate::row::{ConversationRow, Crossing, RosterEntry, RosterRow};
use crate::{AccountId, ConversationKind, DeviceId, EntryKind, Fault, Outcome, Refusal, Rules, Step, View};

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
        return Ok(Err(Refusal::NoConversation));
    };
    if origin.id != request.conversation || !origin.is_sound() {
        return Ok(Err(Refusal::OriginInvalid));
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
    let account = row.insider(view, device)?;
    // An origin is the sender's to make if its account's list names it, and the account is a party; of a group, the first.
    let is_creator = |account: &AccountId| row.kind != ConversationKind::Group || *account == row.first;
    Ok(match account.filter(is_creator) {
        Some(account) => {
            let mut roster = RosterRow::default();
            roster.add(RosterEntry { device, account, joined_epoch: 0 });
            Ok((row, roster))
        }
        None => Err(Refusal::OriginInvalid),
    })
}

impl Origin {
    /// Whether its parties stand as its kind wants them.
    fn is_sound(&self) -> bool {
        let (first, second) = (self.first.as_bytes(), self.second.as_bytes());
        match self.kind {
            ConversationKind::OwnDevices => first == second,
            ConversationKind::Direct => first < second,
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
        let is_member = self.roster.has(request.session.device);
        if !is_member && !self.may_come_in(request.session.device, committer)? {
            return Ok(refused(Refusal::NoConversation));
        }
        let judged = if envelope.epoch == self.row.epoch {
            newcomers(self.view, rules, (&self.row, &self.roster), (request, committer))?
        } else {
            Err(Refusal::StaleEpoch)
        };
        match judged {
            Ok(newcomers) => self.accept(rules, now_ms, commit, newcomers),
            Err(refusal) if is_member => Ok(self.refuse(ticket, refusal)),
            // A stranger leaves no row.
            Err(refusal) => Ok(refused(refusal)),
        }
    }

    /// Whether a device that is not in the roster may come in by this commit: its account has another one there.
    fn may_come_in(&self, device: DeviceId, committer: Committer) -> Result<bool, Fault<V::Error>> {
        match committer {
            Committer::Member => Ok(false),
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
        let welcomed = request.added.iter().copied().filter(|device| *device != sender);
        let portions = Vec::from([
            (EntryKind::Commit, Shared::from(request.commit.as_slice()), others.collect()),
            (EntryKind::Welcome, Shared::from(request.welcome.as_slice()), welcomed.collect()),
        ]);
        self.row.epoch = self.row.epoch.saturating_add(1);
        self.roster.remove(&request.removed);
        newcomers.iter().for_each(|entry| self.roster.add(*entry));
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
