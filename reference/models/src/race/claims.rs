//! Several accounts claim the KeyPackages of one device, which leaves more of them.

use std::collections::BTreeSet;

use pinnace_home::{
    self as home, ClaimDone, ClaimRequest, ClaimedPackage, Described, KeyPackage, KeysDone, KeysRequest,
    MlsSuite, Rules, Session, Table, describe,
};

use super::server::{Lost, Server};
use super::{Race, RaceRule};
use crate::cast::{self, NOW_MS};

/// Who claims, and what there is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClaimPlan {
    /// Claims of each account.
    pub claims: Vec<u8>,
    /// KeyPackages for one use, which the device leaves one after the other.
    pub one_time: u8,
    /// Whether there is one of last resort from the start.
    pub has_last_resort: bool,
    /// How often something goes wrong, at most.
    pub faults: u8,
    /// The mistake that is planted.
    pub twin: Option<ClaimTwin>,
}

impl ClaimPlan {
    /// Three accounts claim; the device leaves KeyPackages meanwhile, and leaves again what it does not know to be there.
    #[must_use]
    pub fn race() -> Self {
        Self { claims: vec![2, 1, 1], one_time: 3, has_last_resort: true, faults: 2, twin: None }
    }
}

/// A mistake around the claims.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ClaimTwin {
    /// Answers leave before the disk has what was taken.
    AnswerBeforeFsync,
    /// What is taken stays in stock.
    StockStays,
    /// Nobody remembers what was handed out: leaving it again fills the stock with it.
    TakenForgotten,
    /// The one of last resort is given first.
    LastResortFirst,
    /// The warning that few are left is lost on its way.
    EffectsNotApplied,
}

impl ClaimTwin {
    /// Every mistake, with the rules that find it.
    pub const ALL: [(Self, &'static [RaceRule]); 5] = [
        (Self::AnswerBeforeFsync, &[RaceRule::DurableFirst, RaceRule::LeavesOnce]),
        (Self::StockStays, &[RaceRule::LeavesOnce]),
        (Self::TakenForgotten, &[RaceRule::LeavesOnce]),
        (Self::LastResortFirst, &[RaceRule::LastResortLast]),
        (Self::EffectsNotApplied, &[RaceRule::CalmFinishes]),
    ];
}

/// A step.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ClaimAct {
    /// An account claims, and is answered.
    Claim(usize),
    /// The device leaves its next KeyPackage, and is answered.
    Leave,
    /// One transaction of an effect.
    Effect,
    /// The same claim, and the server stops before it answers.
    ClaimUnanswered(usize),
    /// The next KeyPackage is stored, and the device is not told.
    LeaveUnanswered,
    /// The server stops and starts.
    Stop,
}

/// One state of the race.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Claims {
    server: Server,
    sessions: Vec<Session>,
    /// Claims that are left to each account.
    left: Vec<u8>,
    /// The KeyPackage that the device leaves next.
    next: u8,
    /// Those that left the server, whether or not anybody heard of it: an answer that is lost may have been read by others.
    gone: BTreeSet<u8>,
    faults: u8,
    broken: Option<RaceRule>,
}

/// The suite of everything here.
const SUITE: MlsSuite = MlsSuite::AES128GCM;
/// What the KeyPackage of last resort says.
const LAST_RESORT: u8 = 200;

fn package(number: u8) -> KeyPackage {
    // The shell has judged the KeyPackage; the rules only keep it.
    KeyPackage { suite: SUITE, not_after_s: NOW_MS / 1_000 + 1_000, octets: vec![number] }
}

fn rules(plan: &ClaimPlan) -> Rules {
    Rules { keys_low: 1.min(u64::from(plan.one_time)), ..Rules::default() }
}

impl Claims {
    /// The device whose KeyPackages are claimed: the last one.
    fn target(&self) -> usize {
        self.sessions.len().saturating_sub(1)
    }

    fn break_if(&mut self, rule: Option<RaceRule>) {
        self.broken = self.broken.or(rule);
    }

    fn lost(plan: &ClaimPlan) -> Lost {
        match plan.twin {
            Some(ClaimTwin::AnswerBeforeFsync) => Lost::Behind,
            Some(ClaimTwin::StockStays) => Lost::Changes,
            Some(ClaimTwin::TakenForgotten) => Lost::Rows(Table::Taken),
            Some(ClaimTwin::LastResortFirst | ClaimTwin::EffectsNotApplied) | None => Lost::Nothing,
        }
    }

    /// What the device has in stock for one use, in some rows.
    fn in_stock(rows: &home::memory::Committed) -> Option<usize> {
        let mut count = 0_usize;
        for (key, row) in &rows.0 {
            if let Described::Stock { one_time_count, .. } = describe(key, row).ok()? {
                count = count.saturating_add(one_time_count);
            }
        }
        Some(count)
    }

    fn claim(&mut self, plan: &ClaimPlan, who: usize) {
        let (Some(session), before) = (self.sessions.get(who).copied(), Self::in_stock(&self.server.rows))
        else {
            return;
        };
        let request = ClaimRequest { session, account: cast::account(self.target()), suite: SUITE };
        let lost = Self::lost(plan);
        let rules = rules(plan);
        let done = self.server.transact(lost, |view| home::claim(view, &rules, NOW_MS, request));
        let Some(ClaimDone::Claimed { devices, .. }) = done else {
            return self.break_if(Some(RaceRule::RowsRead));
        };
        for claimed in devices {
            let mut found = claimed.key_package;
            if plan.twin == Some(ClaimTwin::LastResortFirst) && plan.has_last_resort {
                found = ClaimedPackage::LastResort(vec![LAST_RESORT]);
            }
            let broken = self.judge(plan, before.unwrap_or(0), &found);
            self.break_if(broken);
        }
        if let Some(left) = self.left.get_mut(who) {
            *left = left.saturating_sub(1);
        }
    }

