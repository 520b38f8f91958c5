//! A device in the race: what it wants, what it asked for, what came to it.

use std::collections::BTreeMap;

use pinnace_home::{
    AccountId, ClientSeq, CommitRequest, Committer, ConversationId, ConversationKind, DeviceId, EntryKind,
    Envelope, Item, Origin, Outcome, PostRequest, SecondParty, Session,
};

use super::{CommitPlan, RaceRule, Want, is_stale};
use crate::cast;

/// What a device asked for under a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Attempt {
    pub(super) seq: u64,
    pub(super) epoch: u64,
    pub(super) want: Want,
    /// Devices from the first on that are in a conversation that it begins; else 0.
    pub(super) members: usize,
    is_direct: Kind,
}

/// What the conversation is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Kind {
    /// One between the accounts of the first two devices, which both may begin.
    Direct,
    /// A group that the first device began.
    Group,
}

/// A device in the race. All of it is on its disk.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Member {
    /// How many of its wants are over.
    over: usize,
    /// The last number that it used.
    seq: u64,
    /// What has no outcome yet.
    pub(super) attempt: Option<Attempt>,
    /// What was refused because another commit came first: of that epoch nothing is asked again.
    stale: Option<u64>,
    /// Its numbers, with what each asked for.
    asked: BTreeMap<u64, Attempt>,
    /// The epoch that it is in; `None`: in none.
    epoch: Option<u64>,
    /// The epoch in which it came in last.
    joined: u64,
    /// Everything up to here is here.
    pub(super) cursor: u64,
    /// What of it was acknowledged.
    pub(super) acked: u64,
    /// The last entry that came.
    last: u64,
    /// Its entries.
    log: Vec<(u64, Came)>,
}

/// How an entry came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Came {
    Message,
    Commit,
    Welcome,
    Own,
}

fn kind(plan: &CommitPlan) -> Kind {
    if plan.members == 0 { Kind::Direct } else { Kind::Group }
}

fn origin(kind: Kind) -> Origin {
    let (first, second) = (*cast::account(0).as_bytes(), *cast::account(1).as_bytes());
    let (kind, second, id) = match kind {
        Kind::Direct => (ConversationKind::Direct, second, [0xd1; 16]),
        Kind::Group => (ConversationKind::Group, [7; 16], [0x66; 16]),
    };
    let (first, second) = (AccountId::new(first), SecondParty::new(second));
    // The shell derives the id; the rules compare it.
    Origin { id: ConversationId::new(id), kind, first, second }
}

/// The id of the conversation.
pub(super) fn conversation(plan: &CommitPlan) -> ConversationId {
    origin(kind(plan)).id
}

/// The commit that began a group before the race.
pub(super) fn first_request(plan: &CommitPlan, session: Session) -> Option<(CommitRequest, Attempt)> {
    let want = Want::Begin(plan.members.checked_sub(1)?);
    let attempt = Attempt { seq: 1, epoch: 0, want, members: plan.members, is_direct: Kind::Group };
    Some((attempt.commit(session, 0), attempt))
}

impl Attempt {
    pub(super) fn is_commit(&self) -> bool {
        self.want != Want::Post
    }

    pub(super) fn conversation(&self) -> ConversationId {
        origin(self.is_direct).id
    }

    /// Whether it brings this device in. `from` asked for it.
    fn adds(&self, device: usize) -> bool {
        match self.want {
            Want::Add(newcomer) => newcomer == device,
            Want::Begin(_) if self.members != 0 => device != 0 && device < self.members,
            Want::Begin(other) => other == device,
            Want::Remove(_) | Want::Post => false,
        }
    }

    fn removes(&self, device: usize) -> bool {
        self.want == Want::Remove(device)
    }

    fn payload(&self, from: usize) -> Vec<u8> {
        let small = |value: usize| u8::try_from(value).unwrap_or(u8::MAX);
        let low = |value: u64| u8::try_from(value).unwrap_or(u8::MAX);
        vec![small(from), low(self.seq), low(self.epoch)]
    }

    fn envelope(&self) -> Envelope {
        Envelope { group: self.conversation(), epoch: self.epoch }
    }

    pub(super) fn post(&self, session: Session, from: usize) -> PostRequest {
        PostRequest {
            session,
            client_seq: ClientSeq::new(self.seq).unwrap_or(ClientSeq::FIRST),
            conversation: self.conversation(),
            class: None,
            expires_in_s: None,
            envelope: Some(self.envelope()),
            payload: self.payload(from),
        }
    }

    pub(super) fn commit(&self, session: Session, from: usize) -> CommitRequest {
        let sorted = |mut devices: Vec<DeviceId>| {
            devices.sort_unstable();
            devices
        };
        let is_first = matches!(self.want, Want::Begin(_));
        let added: Vec<DeviceId> = (0..6).filter(|device| self.adds(*device)).map(cast::id).collect();
        let removed = if let Want::Remove(device) = self.want { vec![cast::id(device)] } else { Vec::new() };
        CommitRequest {
            session,
            client_seq: ClientSeq::new(self.seq).unwrap_or(ClientSeq::FIRST),
            conversation: self.conversation(),
            envelope: Some((self.envelope(), Committer::Member)),
            welcome: if added.is_empty() { Vec::new() } else { self.payload(from) },
            added: sorted(added),
            removed,
            commit: self.payload(from),
            origin: is_first.then(|| origin(self.is_direct)),
        }
    }
}

