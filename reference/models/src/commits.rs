//! The store at work: commits, crashes, effects on their way.

use std::sync::Arc;

use pinnace_edge::Here;
use pinnace_home::memory::Committed;
use pinnace_home::{self as home, DeviceId, Item, Step, Table};

use crate::line::LineId;
use crate::rows::Seen;
use crate::store::{self, Asked, Job, Ran};
use crate::world::Stage;
use crate::{Rule, Scenario, Twin, World, Writer, cast};

impl World {
    /// Runs what is next at the store, without telling anybody. Gives what was asked and what came of it.
    pub(crate) fn run(&mut self, scenario: &Scenario) -> Option<(Vec<Asked>, Ran)> {
        let count = match scenario.writer {
            Writer::Single => 1,
            Writer::Grouped => self.asked.len(),
        };
        let asked: Vec<Asked> = self.asked.drain(..count).collect();
        let jobs: Vec<Job> = asked.iter().map(|asked| asked.job.clone()).collect();
        let ran = match (scenario.writer, jobs.as_slice()) {
            (Writer::Single, [job]) => store::run_single(&self.rows, &scenario.rules, job, scenario.twin),
            (Writer::Single | Writer::Grouped, jobs) => {
                store::run_group(&self.rows, &scenario.rules, jobs, scenario.twin)
            }
        };
        let Some(ran) = ran else {
            self.break_if(Some(Rule::RowsRead));
            return None;
        };
        let broken = judge(&self.rows, &jobs, &ran, self.devices.len());
        self.break_if(broken);
        if scenario.has(Twin::AckBeforeFsync) && self.behind.is_none() {
            self.behind = Some(Arc::clone(&self.rows));
        }
        self.rows = Arc::new(ran.rows.clone());
        Some((asked, ran))
    }

    pub(crate) fn commit(&mut self, scenario: &Scenario) {
        let Some((asked, ran)) = self.run(scenario) else { return };
        self.effects.extend(ran.effects.into_iter().map(|effect| (effect, Stage::Apply)));
        self.notify(&ran.filed);
        for (asked, done) in asked.into_iter().zip(ran.done) {
            self.on_done(scenario, asked, done);
        }
    }

    /// A commit fails, and nobody knows whether it happened: the engine is opened again, and effects are looked for.
    pub(crate) fn doubt(&mut self, scenario: &Scenario, fate: Fate) {
        let before = Arc::clone(&self.rows);
        let Some((asked, _)) = self.run(scenario) else { return };
        if fate == Fate::Failed {
            self.rows = before;
        }
        self.recover(scenario);
        self.lines.iter_mut().for_each(|line| line.tray.look_again());
        for asked in asked {
            self.on_unknown(scenario, asked);
        }
    }

    /// The server crashes and starts again.
    pub(crate) fn stop(&mut self, scenario: &Scenario) {
        self.lines.clear();
        self.asked.clear();
        self.here.iter_mut().for_each(|here| *here = Here::default());
        self.rows = self.behind.take().unwrap_or_else(|| Arc::clone(&self.rows));
        if scenario.has(Twin::OutcomesForgotten) {
            Arc::make_mut(&mut self.rows).0.retain(|key, _| !store::is_of(key, Table::Outcome));
        }
        self.recover(scenario);
    }

    fn recover(&mut self, scenario: &Scenario) {
        self.effects.clear();
        match scenario.writer {
            Writer::Single if scenario.has(Twin::EffectsNotReplayed) => {}
            Writer::Single => {
                let found = home::pending(&*self.rows, usize::MAX);
                self.break_if(found.is_err().then_some(Rule::RowsRead));
                self.effects.extend(found.unwrap_or_default().into_iter().map(|it| (it, Stage::Apply)));
            }
            Writer::Grouped => match store::recover_group(&self.rows, &scenario.rules) {
                Some(rows) => self.rows = Arc::new(rows),
                None => self.break_if(Some(Rule::RowsRead)),
            },
        }
    }

    /// One transaction of the effect that is first in line.
    pub(crate) fn step_effect(&mut self, scenario: &Scenario) {
        let Some((effect, stage)) = self.effects.pop_front() else { return };
        let plain = || Step { answer: (), events: Vec::new() };
        let stepped = store::transact(&self.rows, |view| match stage {
            Stage::Apply => home::apply(view, &scenario.rules, cast::NOW_MS, &effect),
            Stage::Settle => {
                home::settle(view, &effect);
                Ok(plain())
            }
            Stage::Forget => home::forget(view, &effect).map(|()| plain()),
        });
        let Some((mut changes, step)) = stepped else { return self.break_if(Some(Rule::RowsRead)) };
        if scenario.has(Twin::MarkNotKept) {
            changes.retain(|key, _| !store::is_of(key, Table::Applied));
        }
        let mut ran =
            Ran { rows: (*self.rows).clone(), done: Vec::new(), filed: Vec::new(), effects: Vec::new() };
        ran.rows.apply(changes);
        ran.take(step.events);
        self.rows = Arc::new(ran.rows);
        let next = match stage {
            Stage::Apply => Some(Stage::Settle),
            Stage::Settle => Some(Stage::Forget),
            Stage::Forget => None,
        };
        next.into_iter().for_each(|next| self.effects.push_front((effect, next)));
        self.effects.extend(ran.effects.into_iter().map(|effect| (effect, Stage::Apply)));
        self.notify(&ran.filed);
    }

    /// Sessions that are here hear of what was filed.
    fn notify(&mut self, filed: &[(DeviceId, Item)]) {
        for (device, item) in filed {
            let here = cast::index(*device).and_then(|index| self.here.get(index));
            let ids: Vec<LineId> = here.into_iter().flat_map(Here::sessions).map(|(_, id)| *id).collect();
            for id in ids {
                self.line_mut(id).into_iter().for_each(|line| line.tray.file(item.clone()));
            }
        }
    }
}

/// What became of a commit that failed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Happened,
    Failed,
}

/// What the rules say of a commit.
fn judge(before: &Committed, jobs: &[Job], ran: &Ran, count: usize) -> Option<Rule> {
    let (old, new) = (Seen::of(before, count), Seen::of(&ran.rows, count));
    let is_old = |job: &Job| {
        job.session().is_some_and(|session| {
            let seen = cast::index(session.device).and_then(|index| old.devices.get(index));
            seen.is_some_and(|seen| session.epoch.value() < seen.epoch)
        })
    };
    let acted = jobs.iter().zip(&ran.done).any(|(job, done)| is_old(job) && !done.is_fenced());
    if acted || jobs.iter().all(is_old) && *before != ran.rows {
        return Some(Rule::Fenced);
    }
    let only_hello = jobs.iter().all(|job| matches!(job, Job::Hello(_)));
    let moved = old.devices.iter().zip(&new.devices).any(|(old, new)| old.cursor != new.cursor);
    (only_hello && moved).then_some(Rule::CursorWaits)
}
