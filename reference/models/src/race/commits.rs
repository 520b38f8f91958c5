//! Several devices commit in one conversation, or begin it at once.

mod member;
mod plan;

use std::collections::BTreeMap;

use pinnace_home::{
    self as home, AckRequest, Begun, Decided, MailboxMark, Outcome, ReadRequest, Refusal, Rules, SendDone,
    Session, Table, Ticket,
};

use super::server::{Lost, Server};
use super::{Race, RaceRule};
use crate::cast::{self, NOW_MS};
use member::{Attempt, Member, conversation, first_request};
pub use plan::{CommitAct, CommitPlan, CommitTwin, Want};

/// One state of the race.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Commits {
    server: Server,
    sessions: Vec<Session>,
    members: Vec<Member>,
    /// How far the server is with what each device asked for.
    running: Vec<Running>,
    /// What was accepted, by its place in the conversation.
    log: BTreeMap<u64, Placed>,
    /// What each number was told or decided, by device.
    outcomes: BTreeMap<(usize, u64), Outcome>,
    faults: u8,
    broken: Option<RaceRule>,
}

/// An entry that was accepted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Placed {
    from: usize,
    attempt: Attempt,
}

/// How far the server is with a number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Running {
    Idle,
    Begun(Ticket),
    Decided(Ticket, Decided),
}

impl Commits {
    fn break_if(&mut self, rule: Option<RaceRule>) {
        self.broken = self.broken.or(rule);
    }

    fn lost(plan: &CommitPlan) -> Lost {
        match plan.twin {
            Some(CommitTwin::AnswerBeforeFsync) => Lost::Behind,
            Some(CommitTwin::DecisionNotKept) => Lost::Rows(Table::Sent),
            Some(CommitTwin::MarkNotKept) => Lost::Rows(Table::Applied),
            Some(CommitTwin::RosterNotKept) => Lost::Rows(Table::Roster),
            Some(CommitTwin::HoldersNotCounted) => Lost::Rows(Table::Holders),
            Some(CommitTwin::FanOutNotReplayed) => Lost::FanOuts,
            Some(CommitTwin::SettledFirst) => Lost::Deliveries,
            Some(CommitTwin::EpochUnchecked | CommitTwin::AcceptedEarly | CommitTwin::WelcomeAtOnce)
            | None => Lost::Nothing,
        }
    }

    fn set_running(&mut self, who: usize, running: Running) {
        if let Some(place) = self.running.get_mut(who) {
            *place = running;
        }
    }

    fn attempt(&self, who: usize) -> Option<Attempt> {
        self.members.get(who)?.attempt
    }

    /// The first step of a number, at its device.
    fn begin(&mut self, plan: &CommitPlan, who: usize) {
        if let Some(member) = self.members.get_mut(who) {
            member.try_next(plan, who);
        }
        let (Some(attempt), Some(session)) = (self.attempt(who), self.sessions.get(who).copied()) else {
            return;
        };
        let (rules, lost) = (Rules::default(), Self::lost(plan));
        let begun = match attempt.want {
            Want::Post => {
                let request = attempt.post(session, who);
                self.server.transact(lost, |view| home::post_begin(view, &rules, NOW_MS, &request))
            }
            Want::Add(_) | Want::Remove(_) | Want::Begin(_) => {
                let request = attempt.commit(session, who);
                self.server.transact(lost, |view| home::commit_begin(view, &rules, NOW_MS, &request))
            }
        };
        match begun {
            Some(Begun::Decide(_)) if plan.twin == Some(CommitTwin::AcceptedEarly) => {
                self.tell(who, SendDone::Outcome(Outcome::Accepted));
            }
            Some(Begun::Decide(ticket)) => self.set_running(who, Running::Begun(ticket)),
            Some(Begun::Answer(done)) => self.tell(who, done),
            None => self.break_if(Some(RaceRule::RowsRead)),
        }
    }