impl Member {
    /// It has begun the conversation before the race.
    pub(super) fn begin(&mut self, attempt: Attempt) {
        self.seq = attempt.seq;
        self.asked.insert(attempt.seq, attempt);
    }

    fn want(&self, plan: &CommitPlan, who: usize) -> Option<Want> {
        plan.wants.get(who)?.get(self.over).copied()
    }

    /// The epoch in which it would ask for what it wants next.
    fn epoch_for(&self, want: Want) -> Option<u64> {
        match want {
            Want::Begin(_) if self.epoch.is_none() => Some(0),
            Want::Begin(_) | Want::Add(_) | Want::Remove(_) | Want::Post => self.epoch,
        }
    }

    pub(super) fn may_begin(&self, plan: &CommitPlan, who: usize) -> bool {
        let epoch = self.want(plan, who).and_then(|want| self.epoch_for(want));
        self.attempt.is_some() || epoch.is_some_and(|epoch| self.stale != Some(epoch))
    }

    /// Asks again for what has no outcome, or for what it wants next.
    pub(super) fn try_next(&mut self, plan: &CommitPlan, who: usize) {
        if self.attempt.is_some() || !self.may_begin(plan, who) {
            return;
        }
        let Some(want) = self.want(plan, who) else { return };
        let Some(epoch) = self.epoch_for(want) else { return };
        self.seq = self.seq.saturating_add(1);
        let attempt = Attempt { seq: self.seq, epoch, want, members: 0, is_direct: kind(plan) };
        self.asked.insert(self.seq, attempt);
        self.attempt = Some(attempt);
    }

    pub(super) fn on_outcome(&mut self, outcome: Outcome) {
        let Some(attempt) = self.attempt.take() else { return };
        // Whoever lost a race to begin a conversation has what it wanted.
        let is_begin = matches!(attempt.want, Want::Begin(_));
        if is_stale(outcome) && !is_begin {
            self.stale = Some(attempt.epoch);
        } else {
            self.over = self.over.saturating_add(1);
        }
    }

    pub(super) fn on_item(
        &mut self,
        who: usize,
        item: &Item,
        log: &BTreeMap<u64, Attempt>,
    ) -> Option<RaceRule> {
        let Item::Entry(entry) = item else { return Some(RaceRule::Dense) };
        let seq = entry.conversation_seq.value();
        let placed = log.get(&seq).copied();
        if entry.kind == EntryKind::Welcome {
            return self.on_welcome(who, seq, placed);
        }
        let Some(placed) = placed else { return Some(RaceRule::Dense) };
        let is_begin = matches!(placed.want, Want::Begin(_)) && entry.kind == EntryKind::Own;
        if self.epoch.is_none() && !is_begin {
            return Some(RaceRule::RemovedHearsNothing);
        }
        // Messages of epochs before its own time are not for it.
        let is_for_others =
            |seq: &u64| log.get(seq).is_some_and(|it| !it.is_commit() && it.epoch < self.joined);
        let is_next = (self.last.saturating_add(1)..seq).all(|missing| is_for_others(&missing));
        if seq <= self.last || !is_next && !is_begin {
            return Some(RaceRule::Dense);
        }
        self.last = seq;
        let came = match entry.kind {
            EntryKind::Message => Came::Message,
            EntryKind::Commit => Came::Commit,
            EntryKind::Own => Came::Own,
            EntryKind::Welcome | EntryKind::DeviceList => return Some(RaceRule::Dense),
        };
        self.log.push((seq, came));
        if placed.is_commit() {
            self.epoch = if placed.removes(who) { None } else { Some(placed.epoch.saturating_add(1)) };
        }
        None
    }

    /// A Welcome came, with this entry's number.
    pub(super) fn on_welcome(&mut self, who: usize, seq: u64, placed: Option<Attempt>) -> Option<RaceRule> {
        let Some(placed) = placed.filter(|placed| placed.adds(who)) else {
            return Some(RaceRule::WelcomeIsTrue);
        };
        if self.epoch.is_some() || seq <= self.last {
            return Some(RaceRule::WelcomeIsTrue);
        }
        self.epoch = Some(placed.epoch.saturating_add(1));
        self.joined = placed.epoch.saturating_add(1);
        self.last = seq;
        self.log.push((seq, Came::Welcome));
        None
    }

    /// Whether nothing that it wants is left, or can be had.
    pub(super) fn is_done(&self, plan: &CommitPlan, who: usize) -> bool {
        let is_out = self.epoch.is_none() && !matches!(self.want(plan, who), Some(Want::Begin(_)));
        self.attempt.is_none() && (self.want(plan, who).is_none() || is_out)
    }

    /// Whether all of this came that is for it.
    pub(super) fn has_all(&self, who: usize, log: &BTreeMap<u64, (usize, Attempt)>) -> bool {
        let (mut expected, mut joined) = (Vec::new(), None);
        for (seq, (from, attempt)) in log {
            if attempt.adds(who) {
                joined = Some(attempt.epoch.saturating_add(1));
                expected.push((*seq, Came::Welcome));
            } else if *from == who {
                joined = joined.or(Some(0));
                expected.push((*seq, Came::Own));
            } else if let Some(since) = joined {
                let came = if attempt.is_commit() { Came::Commit } else { Came::Message };
                if attempt.is_commit() || since <= attempt.epoch {
                    expected.push((*seq, came));
                }
            }
            if attempt.removes(who) {
                joined = None;
            }
        }
        self.log == expected
    }
}
