//! A writer that commits each transaction by itself and applies effects later, one transaction at a time: what the rules
//! of the home allow, so that a crash finds effects half on their way.

use std::collections::VecDeque;
use std::sync::Arc;

use pinnace_home::{self as home, Event, FanOut, OutboxRef, Rules, Table, View};
use pinnace_store::{Batch, Change, Engine, Notice, Overlay, Scene, StoreError};

use super::writer::Works;
use crate::bug::Bug;
use crate::engine::{SimEngine, is_of};
use crate::files::FileFault;
use crate::operation::SimJob;
use crate::stage::Stage;

/// What the key of an effect begins with.
const OUTBOX: u8 = 2;

/// Owners that are swept at once.
const SWEEP_COUNT_MAX: usize = 8;

/// A writer that commits each transaction by itself.
#[derive(Default)]
pub(crate) struct Single {
    effects: VecDeque<Effect>,
    again: Vec<SimJob>,
    wake_ms: Option<u64>,
    bug: Option<Bug>,
}

/// Something on its way to other owners, and what it waits for.
enum Effect {
    One(OutboxRef, Step),
    /// An entry of a conversation, and the steps that it has behind it: its deliveries, the end at the conversation, and the
    /// ends of the deliveries.
    Many(Arc<FanOut>, usize),
}

/// What an effect waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Apply,
    Settle,
    Forget,
}

impl Single {
    pub(super) fn recover(engine: &SimEngine, bug: Option<Bug>) -> Option<Self> {
        let committed = engine.committed();
        let effects = match bug {
            Some(Bug::EffectsNotReplayed) => Vec::new(),
            Some(_) | None => home::pending(&committed, usize::MAX).ok()?,
        };
        let on_their_way = match bug {
            Some(Bug::EffectsNotReplayed | Bug::FanOutNotReplayed) => Vec::new(),
            Some(_) | None => home::fan_outs(&committed, usize::MAX).ok()?,
        };
        let effects = effects.into_iter().map(|effect| Effect::One(effect, Step::Apply));
        let on_their_way = on_their_way.into_iter().map(|fan_out| Effect::Many(Arc::new(fan_out), 0));
        let effects = on_their_way.chain(effects).collect();
        Some(Self { effects, wake_ms: home::next_due(&committed, 0).ok()?, bug, ..Self::default() })
    }

    pub(super) fn is_idle(&self) -> bool {
        self.effects.is_empty() && self.again.is_empty()
    }

    pub(super) fn wakes_at_ms(&self, now_ms: u64) -> Option<u64> {
        if self.is_idle() { self.wake_ms } else { Some(now_ms) }
    }

    /// Runs operations, a few steps of effects, and what time asks for.
    pub(super) fn run(
        &mut self,
        (engine, rules): (&SimEngine, &Rules),
        jobs: Vec<SimJob>,
        now_ms: u64,
        stage: &mut Stage,
    ) -> (Vec<Notice>, Works) {
        let scene = Scene { rules, now_ms };
        let mut notices = Vec::new();
        let mut jobs: VecDeque<SimJob> = core::mem::take(&mut self.again).into_iter().chain(jobs).collect();
        let mut outcome = Ok(());
        while outcome.is_ok() {
            let Some(job) = jobs.pop_front() else { break };
            outcome = self.run_job(engine, scene, job, &mut notices);
        }
        for job in jobs {
            job.finish(Err(StoreError::Unavailable));
        }
        let steps = stage.dice.between(0, 12);
        for _ in 0..steps {
            outcome = outcome.and_then(|()| self.step_effect(engine, scene, &mut notices));
        }
        outcome = outcome.and_then(|()| self.sweep(engine, scene, &mut notices));
        (notices, if outcome.is_ok() { Works::Yes } else { Works::No })
    }

    fn run_job(
        &mut self,
        engine: &SimEngine,
        scene: Scene<'_>,
        mut job: SimJob,
        notices: &mut Vec<Notice>,
    ) -> Result<(), FileFault> {
        let mut batch = Batch::default();
        let ran = job.run(&mut Overlay::new(engine, &mut batch), &scene);
        let Ok(events) = ran else {
            job.finish(Err(StoreError::Unavailable));
            return Ok(());
        };
        if let Err(fault) = commit(engine, batch) {
            job.finish(Err(StoreError::Unavailable));
            return Err(fault);
        }
        if self.take(events, notices) == Rest::Again {
            self.again.push(job);
        } else {
            job.finish(Ok(()));
        }
        Ok(())
    }

    /// One transaction of the effect that is first in line.
    fn step_effect(
        &mut self,
        engine: &SimEngine,
        scene: Scene<'_>,
        notices: &mut Vec<Notice>,
    ) -> Result<(), FileFault> {
        match self.effects.pop_front() {
            Some(Effect::One(effect, step)) => self.step_one(engine, scene, (effect, step), notices),
            Some(Effect::Many(fan_out, behind)) => self.step_many(engine, scene, (fan_out, behind), notices),
            None => Ok(()),
        }
    }

