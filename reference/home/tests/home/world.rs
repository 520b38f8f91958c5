//! Rows in memory, and a transaction that proves that it touches one owner only.

use core::cell::RefCell;
use core::convert::Infallible;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use pinnace_home::{
    DeviceId, Event, Fault, Item, KeyRow, OWNER_LEN, OutboxRef, Owner, Rows, Rules, Step, Table, View, apply,
    due, forget, owner_of, pending, settle, sweep,
};

pub(crate) type MemoryFault = Fault<Infallible>;

/// A transaction over committed rows.
pub(crate) struct Transaction<'a> {
    committed: &'a BTreeMap<Vec<u8>, Vec<u8>>,
    changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    owners: RefCell<BTreeSet<Owner>>,
}

impl Transaction<'_> {
    fn touch(&self, key: &[u8]) {
        self.owners.borrow_mut().insert(owner_of(key).unwrap());
    }

    fn look(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.changes.get(key).cloned().unwrap_or_else(|| self.committed.get(key).cloned())
    }
}

impl Rows for Transaction<'_> {
    type Error = Infallible;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        self.touch(key);
        Ok(self.look(key))
    }

    fn peek(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.look(key))
    }

    fn scan(&self, first: &[u8], end: &[u8], count_max: usize) -> Result<Vec<KeyRow>, Infallible> {
        self.touch(first);
        if end <= first {
            return Ok(Vec::new());
        }
        let range = || (core::ops::Bound::Included(first), core::ops::Bound::Excluded(end));
        let mut keys: BTreeSet<&Vec<u8>> =
            self.committed.range::<[u8], _>(range()).map(|(key, _)| key).collect();
        keys.extend(self.changes.range::<[u8], _>(range()).map(|(key, _)| key));
        let rows = keys.into_iter().filter_map(|key| Some((key.clone(), self.look(key)?)));
        Ok(rows.take(count_max).collect())
    }
}

impl View for Transaction<'_> {
    fn put(&mut self, key: Vec<u8>, row: Vec<u8>) {
        self.touch(&key);
        self.changes.insert(key, Some(row));
    }

    fn create(&mut self, key: Vec<u8>, row: Vec<u8>) {
        assert_eq!(self.look(&key), None, "created over a row: {key:?}");
        self.put(key, row);
    }

    fn delete(&mut self, key: Vec<u8>) {
        self.touch(&key);
        self.changes.insert(key, None);
    }
}

/// Committed rows, read without a transaction.
struct Committed<'a>(&'a BTreeMap<Vec<u8>, Vec<u8>>);

impl Rows for Committed<'_> {
    type Error = Infallible;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.get(key).cloned())
    }

    fn peek(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        self.get(key)
    }

    fn scan(&self, first: &[u8], end: &[u8], count_max: usize) -> Result<Vec<KeyRow>, Infallible> {
        Ok(self
            .0
            .range(first.to_vec()..end.to_vec())
            .take(count_max)
            .map(|(key, row)| (key.clone(), row.clone()))
            .collect())
    }
}

/// A server's rows and clock. It can be told to crash.
pub(crate) struct World {
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) rules: Rules,
    pub(crate) now_ms: u64,
    /// Transactions that are committed before the next crash.
    pub(crate) crash_after: Option<usize>,
    effects: VecDeque<OutboxRef>,
    /// Items in the order in which they were filed.
    pub(crate) filed: Vec<(DeviceId, Item)>,
    pub(crate) removed: Vec<DeviceId>,
    /// Transactions that were committed.
    pub(crate) transaction_count: usize,
}

/// The server crashed: the answer did not leave it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Crashed;

impl World {
    pub(crate) fn new(rules: Rules) -> Self {
        rules.validate().unwrap();
        Self {
            rows: BTreeMap::new(),
            rules,
            now_ms: 1_000_000_000_000,
            crash_after: None,
            effects: VecDeque::new(),
            filed: Vec::new(),
            removed: Vec::new(),
            transaction_count: 0,
        }
    }

