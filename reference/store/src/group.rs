//! A group of transactions that are committed together.

use std::collections::VecDeque;
use std::sync::Arc;

use pinnace_home::{Event, FanOut, Fault, OutboxRef, Owner, apply, apply_fresh, forget, settle, sweep};

use crate::StoreError;
use crate::engine::Engine;
use crate::job::{Job, JobFault, Scene};
use crate::notice::Notice;
use crate::overlay::{Batch, Overlay};

/// Octets of changes in one group, above which it is committed.
const GROUP_BYTES_MAX: usize = 4 * 1_024 * 1_024;

/// Operations of one group, above which it is committed: enough to spread an fsync thin, few enough that the first of them
/// does not wait long.
const GROUP_COUNT_MAX: usize = 1_024;

/// What a group has come to. Nothing of it is true before its commit.
pub(crate) struct Group<E: Engine> {
    pub(crate) batch: Batch,
    /// Operations whose answers wait for the commit.
    pub(crate) done: Vec<Box<dyn Job<E>>>,
    /// Operations that want another transaction after the commit.
    pub(crate) again: Vec<Box<dyn Job<E>>>,
    pub(crate) notices: Vec<Notice>,
    /// The earliest time at which somebody wants to be swept.
    pub(crate) wake_ms: Option<u64>,
    pub(crate) effect_count: usize,
    pub(crate) sweep_count: usize,
    effects: VecDeque<(Effect, Age)>,
}

/// Something on its way to other owners.
#[derive(Clone)]
enum Effect {
    One(OutboxRef),
    Many(Arc<FanOut>),
}

/// Whether an effect was written by this group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    /// It was: it is committed with what follows from it.
    Fresh,
    /// A crash left it behind, perhaps after it was applied.
    Left,
}

/// Whether an operation wants another transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    None,
    Again,
}

impl<E: Engine> Default for Group<E> {
    fn default() -> Self {
        Self {
            batch: Batch::default(),
            done: Vec::new(),
            again: Vec::new(),
            notices: Vec::new(),
            wake_ms: None,
            effect_count: 0,
            sweep_count: 0,
            effects: VecDeque::new(),
        }
    }
}

impl<E: Engine> Group<E> {
    /// Whether nothing was run.
    pub(crate) fn is_empty(&self) -> bool {
        self.batch.is_empty() && self.done.is_empty() && self.again.is_empty()
    }

    /// Whether it should be committed before anything more is run.
    pub(crate) fn is_full(&self) -> bool {
        self.done.len() >= GROUP_COUNT_MAX || GROUP_BYTES_MAX < self.batch.bytes()
    }

    /// All operations that were run.
    pub(crate) fn into_jobs(self) -> Vec<Box<dyn Job<E>>> {
        self.done.into_iter().chain(self.again).collect()
    }

    /// Runs an operation and all that follows from it, each in a transaction of its own.
    ///
    /// # Errors
    /// The engine's: the group cannot be committed.
    pub(crate) fn run(
        &mut self,
        engine: &E,
        scene: &Scene<'_>,
        mut job: Box<dyn Job<E>>,
    ) -> Result<(), E::Error> {
        match self.transact(engine, |overlay| job.run(overlay, scene)) {
            Ok(Rest::None) => self.done.push(job),
            Ok(Rest::Again) => self.again.push(job),
            Err(Fault::Corrupt(table)) => job.finish(Err(StoreError::Corrupt(table))),
            Err(Fault::View(error)) => {
                self.done.push(job);
                return Err(error);
            }
        }
        self.apply_effects(engine, scene)
    }

    /// Sweeps an owner.
    ///
    /// # Errors
    /// The engine's: the group cannot be committed.
    pub(crate) fn sweep(&mut self, engine: &E, scene: &Scene<'_>, owner: Owner) -> Result<(), E::Error> {
        match self.transact(engine, |overlay| {
            sweep(overlay, scene.rules, scene.now_ms, owner).map(|step| step.events)
        }) {
            Ok(_) => {}
            Err(Fault::Corrupt(table)) => {
                tracing::error!(?table, "a damaged row keeps an owner from being swept")
            }
            Err(Fault::View(error)) => return Err(error),
        }
        self.apply_effects(engine, scene)
    }

    /// Applies an effect that a crash left behind.
    ///
    /// # Errors
    /// The engine's: the group cannot be committed.
    pub(crate) fn replay(
        &mut self,
        engine: &E,
        scene: &Scene<'_>,
        effect: OutboxRef,
    ) -> Result<(), E::Error> {
        self.effects.push_back((Effect::One(effect), Age::Left));
        self.apply_effects(engine, scene)
    }

    /// The same for an entry of a conversation.
    ///
    /// # Errors
    /// The engine's: the group cannot be committed.
    pub(crate) fn replay_fan_out(
        &mut self,
        engine: &E,
        scene: &Scene<'_>,
        fan_out: FanOut,
    ) -> Result<(), E::Error> {
        self.effects.push_back((Effect::Many(Arc::new(fan_out)), Age::Left));
        self.apply_effects(engine, scene)
    }

