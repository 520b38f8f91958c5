//! A server's rows and clock.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::convert::Infallible;

use super::{Committed, Transaction};
use crate::conversation::{FanOut, fan_outs};
use crate::item::Item;
use crate::key::table_of;
use crate::outbox::{apply, forget, pending, settle};
use crate::rules::Rules;
use crate::step::{Event, OutboxRef, Step};
use crate::sweep::{due, sweep};
use crate::view::Fault;
use crate::{DeviceId, Table};

/// What can go wrong inside a transaction: a row that the rules did not write.
pub type MemoryFault = Fault<Infallible>;

/// The server crashed: the answer did not leave it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Crashed;

/// Something on its way to other owners.
#[derive(Debug)]
enum Effect {
    One(OutboxRef),
    Many(Arc<FanOut>),
}

/// A server's rows and clock. It can be told to crash.
#[derive(Debug)]
pub struct World {
    rows: Committed,
    rules: Rules,
    effects: VecDeque<Effect>,
    /// The time, in ms since 1970.
    pub now_ms: u64,
    /// Transactions that are committed before the next crash; `None`: there is none.
    pub crash_after: Option<usize>,
    /// Items in the order in which they were filed.
    pub filed: Vec<(DeviceId, Item)>,
    /// Devices in the order in which they were removed.
    pub removed: Vec<DeviceId>,
    /// Devices in the order in which they were linked.
    pub linked: Vec<DeviceId>,
}

impl World {
    /// A server without rows.
    ///
    /// # Panics
    /// When the rules cannot be served.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        rules.validate().expect("rules that can be served");
        Self {
            rows: Committed::default(),
            rules,
            effects: VecDeque::new(),
            now_ms: 1_000_000_000_000,
            crash_after: None,
            filed: Vec::new(),
            removed: Vec::new(),
            linked: Vec::new(),
        }
    }

    /// Runs one transaction, then commits it, unless the crash comes first. Tells whether it has to be run again.
    fn transact<T>(
        &mut self,
        run: impl FnOnce(&mut Transaction<'_>, &Rules, u64) -> Result<Step<T>, MemoryFault>,
    ) -> Result<(T, Option<Event>), Crashed> {
        let mut transaction = Transaction::new(&self.rows);
        let step = run(&mut transaction, &self.rules, self.now_ms).expect("rows without damage");
        let changes = transaction.into_changes();
        match &mut self.crash_after {
            Some(0) => return Err(Crashed),
            Some(left) => *left -= 1,
            None => {}
        }
        self.rows.apply(changes);
        let mut again = None;
        for event in step.events {
            match event {
                Event::Outbox(effect) => self.effects.push_back(Effect::One(effect)),
                Event::FanOut(fan_out) => self.effects.push_back(Effect::Many(fan_out)),
                Event::Filed { device, item } => self.filed.push((device, item)),
                Event::Removed(device) => self.removed.push(device),
                Event::Linked { device, .. } => self.linked.push(device),
                Event::Wake(_) => {}
                Event::Again => again = Some(Event::Again),
            }
        }
        Ok((step.answer, again))
    }

    /// Runs an operation with all that follows. A crash ends it, then the server recovers.
    ///
    /// # Errors
    /// The server crashed, and the answer is lost.
    ///
    /// # Panics
    /// When a transaction touches two owners, creates a row over another, or finds a row that the rules did not write.
    pub fn run<T>(
        &mut self,
        mut operation: impl FnMut(&mut Transaction<'_>, &Rules, u64) -> Result<Step<T>, MemoryFault>,
    ) -> Result<T, Crashed> {
        loop {
            let done = self.transact(&mut operation);
            let done = done.and_then(|done| self.apply_effects().map(|()| done));
            match done {
                Ok((answer, None)) => return Ok(answer),
                Ok((_, Some(_))) => {}
                Err(Crashed) => {
                    self.crash_after = None;
                    self.recover();
                    return Err(Crashed);
                }
            }
        }
    }

    fn apply_effects(&mut self) -> Result<(), Crashed> {
        while let Some(effect) = self.effects.pop_front() {
            match effect {
                Effect::One(effect) => self.apply_one(&effect)?,
                Effect::Many(fan_out) => self.apply_many(&fan_out)?,
            }
        }
        Ok(())
    }

    fn apply_one(&mut self, effect: &OutboxRef) -> Result<(), Crashed> {
        self.transact(|view, rules, now_ms| apply(view, rules, now_ms, effect))?;
        self.transact(|view, _, _| {
            settle(view, effect);
            Ok(Step::plain(()))
        })?;
        self.transact(|view, _, _| forget(view, effect).map(Step::plain))?;
        Ok(())
    }

    fn apply_many(&mut self, fan_out: &FanOut) -> Result<(), Crashed> {
        for delivery in fan_out.deliveries() {
            self.transact(|view, rules, _| delivery.apply(view, rules))?;
        }
        self.transact(|view, _, _| {
            fan_out.settle(view);
            Ok(Step::plain(()))
        })?;
        for delivery in fan_out.deliveries() {
            self.transact(|view, _, _| delivery.forget(view).map(Step::plain))?;
        }
        Ok(())
    }

    /// What a server does when it starts: applies the effects that it finds.
    fn recover(&mut self) {
        self.effects.clear();
        loop {
            let found = pending(&self.rows, 3).expect("rows without damage");
            let on_their_way = fan_outs(&self.rows, 3).expect("rows without damage");
            if found.is_empty() && on_their_way.is_empty() {
                return;
            }
            self.effects.extend(on_their_way.into_iter().map(|fan_out| Effect::Many(Arc::new(fan_out))));
            self.effects.extend(found.into_iter().map(Effect::One));
            self.apply_effects().expect("one crash at a time");
        }
    }

    /// Sweeps until nobody wants to be swept by now.
    ///
    /// # Panics
    /// As [`World::run`] does.
    pub fn sweep(&mut self) {
        loop {
            let owners = due(&self.rows, 0, self.now_ms, 2).expect("rows without damage");
            if owners.is_empty() {
                return;
            }
            for owner in owners {
                // A crash cuts one sweep off; the owner is found due again.
                let _ = self.run(|view, rules, now_ms| sweep(view, rules, now_ms, owner));
            }
        }
    }

    /// Reads the rows of one owner, at the time.
    ///
    /// # Panics
    /// When it touches two owners, or finds a row that the rules did not write.
    pub fn look<T>(&self, look: impl FnOnce(&Transaction<'_>, u64) -> Result<T, MemoryFault>) -> T {
        let transaction = Transaction::new(&self.rows);
        let seen = look(&transaction, self.now_ms).expect("rows without damage");
        let _ = transaction.into_changes();
        seen
    }

    /// The rows of all owners.
    #[must_use]
    pub const fn rows(&self) -> &Committed {
        &self.rows
    }

    /// Rows of all kinds.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.rows.0.len()
    }

    /// Rows of all owners in a table.
    #[must_use]
    pub fn rows_in_table(&self, table: Table) -> usize {
        self.rows.0.keys().filter(|key| table_of(key) == Some(table)).count()
    }
}