    fn step_many(
        &mut self,
        engine: &SimEngine,
        scene: Scene<'_>,
        (fan_out, behind): (Arc<FanOut>, usize),
        notices: &mut Vec<Notice>,
    ) -> Result<(), FileFault> {
        let mut batch = Batch::default();
        let mut overlay = Overlay::new(engine, &mut batch);
        let mut events = Vec::new();
        let count = fan_out.deliveries().count();
        let delivery = fan_out.deliveries().nth(behind.checked_rem(count.saturating_add(1)).unwrap_or(0));
        match delivery {
            Some(delivery) if behind < count => {
                let filed = delivery.apply(&mut overlay, scene.rules);
                events = filed.map_or_else(|_| Vec::new(), |step| step.events);
            }
            // A damaged mark stays: nothing else can be done about it.
            Some(delivery) => drop(delivery.forget(&mut overlay)),
            None => fan_out.settle(&mut overlay),
        }
        commit(engine, self.without_marks(engine, batch))?;
        if behind < count.saturating_mul(2) {
            self.effects.push_front(Effect::Many(fan_out, behind.saturating_add(1)));
        }
        self.take(events, notices);
        Ok(())
    }

    fn step_one(
        &mut self,
        engine: &SimEngine,
        scene: Scene<'_>,
        (effect, step): (OutboxRef, Step),
        notices: &mut Vec<Notice>,
    ) -> Result<(), FileFault> {
        let mut batch = Batch::default();
        let mut overlay = Overlay::new(engine, &mut batch);
        let mut events = Vec::new();
        let next = match step {
            Step::Apply => {
                if !self.is_dropped(engine, &effect) {
                    let applied = home::apply(&mut overlay, scene.rules, scene.now_ms, &effect);
                    events = applied.map_or_else(|_| Vec::new(), |step| step.events);
                }
                Some(Step::Settle)
            }
            Step::Settle => {
                home::settle(&mut overlay, &effect);
                Some(Step::Forget)
            }
            Step::Forget => {
                // A damaged mark stays: nothing else can be done about it.
                let _ = home::forget(&mut overlay, &effect);
                None
            }
        };
        commit(engine, self.without_marks(engine, batch))?;
        if let Some(next) = next {
            self.effects.push_front(Effect::One(effect, next));
        }
        self.take(events, notices);
        Ok(())
    }

    /// Whether a planted mistake loses this effect.
    fn is_dropped(&self, engine: &SimEngine, effect: &OutboxRef) -> bool {
        let is_of_conversation = matches!(effect.target, home::Owner::Conversation(_));
        if self.bug == Some(Bug::ReleaseDropped) {
            return is_of_conversation && matches!(effect.origin, home::Owner::Device(_));
        }
        if self.bug != Some(Bug::ReceiptDropped) {
            return false;
        }
        let key = [[OUTBOX].as_slice(), &effect.origin.octets(), &effect.seq.to_be_bytes()].concat();
        let row = engine.rows().get(&key).cloned().unwrap_or_default();
        !matches!(home::describe(&key, &row), Ok(home::Described::Unfiled { .. }))
    }

    /// What a planted mistake does not write.
    fn without_marks(&self, engine: &SimEngine, batch: Batch) -> Batch {
        if matches!(self.bug, Some(Bug::EffectMarkNotKept | Bug::FanOutMarkNotKept)) {
            unmarked(engine, batch)
        } else {
            batch
        }
    }

    fn sweep(
        &mut self,
        engine: &SimEngine,
        scene: Scene<'_>,
        notices: &mut Vec<Notice>,
    ) -> Result<(), FileFault> {
        if self.wake_ms.is_none_or(|wake_ms| wake_ms > scene.now_ms) {
            return Ok(());
        }
        self.wake_ms = None;
        let owners = home::due(&engine.committed(), 0, scene.now_ms, SWEEP_COUNT_MAX).unwrap_or_default();
        for owner in owners {
            let mut batch = Batch::default();
            let mut overlay = Overlay::new(engine, &mut batch);
            let swept = home::sweep(&mut overlay, scene.rules, scene.now_ms, owner);
            let Ok(step) = swept else { continue };
            commit(engine, batch)?;
            self.take(step.events, notices);
        }
        let next = home::next_due(&engine.committed(), 0).unwrap_or_default();
        self.wake_ms = self.wake_ms.into_iter().chain(next).min();
        Ok(())
    }

    fn take(&mut self, events: Vec<Event>, notices: &mut Vec<Notice>) -> Rest {
        let mut rest = Rest::None;
        for event in events {
            match event {
                Event::Outbox(effect) => self.effects.push_back(Effect::One(effect, Step::Apply)),
                Event::FanOut(fan_out) if self.bug == Some(Bug::FanOutOvertakes) => {
                    self.effects.push_front(Effect::Many(fan_out, 0));
                }
                Event::FanOut(fan_out) => self.effects.push_back(Effect::Many(fan_out, 0)),
                Event::Filed { device, item } => notices.push(Notice::Filed { device, item }),
                Event::Removed(device) => notices.push(Notice::Removed { device }),
                Event::Linked { device, account } => notices.push(Notice::Linked { device, account }),
                Event::Wake(at_ms) => self.wake_ms = self.wake_ms.into_iter().chain([at_ms]).min(),
                Event::Again => rest = Rest::Again,
            }
        }
        rest
    }
}

/// Whether an operation wants another transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    None,
    Again,
}

fn commit(engine: &SimEngine, batch: Batch) -> Result<(), FileFault> {
    if batch.is_empty() { Ok(()) } else { engine.commit(&batch) }
}

/// The same changes but for the marks of effects.
fn unmarked(engine: &SimEngine, batch: Batch) -> Batch {
    let mut kept = Batch::default();
    let mut overlay = Overlay::new(engine, &mut kept);
    for (key, change) in batch.into_changes().filter(|(key, _)| !is_of(key, Table::Applied)) {
        match change {
            Change::Put(row) | Change::Created(row) => overlay.put(key, row),
            Change::Deleted => overlay.delete(key),
        }
    }
    kept
}