    /// The second step, at the conversation.
    fn decide(&mut self, plan: &CommitPlan, who: usize) {
        let (Some(attempt), Some(session)) = (self.attempt(who), self.sessions.get(who).copied()) else {
            return;
        };
        let Some(Running::Begun(ticket)) = self.running.get(who).copied() else { return };
        let (rules, lost) = (Rules::default(), Self::lost(plan));
        let state = home::conversation(&*self.server.rows, conversation(plan)).ok().flatten();
        let mut shown = attempt;
        if plan.twin == Some(CommitTwin::EpochUnchecked) {
            shown.epoch = state.as_ref().map_or(0, |state| state.epoch);
        }
        let decided = match attempt.want {
            Want::Post => {
                let request = shown.post(session, who);
                self.server
                    .transact(lost, |view| home::post_decide(view, &rules, NOW_MS, (&request, &ticket)))
            }
            Want::Add(_) | Want::Remove(_) | Want::Begin(_) => {
                let request = shown.commit(session, who);
                self.server
                    .transact(lost, |view| home::commit_decide(view, &rules, NOW_MS, (&request, &ticket)))
            }
        };
        let Some(decided) = decided else { return self.break_if(Some(RaceRule::RowsRead)) };
        let before = state.map_or(0, |state| state.last);
        let after = home::conversation(&*self.server.rows, conversation(plan)).ok().flatten();
        let after = after.map_or(0, |state| state.last);
        if before != after {
            self.place(who, attempt, after);
        }
        if let Decided::Outcome(outcome) = decided {
            self.note(who, attempt.seq, outcome);
        }
        if plan.twin == Some(CommitTwin::WelcomeAtOnce) && before == after {
            self.welcome_early(attempt, after);
        }
        self.set_running(who, Running::Decided(ticket, decided));
    }

    /// A planted mistake: a refused commit brings its Welcome all the same.
    fn welcome_early(&mut self, attempt: Attempt, last: u64) {
        if let Want::Add(newcomer) = attempt.want
            && let Some(member) = self.members.get_mut(newcomer)
        {
            let broken = member.on_welcome(newcomer, last, self.log.get(&last).map(|placed| placed.attempt));
            self.break_if(broken);
        }
    }

    /// An entry has its place.
    fn place(&mut self, from: usize, attempt: Attempt, seq: u64) {
        let is_next = seq == self.log.keys().next_back().map_or(0, |last| *last).saturating_add(1);
        let is_won = |placed: &Placed| placed.attempt.is_commit() && placed.attempt.epoch == attempt.epoch;
        if attempt.is_commit() && self.log.values().any(is_won) {
            self.break_if(Some(RaceRule::OneWins));
        }
        self.log.insert(seq, Placed { from, attempt });
        self.break_if((!is_next).then_some(RaceRule::Dense));
    }

    /// A number has an outcome.
    fn note(&mut self, who: usize, seq: u64, outcome: Outcome) {
        let known = *self.outcomes.entry((who, seq)).or_insert(outcome);
        let mut log = self.log.values();
        let is_placed = log.any(|placed| placed.from == who && placed.attempt.seq == seq);
        let is_true = is_placed == (outcome == Outcome::Accepted);
        self.break_if((known != outcome || !is_true).then_some(RaceRule::OneOutcome));
    }

    /// The last step, at the device. Gives the answer.
    fn conclude(&mut self, plan: &CommitPlan, who: usize) -> Option<SendDone> {
        let Some(Running::Decided(ticket, decided)) = self.running.get(who).copied() else { return None };
        self.set_running(who, Running::Idle);
        let rules = Rules::default();
        let done =
            self.server.transact(Self::lost(plan), |view| home::conclude(view, &rules, &ticket, decided));
        self.break_if(done.is_none().then_some(RaceRule::RowsRead));
        done
    }

    /// The device hears of its number.
    fn tell(&mut self, who: usize, done: SendDone) {
        let Some(attempt) = self.attempt(who) else { return };
        let SendDone::Outcome(outcome) = done else {
            return self.break_if(Some(RaceRule::OneOutcome));
        };
        self.note(who, attempt.seq, outcome);
        let durable = home::conversation(self.server.durable(), attempt.conversation()).ok().flatten();
        let durable = durable.map_or(0, |state| state.last);
        let place =
            self.log.iter().find(|(_, placed)| placed.from == who && placed.attempt.seq == attempt.seq);
        let is_early = place.is_some_and(|(seq, _)| durable < *seq);
        self.break_if(is_early.then_some(RaceRule::DurableFirst));
        if let Some(member) = self.members.get_mut(who) {
            member.on_outcome(outcome);
        }
    }