    fn judge(&mut self, plan: &ClaimPlan, before: usize, found: &ClaimedPackage) -> Option<RaceRule> {
        match found {
            ClaimedPackage::OneTime(octets) => {
                let number = octets.first().copied().unwrap_or(u8::MAX);
                let left = Self::in_stock(self.server.durable()).unwrap_or(usize::MAX);
                if !self.gone.insert(number) {
                    return Some(RaceRule::LeavesOnce);
                }
                let now = Self::in_stock(&self.server.rows).unwrap_or(usize::MAX);
                (now < before && now < left).then_some(RaceRule::DurableFirst)
            }
            ClaimedPackage::LastResort(_) => {
                (before != 0 || !plan.has_last_resort).then_some(RaceRule::LastResortLast)
            }
            ClaimedPackage::None => (before != 0 || plan.has_last_resort).then_some(RaceRule::LastResortLast),
        }
    }

    fn leave(&mut self, plan: &ClaimPlan) {
        let Some(session) = self.sessions.last().copied() else { return };
        let account = Some(cast::account(self.target()));
        let request = KeysRequest { session, account, one_time: vec![package(self.next)], last_resort: None };
        let rules = rules(plan);
        // The mistakes are those of claims.
        let done =
            self.server.transact(Lost::Nothing, |view| home::keys_publish(view, &rules, NOW_MS, &request));
        let is_stocked = matches!(done, Some(KeysDone::Stocked(_)));
        self.break_if((!is_stocked).then_some(RaceRule::RowsRead));
    }

    fn stop(&mut self) {
        let read = self.server.stop(Lost::Nothing);
        self.break_if(read.is_none().then_some(RaceRule::RowsRead));
    }
}

impl Race for Claims {
    type Plan = ClaimPlan;
    type Act = ClaimAct;

    fn first(plan: &ClaimPlan) -> Option<Self> {
        let (count, rules) = (plan.claims.len().saturating_add(1), rules(plan));
        let mut rows = (*cast::rows(count, &rules)?).clone();
        let sessions = cast::with_lists(&mut rows, count, &rules)?;
        if plan.has_last_resort {
            let (session, account) = (*sessions.last()?, Some(cast::account(count.saturating_sub(1))));
            let last_resort = Some(package(LAST_RESORT));
            let request = KeysRequest { session, account, one_time: Vec::new(), last_resort };
            crate::store::run_alone(&mut rows, &rules, |view| {
                home::keys_publish(view, &rules, NOW_MS, &request)
            })?;
        }
        Some(Self {
            server: Server::new(rows),
            sessions,
            left: plan.claims.clone(),
            next: 0,
            gone: BTreeSet::new(),
            faults: plan.faults,
            broken: None,
        })
    }

    fn acts(&self, plan: &ClaimPlan) -> Vec<ClaimAct> {
        let mut acts = Vec::new();
        let are_applied = plan.twin != Some(ClaimTwin::EffectsNotApplied);
        acts.extend((self.server.has_effects() && are_applied).then_some(ClaimAct::Effect));
        acts.extend((self.next < plan.one_time).then_some(ClaimAct::Leave));
        let claimers = || self.left.iter().enumerate().filter(|(_, left)| **left != 0).map(|(who, _)| who);
        acts.extend(claimers().map(ClaimAct::Claim));
        if self.faults != 0 {
            acts.push(ClaimAct::Stop);
            acts.extend((self.next < plan.one_time).then_some(ClaimAct::LeaveUnanswered));
            acts.extend(claimers().map(ClaimAct::ClaimUnanswered));
        }
        acts
    }

    fn is_calm(act: ClaimAct) -> bool {
        matches!(act, ClaimAct::Claim(_) | ClaimAct::Leave | ClaimAct::Effect)
    }

    fn after(&self, plan: &ClaimPlan, act: ClaimAct) -> Self {
        let mut next = self.clone();
        if !Self::is_calm(act) {
            next.faults = next.faults.saturating_sub(1);
        }
        match act {
            ClaimAct::Claim(who) => next.claim(plan, who),
            ClaimAct::Leave => {
                next.leave(plan);
                next.next = next.next.saturating_add(1);
            }
            ClaimAct::Effect => {
                let read = next.server.step_effect(Lost::Nothing, &rules(plan));
                next.break_if(read.is_none().then_some(RaceRule::RowsRead));
            }
            ClaimAct::ClaimUnanswered(who) => {
                let left = next.left.clone();
                next.claim(plan, who);
                // It will claim again.
                next.left = left;
                next.stop();
            }
            ClaimAct::LeaveUnanswered => {
                // It will leave the same again.
                next.leave(plan);
                next.stop();
            }
            ClaimAct::Stop => next.stop(),
        }
        next
    }

    fn broken(&self) -> Option<RaceRule> {
        self.broken
    }

    fn calmed(self) -> Self {
        Self { faults: 0, ..self }
    }

    fn is_done(&self, plan: &ClaimPlan) -> bool {
        self.left.iter().all(|left| *left == 0) && self.next == plan.one_time
    }

    fn rests_well(&self, plan: &ClaimPlan) -> bool {
        let stock = Self::in_stock(&self.server.rows);
        let expected = usize::from(plan.one_time).saturating_sub(self.gone.len());
        self.is_done(plan) && stock == Some(expected) && self.server.on_their_way() == 0
    }
}