    fn apply_effects(&mut self, engine: &E, scene: &Scene<'_>) -> Result<(), E::Error> {
        while let Some((effect, age)) = self.effects.pop_front() {
            let applied = match (&effect, age) {
                (Effect::One(effect), Age::Fresh) => self.apply_fresh(engine, scene, effect).map(|()| 1),
                (Effect::One(effect), Age::Left) => self.apply(engine, scene, effect).map(|()| 1),
                (Effect::Many(fan_out), Age::Fresh) => self.fan_out_fresh(engine, scene, fan_out),
                (Effect::Many(fan_out), Age::Left) => self.fan_out(engine, scene, fan_out),
            };
            match applied {
                Ok(count) => self.effect_count = self.effect_count.saturating_add(count),
                Err(Fault::Corrupt(table)) => {
                    tracing::error!(?table, "a damaged row keeps an effect from being applied")
                }
                Err(Fault::View(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Two transactions, each on one owner. Committed together with what wrote the effect they leave nothing of it.
    fn apply_fresh(&mut self, engine: &E, scene: &Scene<'_>, effect: &OutboxRef) -> Result<(), JobFault<E>> {
        self.transact(engine, |overlay| {
            apply_fresh(overlay, scene.rules, scene.now_ms, effect).map(|step| step.events)
        })?;
        self.transact(engine, |overlay| {
            settle(overlay, effect);
            Ok(Vec::new())
        })?;
        Ok(())
    }

    /// Three transactions, each on one owner. Committed together they leave neither the effect nor its mark.
    fn apply(&mut self, engine: &E, scene: &Scene<'_>, effect: &OutboxRef) -> Result<(), JobFault<E>> {
        self.transact(engine, |overlay| {
            apply(overlay, scene.rules, scene.now_ms, effect).map(|step| step.events)
        })?;
        self.transact(engine, |overlay| {
            settle(overlay, effect);
            Ok(Vec::new())
        })?;
        self.transact(engine, |overlay| forget(overlay, effect).map(|()| Vec::new()))?;
        Ok(())
    }

    /// A transaction for each mailbox, and one at the conversation. A damaged mailbox keeps nobody else from the entry.
    fn fan_out_fresh(
        &mut self,
        engine: &E,
        scene: &Scene<'_>,
        fan_out: &FanOut,
    ) -> Result<usize, JobFault<E>> {
        let mut count = 0_usize;
        for delivery in fan_out.deliveries() {
            let filed = self.transact(engine, |overlay| delivery.apply_fresh(overlay, scene.rules));
            count = count.saturating_add(told(filed)?);
        }
        self.settle_fan_out(engine, fan_out)?;
        Ok(count)
    }

    /// The same with marks, which are left no more than of other effects.
    fn fan_out(&mut self, engine: &E, scene: &Scene<'_>, fan_out: &FanOut) -> Result<usize, JobFault<E>> {
        let mut count = 0_usize;
        for delivery in fan_out.deliveries() {
            let filed =
                self.transact(engine, |overlay| delivery.apply(overlay, scene.rules).map(|step| step.events));
            count = count.saturating_add(told(filed)?);
        }
        self.settle_fan_out(engine, fan_out)?;
        for delivery in fan_out.deliveries() {
            let forgotten = self.transact(engine, |overlay| delivery.forget(overlay).map(|()| Vec::new()));
            told(forgotten)?;
        }
        Ok(count)
    }

    fn settle_fan_out(&mut self, engine: &E, fan_out: &FanOut) -> Result<(), JobFault<E>> {
        self.transact(engine, |overlay| {
            fan_out.settle(overlay);
            Ok(Vec::new())
        })?;
        Ok(())
    }

    fn transact(
        &mut self,
        engine: &E,
        run: impl FnOnce(&mut Overlay<'_, E>) -> Result<Vec<Event>, JobFault<E>>,
    ) -> Result<Rest, JobFault<E>> {
        let mut overlay = Overlay { engine, batch: &mut self.batch };
        match run(&mut overlay) {
            Ok(events) => {
                self.batch.keep();
                Ok(self.take(events))
            }
            Err(fault) => {
                self.batch.roll_back();
                Err(fault)
            }
        }
    }

    fn take(&mut self, events: Vec<Event>) -> Rest {
        let mut rest = Rest::None;
        for event in events {
            match event {
                Event::Outbox(effect) => self.effects.push_back((Effect::One(effect), Age::Fresh)),
                Event::FanOut(fan_out) => self.effects.push_back((Effect::Many(fan_out), Age::Fresh)),
                Event::Filed { device, item } => self.notices.push(Notice::Filed { device, item }),
                Event::Removed(device) => self.notices.push(Notice::Removed { device }),
                Event::Linked { device, account } => self.notices.push(Notice::Linked { device, account }),
                Event::Wake(at_ms) => {
                    self.wake_ms = Some(self.wake_ms.map_or(at_ms, |wake_ms| wake_ms.min(at_ms)))
                }
                Event::Again => rest = Rest::Again,
            }
        }
        rest
    }
}

/// How many mailboxes a delivery changed: none, if damage keeps it from one.
fn told<E>(filed: Result<Rest, Fault<E>>) -> Result<usize, Fault<E>> {
    match filed {
        Ok(_) => Ok(1),
        Err(Fault::Corrupt(table)) => {
            tracing::error!(?table, "a damaged row keeps an entry out of a mailbox");
            Ok(0)
        }
        Err(Fault::View(error)) => Err(Fault::View(error)),
    }
}
