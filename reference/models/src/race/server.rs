//! A server that commits each transaction alone: rows, and what is on its way in them.

use std::collections::VecDeque;
use std::sync::Arc;

use pinnace_home::memory::{Changes, Committed, MemoryFault, Transaction};
use pinnace_home::{self as home, Event, FanOut, OutboxRef, Rules, Step, Table};

use crate::cast::NOW_MS;
use crate::store;

/// Rows, and what is on its way in them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Server {
    pub(super) rows: Arc<Committed>,
    /// What its disk has, where a mistake makes that less.
    behind: Option<Arc<Committed>>,
    effects: VecDeque<Effect>,
}

/// Something on its way to other owners, and what it waits for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
enum Effect {
    One(OutboxRef),
    /// An entry, and the steps that it has behind it: its deliveries, each alone, then the ends of all of them.
    Many(Arc<FanOut>, usize),
}

/// What a mistake keeps from the rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lost {
    Nothing,
    /// Every change of a transaction.
    Changes,
    /// Changes of rows of this table.
    Rows(Table),
    /// Entries that are in no mailbox yet when the server stops.
    FanOuts,
    /// Everything that the disk does not have when the server stops.
    Behind,
    /// An entry is settled before it is delivered, and what settled it is what a stop finds.
    Deliveries,
}

impl Server {
    pub(super) fn new(rows: Committed) -> Self {
        Self { rows: Arc::new(rows), behind: None, effects: VecDeque::new() }
    }

    /// Runs one transaction and commits it. `None` if a row does not read.
    pub(super) fn transact<T>(
        &mut self,
        lost: Lost,
        run: impl FnOnce(&mut Transaction<'_>) -> Result<Step<T>, MemoryFault>,
    ) -> Option<T> {
        let (changes, step) = store::transact(&self.rows, run)?;
        self.commit(lost, changes);
        for event in step.events {
            match event {
                Event::Outbox(effect) => self.effects.push_back(Effect::One(effect)),
                Event::FanOut(fan_out) => self.effects.push_back(Effect::Many(fan_out, 0)),
                // Nobody is connected, removed or linked, time stands still, and nothing here is too long for one transaction.
                Event::Filed { .. }
                | Event::Removed(_)
                | Event::Linked { .. }
                | Event::Wake(_)
                | Event::Again => {}
            }
        }
        Some(step.answer)
    }

    fn commit(&mut self, lost: Lost, mut changes: Changes) {
        if let Lost::Rows(table) = lost {
            changes.retain(|key, _| !store::is_of(key, table));
        }
        if lost == Lost::Changes {
            changes.clear();
        }
        if lost == Lost::Behind && self.behind.is_none() {
            self.behind = Some(Arc::clone(&self.rows));
        }
        Arc::make_mut(&mut self.rows).apply(changes);
    }

    /// The rows that a crash leaves.
    pub(super) fn durable(&self) -> &Committed {
        self.behind.as_ref().unwrap_or(&self.rows)
    }

    pub(super) fn has_effects(&self) -> bool {
        !self.effects.is_empty()
    }

    /// One step of the effect that is first in line. `None` if a row does not read.
    pub(super) fn step_effect(&mut self, lost: Lost, rules: &Rules) -> Option<()> {
        match self.effects.pop_front()? {
            // What may happen between these steps is the matter of the worlds of deliveries.
            Effect::One(effect) => {
                self.transact(lost, |view| home::apply(view, rules, NOW_MS, &effect))?;
                self.transact(lost, |view| {
                    home::settle(view, &effect);
                    Ok(plain())
                })?;
                self.transact(lost, |view| home::forget(view, &effect).map(|()| plain()))?;
            }
            Effect::Many(fan_out, behind) => self.step_fan_out(lost, rules, (fan_out, behind))?,
        }
        Some(())
    }

    fn step_fan_out(
        &mut self,
        lost: Lost,
        rules: &Rules,
        (fan_out, behind): (Arc<FanOut>, usize),
    ) -> Option<()> {
        let count = fan_out.deliveries().count();
        // The steps are the deliveries, and the end; a mistake may put the end first.
        let step = if lost == Lost::Deliveries { behind.checked_sub(1) } else { Some(behind) };
        let delivery = step.and_then(|step| fan_out.deliveries().nth(step));
        match delivery {
            Some(delivery) => self.transact(lost, |view| delivery.apply(view, rules))?,
            None => self.transact(lost, |view| {
                fan_out.settle(view);
                Ok(plain())
            })?,
        }
        if behind < count {
            self.effects.push_front(Effect::Many(fan_out, behind.saturating_add(1)));
            return Some(());
        }
        for delivery in fan_out.deliveries() {
            self.transact(lost, |view| delivery.forget(view).map(|()| plain()))?;
        }
        Some(())
    }

    /// The server stops and starts again. `None` if a row does not read.
    pub(super) fn stop(&mut self, lost: Lost) -> Option<()> {
        if let Some(behind) = self.behind.take() {
            self.rows = behind;
        }
        let fan_outs = home::fan_outs(&*self.rows, usize::MAX).ok()?;
        let fan_outs = fan_outs.into_iter().filter(|_| lost != Lost::FanOuts);
        let effects = home::pending(&*self.rows, usize::MAX).ok()?;
        let fan_outs = fan_outs.map(|fan_out| Effect::Many(Arc::new(fan_out), 0));
        let effects = effects.into_iter().map(Effect::One);
        self.effects = fan_outs.chain(effects).collect();
        Some(())
    }

    /// Rows of a table.
    pub(super) fn count(&self, table: Table) -> usize {
        self.rows.0.keys().filter(|key| store::is_of(key, table)).count()
    }

    /// Rows of effects and entries that are on their way.
    pub(super) fn on_their_way(&self) -> usize {
        self.rows.0.keys().filter(|key| matches!(key.first(), Some(2 | 4))).count()
    }
}

fn plain() -> Step<()> {
    Step { answer: (), events: Vec::new() }
}