    /// A device takes the next item of its mailbox.
    fn take(&mut self, who: usize) {
        let Some(item) = self.next_item(who) else { return };
        let Some(member) = self.members.get_mut(who) else { return };
        let broken =
            member.on_item(who, &item, &self.log.iter().map(|(seq, it)| (*seq, it.attempt)).collect());
        member.cursor = item.mailbox_seq().value();
        self.break_if(broken);
    }

    /// A device acknowledges what it took, with all that follows.
    fn acknowledge(&mut self, plan: &CommitPlan, who: usize) {
        let (Some(session), Some(member)) = (self.sessions.get(who).copied(), self.members.get_mut(who))
        else {
            return;
        };
        member.acked = member.cursor;
        let Some(cursor) = MailboxMark::new(member.cursor) else { return };
        let mut request = AckRequest { session, cursor, ranges: Vec::new() };
        let acked =
            self.server.transact(Self::lost(plan), |view| home::ack(view, NOW_MS, &mut request)).is_some();
        self.break_if((!acked).then_some(RaceRule::RowsRead));
        while self.server.has_effects() && self.broken.is_none() {
            self.step_effect(plan);
        }
    }

    fn step_effect(&mut self, plan: &CommitPlan) {
        let read = self.server.step_effect(Self::lost(plan), &Rules::default());
        self.break_if(read.is_none().then_some(RaceRule::RowsRead));
    }

    fn next_item(&self, who: usize) -> Option<home::Item> {
        let member = self.members.get(who)?;
        let after = MailboxMark::new(member.cursor)?;
        let request = ReadRequest { device: cast::id(who), after, items_max: 1, bytes_max: usize::MAX };
        home::read(&*self.server.rows, NOW_MS, &request).ok()?.items.into_iter().next()
    }

    fn stop(&mut self, plan: &CommitPlan) {
        let read = self.server.stop(Self::lost(plan));
        self.break_if(read.is_none().then_some(RaceRule::RowsRead));
        self.running.iter_mut().for_each(|running| *running = Running::Idle);
    }
}

impl Race for Commits {
    type Plan = CommitPlan;
    type Act = CommitAct;

    fn first(plan: &CommitPlan) -> Option<Self> {
        let (count, rules) = (plan.wants.len(), Rules::default());
        let mut rows = (*cast::rows(count, &rules)?).clone();
        let sessions = cast::with_lists(&mut rows, count, &rules)?;
        let mut log = BTreeMap::new();
        let mut members: Vec<Member> = (0..count).map(|_| Member::default()).collect();
        if plan.members != 0 {
            let (request, attempt) = first_request(plan, *sessions.first()?)?;
            let mut begun = Server::new(rows);
            let ticket =
                begun.transact(Lost::Nothing, |view| home::commit_begin(view, &rules, NOW_MS, &request))?;
            let Begun::Decide(ticket) = ticket else { return None };
            let decided = begun.transact(Lost::Nothing, |view| {
                home::commit_decide(view, &rules, NOW_MS, (&request, &ticket))
            })?;
            begun.transact(Lost::Nothing, |view| home::conclude(view, &rules, &ticket, decided))?;
            while begun.has_effects() {
                begun.step_effect(Lost::Nothing, &rules)?;
            }
            rows = (*begun.rows).clone();
            log.insert(1, Placed { from: 0, attempt });
            members.first_mut()?.begin(attempt);
        }
        let mut race = Self {
            server: Server::new(rows),
            sessions,
            members,
            running: vec![Running::Idle; count],
            outcomes: BTreeMap::new(),
            log,
            faults: plan.faults,
            broken: None,
        };
        for who in 0..count {
            while race.next_item(who).is_some() {
                race.take(who);
            }
            race.acknowledge(&CommitPlan { twin: None, ..plan.clone() }, who);
        }
        Some(race)
    }

