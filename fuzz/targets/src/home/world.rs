//! Rows in memory, transactions that prove that they touch one owner, and crashes between them.

use core::cell::RefCell;
use core::convert::Infallible;
use core::ops::Bound;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use pinnace_home::{
    DeviceId, Event, Fault, Item, KeyRow, OutboxRef, Owner, Page, ReadRequest, Rows, Rules, Step, View,
    apply, due, forget, owner_of, pending, read, settle, sweep,
};

type Stored = BTreeMap<Vec<u8>, Vec<u8>>;

/// What went wrong inside a transaction: only damage can, and there is none.
pub(crate) type MemoryFault = Fault<Infallible>;

/// The answer did not leave the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Crashed;

/// A transaction over committed rows.
pub(crate) struct Transaction<'a> {
    committed: &'a Stored,
    changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    owners: RefCell<BTreeSet<Owner>>,
}

impl<'a> Transaction<'a> {
    fn new(committed: &'a Stored) -> Self {
        Self { committed, changes: BTreeMap::new(), owners: RefCell::default() }
    }

    fn touch(&self, key: &[u8]) {
        self.owners.borrow_mut().insert(owner_of(key).expect("a key with an owner"));
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
        let range = (Bound::Included(first), Bound::Excluded(end));
        let mut keys: BTreeSet<&Vec<u8>> =
            self.committed.range::<[u8], _>(range).map(|(key, _)| key).collect();
        keys.extend(self.changes.range::<[u8], _>(range).map(|(key, _)| key));
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

/// Committed rows, of any owner.
struct Committed<'a>(&'a Stored);

impl Rows for Committed<'_> {
    type Error = Infallible;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.0.get(key).cloned())
    }

    fn peek(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        self.get(key)
    }

    fn scan(&self, first: &[u8], end: &[u8], count_max: usize) -> Result<Vec<KeyRow>, Infallible> {
        let rows = self.0.range::<[u8], _>((Bound::Included(first), Bound::Excluded(end)));
        Ok(rows.take(count_max).map(|(key, row)| (key.clone(), row.clone())).collect())
    }
}

/// A server's rows and clock.
pub(crate) struct World {
    rows: Stored,
    rules: Rules,
    pub(crate) now_ms: u64,
    /// Transactions that are committed before the next crash.
    pub(crate) crash_after: Option<u8>,
    effects: VecDeque<OutboxRef>,
    /// Items in the order in which they were filed.
    pub(crate) filed: Vec<(DeviceId, Item)>,
}

impl World {
    pub(crate) fn new(rules: Rules) -> Self {
        rules.validate().expect("rules that can be served");
        let (rows, effects, filed) = (Stored::new(), VecDeque::new(), Vec::new());
        Self { rows, rules, now_ms: 1_000_000_000_000, crash_after: None, effects, filed }
    }

    fn transact<T>(
        &mut self,
        run: impl FnOnce(&mut Transaction<'_>, &Rules, u64) -> Result<Step<T>, MemoryFault>,
    ) -> Result<(T, Option<Event>), Crashed> {
        let mut transaction = Transaction::new(&self.rows);
        let step = run(&mut transaction, &self.rules, self.now_ms).expect("rows without damage");
        let Transaction { changes, owners, .. } = transaction;
        assert!(owners.into_inner().len() <= 1, "a transaction touched two owners");
        match &mut self.crash_after {
            Some(0) => return Err(Crashed),
            Some(left) => *left -= 1,
            None => {}
        }
        for (key, row) in changes {
            match row {
                Some(row) => self.rows.insert(key, row),
                None => self.rows.remove(&key),
            };
        }
        let mut again = None;
        for event in step.events {
            match event {
                Event::Outbox(effect) => self.effects.push_back(effect),
                Event::Filed { device, item } => self.filed.push((device, item)),
                Event::Removed(_) | Event::Wake(_) => {}
                Event::Again => again = Some(Event::Again),
            }
        }
        Ok((step.answer, again))
    }

    /// Runs an operation with all that follows. A crash ends it, then the server recovers; the answer is lost.
    pub(crate) fn run<T>(
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
        let plain = || Step { answer: (), events: Vec::new() };
        while let Some(effect) = self.effects.pop_front() {
            self.transact(|view, rules, now_ms| apply(view, rules, now_ms, &effect))?;
            self.transact(|view, _, _| {
                settle(view, &effect);
                Ok(plain())
            })?;
            self.transact(|view, _, _| forget(view, &effect).map(|()| plain()))?;
        }
        Ok(())
    }

    /// What a server does when it starts: applies the effects that it finds.
    fn recover(&mut self) {
        self.effects.clear();
        loop {
            let found = pending(&Committed(&self.rows), 3).expect("rows without damage");
            if found.is_empty() {
                return;
            }
            self.effects.extend(found);
            self.apply_effects().expect("one crash at a time");
        }
    }

    /// Sweeps until nobody wants to be swept by now.
    pub(crate) fn sweep(&mut self) {
        loop {
            let owners = due(&Committed(&self.rows), 0, self.now_ms, 2).expect("rows without damage");
            if owners.is_empty() {
                return;
            }
            for owner in owners {
                let _ = self.run(|view, rules, now_ms| sweep(view, rules, now_ms, owner));
            }
        }
    }

    /// Reads committed rows.
    pub(crate) fn read(&self, request: &ReadRequest) -> Page {
        read(&Committed(&self.rows), self.now_ms, request).expect("rows without damage")
    }

    /// Whether effects are left that nobody applied.
    pub(crate) fn pending_count(&self) -> usize {
        pending(&Committed(&self.rows), usize::MAX).expect("rows without damage").len()
    }
}
