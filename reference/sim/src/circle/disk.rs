//! What a device of a circle keeps. A step changes a copy, which becomes durable at once or not at all.

use std::collections::{BTreeMap, BTreeSet};

use pinnace_session::client::{KnownEdge, Outcome, ReceivedItem, WelcomeInfo};
use pinnace_wire::{EntryKind, MailboxMark};

use super::{Ask, Came, What, list, speech};
use crate::ledger::Name;

/// What a device keeps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    /// The counter of its HELLOs.
    pub(super) counter: u64,
    /// The last number that it used.
    pub(super) seq: u64,
    /// What has no outcome.
    pub(super) open: BTreeMap<u64, Ask>,
    /// Outcomes, by number.
    pub(super) outcomes: BTreeMap<u64, Outcome>,
    /// Everything up to here is here.
    pub(super) cursor: u64,
    /// The beginning of an entry whose end has not come.
    pub(super) part: Vec<u8>,
    /// Its entries.
    pub(super) log: Vec<Came4>,
    /// The epoch that it is in; `None`: it is in no conversation.
    pub(super) epoch: Option<u64>,
    /// Those that are in it with it.
    pub(super) roster: BTreeSet<usize>,
    /// The KeyPackage that it leaves at the server, until that tells that it is there.
    pub(super) leaving: Option<u8>,
    /// KeyPackages that it has left.
    pub(super) left: u8,
    /// KeyPackages that it was given: of whom, and which; `None`: for others, too.
    pub(super) given: Vec<(u8, u8)>,
    pub(super) edge: Option<KnownEdge>,
    /// The list of its account that is in force.
    pub(super) list: Vec<u8>,
    /// The one that it puts into force, until the server tells that it is.
    pub(super) listing: Option<Vec<u8>>,
}

/// An entry as it came: its place, how, and what it names.
pub(crate) type Came4 = (u64, Came, Name);

impl Disk {
    /// Everything up to here is here.
    pub(crate) fn cursor(&self) -> MailboxMark {
        MailboxMark::new(self.cursor).unwrap_or(MailboxMark::NOTHING)
    }

    /// Every number up to here has an outcome.
    pub(super) fn settled(&self) -> u64 {
        self.open.keys().next().map_or(self.seq, |first| first.saturating_sub(1))
    }

    pub(super) fn on_outcome(&mut self, seq: u64, outcome: Outcome) {
        if self.open.remove(&seq).is_some() {
            self.outcomes.insert(seq, outcome);
        }
    }

    /// What became of numbers while nobody listened.
    pub(super) fn on_welcome(&mut self, welcome: &WelcomeInfo) {
        let handled = welcome.handled.value();
        let seqs: Vec<u64> = self.open.keys().copied().filter(|seq| *seq <= handled).collect();
        for seq in seqs {
            let exception = welcome.exceptions.iter().find(|it| it.client_seq.value() == seq);
            let outcome = match exception.map(|it| it.code) {
                None => Outcome::Accepted,
                Some(Some(code)) => Outcome::Refused(code),
                Some(None) => Outcome::Voided,
            };
            self.on_outcome(seq, outcome);
        }
    }

    /// Takes an item. `ask_of` tells what a name asked for, as its ciphertext would.
    pub(super) fn on_item(
        &mut self,
        me: usize,
        item: &ReceivedItem,
        ask_of: &dyn Fn(Name) -> Option<Ask>,
    ) -> Result<(), String> {
        let (mailbox_seq, count) = match item {
            ReceivedItem::Entry { mailbox_seq, .. } | ReceivedItem::KeysLow { mailbox_seq, .. } => {
                (mailbox_seq.value(), 1)
            }
            ReceivedItem::Gap { mailbox_seq, count, .. } => (mailbox_seq.value(), count.value()),
            other @ (ReceivedItem::Message { .. } | ReceivedItem::Receipt { .. }) => {
                return Err(format!("{me} has {other:?}"));
            }
        };
        if mailbox_seq != self.cursor.saturating_add(1) {
            return Err(format!("{me}: item {mailbox_seq} after {}", self.cursor));
        }
        self.cursor = self.cursor.saturating_add(count);
        let ReceivedItem::Entry { conversation_seq, kind, payload, left, client_seq, .. } = item else {
            return Ok(());
        };
        self.part.extend_from_slice(payload);
        if left.is_some() {
            return Ok(());
        }
        let whole = core::mem::take(&mut self.part);
        let own = client_seq.map(|seq| Name { sender: me, nonce: seq.value() });
        let (came, name) = match kind {
            EntryKind::Message => (Came::Message, speech::name(&whole)),
            EntryKind::Commit => (Came::Commit, speech::name(&whole)),
            EntryKind::Welcome => (Came::Welcome, speech::name(&whole)),
            EntryKind::Own => (Came::Own, own),
            EntryKind::DeviceList => (Came::List, list::name(&whole)),
        };
        let name = name.ok_or_else(|| format!("{me}: an entry of nobody"))?;
        let ask = ask_of(name).ok_or_else(|| format!("{me}: {name:?} was never asked"))?;
        self.log.push((conversation_seq.value(), came, name));
        self.go_on(me, (came, name), &ask);
        Ok(())
    }

    fn go_on(&mut self, me: usize, (came, name): (Came, Name), ask: &Ask) {
        let (added, removed) = match &ask.what {
            What::Say | What::List => return,
            What::Return => (&Vec::new(), &Vec::new()),
            What::Change { added, removed } => (added, removed),
        };
        if ask.removes(me) {
            self.epoch = None;
            self.roster.clear();
            return;
        }
        if came == Came::Welcome {
            // Of those that were there before it only the sender is told here: whoever is added twice is refused.
            self.roster.insert(name.sender);
        }
        self.epoch = Some(ask.epoch_after());
        self.roster.insert(me);
        self.roster.extend(added);
        removed.iter().for_each(|device| {
            self.roster.remove(device);
        });
    }
}