    /// Runs one transaction: proves that it touched one owner, then commits it, unless the crash comes first.
    pub(crate) fn transact<T>(
        &mut self,
        run: impl FnOnce(&mut Transaction<'_>, &Rules, u64) -> Result<Step<T>, MemoryFault>,
    ) -> Result<(T, bool), Crashed> {
        let mut transaction =
            Transaction { committed: &self.rows, changes: BTreeMap::new(), owners: RefCell::default() };
        let step = run(&mut transaction, &self.rules, self.now_ms).unwrap();
        let owners = transaction.owners.into_inner();
        assert!(owners.len() <= 1, "a transaction touched {owners:?}");
        match &mut self.crash_after {
            Some(0) => return Err(Crashed),
            Some(left) => *left -= 1,
            None => {}
        }
        for (key, row) in transaction.changes {
            match row {
                Some(row) => self.rows.insert(key, row),
                None => self.rows.remove(&key),
            };
        }
        self.transaction_count += 1;
        let mut wants_more = false;
        for event in step.events {
            match event {
                Event::Outbox(effect) => self.effects.push_back(effect),
                Event::Filed { device, item } => self.filed.push((device, item)),
                Event::Removed(device) => self.removed.push(device),
                Event::Wake(_) => {}
                Event::Again => wants_more = true,
            }
        }
        Ok((step.answer, wants_more))
    }

    /// Runs an operation with all that follows. A crash ends it, then the server recovers; the answer is lost.
    pub(crate) fn run<T>(
        &mut self,
        mut operation: impl FnMut(&mut Transaction<'_>, &Rules, u64) -> Result<Step<T>, MemoryFault>,
    ) -> Result<T, Crashed> {
        let done = self.try_run(&mut operation);
        if done.is_err() {
            self.crash_after = None;
            self.recover();
        }
        done
    }

    fn try_run<T>(
        &mut self,
        operation: &mut impl FnMut(&mut Transaction<'_>, &Rules, u64) -> Result<Step<T>, MemoryFault>,
    ) -> Result<T, Crashed> {
        loop {
            let (answer, wants_more) = self.transact(&mut *operation)?;
            self.apply_effects()?;
            if !wants_more {
                return Ok(answer);
            }
        }
    }

    fn apply_effects(&mut self) -> Result<(), Crashed> {
        while let Some(effect) = self.effects.pop_front() {
            self.transact(|view, rules, now_ms| apply(view, rules, now_ms, &effect))?;
            self.transact(|view, _, _| {
                settle(view, &effect);
                Ok(Step { answer: (), events: Vec::new() })
            })?;
            self.transact(|view, _, _| {
                forget(view, &effect).map(|()| Step { answer: (), events: Vec::new() })
            })?;
        }
        Ok(())
    }

    /// What a server does when it starts: applies the effects that it finds.
    fn recover(&mut self) {
        self.effects.clear();
        loop {
            let found = pending(&Committed(&self.rows), 3).unwrap();
            if found.is_empty() {
                return;
            }
            self.effects.extend(found);
            self.apply_effects().unwrap();
        }
    }

    /// Sweeps until nobody wants to be swept by now.
    pub(crate) fn sweep(&mut self) {
        loop {
            let owners = due(&Committed(&self.rows), 0, self.now_ms, 2).unwrap();
            if owners.is_empty() {
                return;
            }
            for owner in owners {
                let _ = self.run(|view, rules, now_ms| sweep(view, rules, now_ms, owner));
            }
        }
    }

    pub(crate) fn look<T>(&self, look: impl FnOnce(&Transaction<'_>, u64) -> Result<T, MemoryFault>) -> T {
        let transaction =
            Transaction { committed: &self.rows, changes: BTreeMap::new(), owners: RefCell::default() };
        let seen = look(&transaction, self.now_ms).unwrap();
        assert!(transaction.owners.into_inner().len() <= 1);
        seen
    }

    /// Rows whose keys begin with this octet.
    pub(crate) fn rows_in_space(&self, space: u8) -> usize {
        self.rows.keys().filter(|key| key.first() == Some(&space)).count()
    }

    /// Rows of all owners in a table.
    pub(crate) fn rows_in_table(&self, table: Table) -> usize {
        self.rows
            .keys()
            .filter(|key| key.first() == Some(&1) && key.get(1 + OWNER_LEN) == Some(&(table as u8)))
            .count()
    }

    pub(crate) fn row_count(&self) -> usize {
        self.rows.len()
    }
}
