//! The server's writer: the store's own committer, or one that commits each transaction by itself.

use pinnace_home::Rules;
use pinnace_store::{Committer, Notice};

use super::process::Process;
use super::single::Single;
use crate::engine::SimEngine;
use crate::files::Trouble;
use crate::operation::SimJob;
use crate::plan::Commits;
use crate::stage::Stage;

/// The server's writer.
pub(crate) enum Writer {
    Grouped(Committer<SimEngine>),
    Single(Single),
}

impl Writer {
    pub(super) fn start(engine: &SimEngine, rules: &Rules, now_ms: u64, stage: &Stage) -> Option<Self> {
        match stage.plan.commits {
            Commits::Grouped => Committer::recover(engine, rules.clone(), now_ms).ok().map(Self::Grouped),
            Commits::Single => Single::recover(engine, stage.bug()).map(Self::Single),
        }
    }

    /// When it has something to do by itself.
    pub(super) fn wakes_at_ms(&self, now_ms: u64) -> Option<u64> {
        match self {
            Self::Grouped(committer) => committer.wake_ms(),
            Self::Single(single) => single.wakes_at_ms(now_ms),
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        match self {
            Self::Grouped(_) => true,
            Self::Single(single) => single.is_idle(),
        }
    }
}

impl Process {
    /// Runs operations, and what time asks for. Gives what sessions want to hear of.
    pub(super) fn run_writer(&mut self, jobs: Vec<SimJob>, stage: &mut Stage) -> Vec<Notice> {
        let was_open = self.engine.is_some();
        if !was_open {
            self.reopen(stage);
        }
        let now_ms = stage.server_unix_ms();
        let Some(engine) = &self.engine else {
            for job in jobs {
                job.finish(Err(pinnace_store::StoreError::Unavailable));
            }
            return Vec::new();
        };
        if stage.goes_wrong(stage.plan.faults.server_commit) {
            // A group has one commit, perhaps behind a snapshot; single transactions have one each.
            let trouble_in = match stage.plan.commits {
                Commits::Grouped => 0,
                Commits::Single => stage.dice.below(4),
            };
            self.files.borrow_mut().plan_trouble(trouble(stage), trouble_in);
        }
        let (mut notices, works) = match &mut self.writer {
            Writer::Grouped(committer) => group(committer, engine, jobs, now_ms),
            Writer::Single(single) => single.run((engine, &self.rules), jobs, now_ms, stage),
        };
        self.files.borrow_mut().plan_trouble(None, 0);
        let reopened = (!was_open && works == Works::Yes).then_some(Notice::Reopened);
        notices.extend(reopened);
        if works == Works::No {
            stage.trace.say(stage.now_ms, format_args!("a commit failed"));
            self.engine = None;
        }
        notices
    }

    /// The engine is opened again after a fault: what its journal holds is true.
    fn reopen(&mut self, stage: &mut Stage) {
        let max = stage.plan.limits.journal_commits_max;
        let Ok(engine) = SimEngine::open(&self.files, max, stage.bug()) else { return };
        let now_ms = stage.server_unix_ms();
        let recovered = match &mut self.writer {
            Writer::Grouped(committer) => committer.recover_again(&engine, now_ms).is_ok(),
            Writer::Single(single) => {
                Single::recover(&engine, stage.bug()).map(|recovered| *single = recovered).is_some()
            }
        };
        if recovered {
            self.engine = Some(engine);
        }
    }
}

/// Whether the engine still does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Works {
    Yes,
    No,
}

fn group(
    committer: &mut Committer<SimEngine>,
    engine: &SimEngine,
    mut jobs: Vec<SimJob>,
    now_ms: u64,
) -> (Vec<Notice>, Works) {
    let mut all = committer.take_again();
    all.append(&mut jobs);
    let commit = |batch| pinnace_store::Engine::commit(engine, &batch);
    match committer.run(engine, all, now_ms, commit) {
        Ok(mut durable) => {
            let notices = core::mem::take(&mut durable.notices);
            durable.answer();
            (notices, Works::Yes)
        }
        Err(failed) => {
            failed.answer();
            (Vec::new(), Works::No)
        }
    }
}

fn trouble(stage: &mut Stage) -> Option<Trouble> {
    stage.dice.pick(&[
        Trouble::Full,
        Trouble::SyncFails,
        Trouble::DownInWrite,
        Trouble::DownBeforeSync,
        Trouble::DownAfterSync,
    ])
}