    fn acts(&self, plan: &CommitPlan) -> Vec<CommitAct> {
        let mut acts = Vec::new();
        acts.extend(self.server.has_effects().then_some(CommitAct::Effect));
        for who in 0..self.members.len() {
            let act = match self.running.get(who) {
                Some(Running::Begun(_)) => Some(CommitAct::Decide(who)),
                Some(Running::Decided(..)) => Some(CommitAct::Conclude(who)),
                Some(Running::Idle) => {
                    let member = self.members.get(who).filter(|member| member.may_begin(plan, who));
                    member.map(|_| CommitAct::Begin(who))
                }
                None => None,
            };
            acts.extend(act);
            // Whoever wants nothing more changes nothing by what it takes.
            let is_racing = self.members.get(who).is_some_and(|member| !member.is_done(plan, who));
            acts.extend(self.next_item(who).filter(|_| is_racing).map(|_| CommitAct::Take(who)));
            let is_decided = matches!(self.running.get(who), Some(Running::Decided(..)));
            acts.extend((self.faults != 0 && is_decided).then_some(CommitAct::ConcludeUnheard(who)));
        }
        acts.extend((self.faults != 0).then_some(CommitAct::Stop));
        if acts.iter().all(|act| !Self::is_calm(*act)) {
            let all = 0..self.members.len();
            let takes = all.clone().filter(|who| self.next_item(*who).is_some());
            acts.extend(takes.map(CommitAct::Take).take(1));
            if acts.iter().all(|act| !Self::is_calm(*act)) {
                let has_taken = |who: &usize| self.members.get(*who).is_some_and(|it| it.acked < it.cursor);
                acts.extend(all.filter(has_taken).map(CommitAct::Acknowledge).take(1));
            }
        }
        acts
    }

    fn is_calm(act: CommitAct) -> bool {
        !matches!(act, CommitAct::Stop | CommitAct::ConcludeUnheard(_))
    }

    fn after(&self, plan: &CommitPlan, act: CommitAct) -> Self {
        let mut next = self.clone();
        if !Self::is_calm(act) {
            next.faults = next.faults.saturating_sub(1);
        }
        match act {
            CommitAct::Begin(who) => next.begin(plan, who),
            CommitAct::Decide(who) => next.decide(plan, who),
            CommitAct::Conclude(who) => {
                if let Some(done) = next.conclude(plan, who) {
                    next.tell(who, done);
                }
            }
            CommitAct::ConcludeUnheard(who) => drop(next.conclude(plan, who)),
            CommitAct::Take(who) => next.take(who),
            CommitAct::Acknowledge(who) => next.acknowledge(plan, who),
            CommitAct::Effect => next.step_effect(plan),
            CommitAct::Stop => next.stop(plan),
        }
        next
    }

    fn broken(&self) -> Option<RaceRule> {
        self.broken
    }

    fn calmed(self) -> Self {
        Self { faults: 0, ..self }
    }

    fn is_done(&self, plan: &CommitPlan) -> bool {
        self.members.iter().enumerate().all(|(who, member)| member.is_done(plan, who))
    }

    fn rests_well(&self, plan: &CommitPlan) -> bool {
        let log: BTreeMap<u64, (usize, Attempt)> =
            self.log.iter().map(|(seq, placed)| (*seq, (placed.from, placed.attempt))).collect();
        let has_all = self.members.iter().enumerate().all(|(who, member)| member.has_all(who, &log));
        let tables = [Table::Payload, Table::Holders, Table::Item, Table::Applied];
        // Acknowledged items wait for a sweep, which time alone brings.
        let left =
            tables.iter().filter(|table| **table != Table::Item).map(|table| self.server.count(*table));
        self.is_done(plan) && has_all && left.sum::<usize>() == 0 && self.server.on_their_way() == 0
    }
}

/// Whether a refusal says that somebody else's commit came first.
const fn is_stale(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Refused(Refusal::StaleEpoch))
}
