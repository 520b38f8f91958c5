//! The store: operations of the home, committed one by one or in groups by the store's own committer.

use core::cell::RefCell;
use core::convert::Infallible;
use std::sync::Arc;

use pinnace_home::memory::{Changes, Committed, MemoryFault, Transaction};
use pinnace_home::{
    self as home, AckDone, AckRequest, ConfirmDone, ConfirmRequest, DeviceId, Event, Fault, HelloDone,
    HelloRequest, Item, KeyRow, OWNER_LEN, OutboxRef, Rows, Rules, SendDone, SendRequest, Session,
    SessionEpoch, Step, Table, View,
};
use pinnace_session::server::Ticket;
use pinnace_store::{Batch, Change, Committer, Engine, Notice, Overlay, Scene, Task};

use crate::cast::NOW_MS;
use crate::{LineId, Twin};

/// Epochs that a world comes to, at most: how far a twin looks for the newest one.
const EPOCHS_MAX: u64 = 64;

/// An operation that the store was asked for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Asked {
    pub(crate) line: LineId,
    pub(crate) job: Job,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Job {
    Hello(HelloRequest),
    Confirm(ConfirmRequest),
    Send(SendRequest, Ticket),
    Ack(AckRequest),
}

/// What an operation answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Done {
    Hello(HelloDone),
    Confirm(ConfirmDone),
    Send(SendDone),
    Ack(AckDone),
}

/// What a commit leaves.
pub(crate) struct Ran {
    pub(crate) rows: Committed,
    pub(crate) done: Vec<Done>,
    pub(crate) filed: Vec<(DeviceId, Item)>,
    pub(crate) effects: Vec<OutboxRef>,
}

impl Job {
    /// The session that asks; a HELLO has none yet.
    pub(crate) const fn session(&self) -> Option<Session> {
        match self {
            Self::Hello(_) => None,
            Self::Confirm(request) => Some(request.session),
            Self::Send(request, _) => Some(request.session),
            Self::Ack(request) => Some(request.session),
        }
    }

    const fn under(&mut self, epoch: SessionEpoch) {
        match self {
            Self::Hello(_) => {}
            Self::Confirm(request) => request.session.epoch = epoch,
            Self::Send(request, _) => request.session.epoch = epoch,
            Self::Ack(request) => request.session.epoch = epoch,
        }
    }

    fn run<V: View>(&mut self, view: &mut V, rules: &Rules) -> Result<Step<Done>, Fault<V::Error>> {
        Ok(match self {
            Self::Hello(request) => over(home::hello(view, rules, NOW_MS, request)?, Done::Hello),
            Self::Confirm(request) => over(home::confirm(view, NOW_MS, request)?, Done::Confirm),
            Self::Send(request, _) => over(home::send(view, rules, NOW_MS, request)?, Done::Send),
            Self::Ack(request) => over(home::ack(view, NOW_MS, request)?, Done::Ack),
        })
    }
}

impl Done {
    /// Whether the operation was dropped, as one of an older session.
    pub(crate) fn is_fenced(&self) -> bool {
        match self {
            Self::Hello(_) => false,
            Self::Confirm(done) => *done == ConfirmDone::Fenced,
            Self::Send(done) => *done == SendDone::Fenced,
            Self::Ack(done) => *done == AckDone::Fenced,
        }
    }
}

fn over<T>(step: Step<T>, with: impl FnOnce(T) -> Done) -> Step<Done> {
    Step { answer: with(step.answer), events: step.events }
}

/// Runs an operation, or what a twin makes of it.
fn run_job<V: View>(
    view: &mut V,
    rules: &Rules,
    job: &mut Job,
    twin: Option<Twin>,
) -> Result<Step<Done>, Fault<V::Error>> {
    if twin == Some(Twin::NoDedup)
        && let Job::Send(request, _) = job
    {
        // A number that is far ahead is told which one is next.
        let ahead = SendRequest {
            client_seq: home::ClientSeq::new(1 << 40).unwrap_or(request.client_seq),
            ..request.clone()
        };
        if let SendDone::Gap { expected } = home::send(view, rules, NOW_MS, &ahead)?.answer {
            request.client_seq = request.client_seq.max(expected);
        }
    }
    let mut step = job.run(view, rules)?;
    match (twin, &mut *job, &step.answer) {
        (Some(Twin::NoFence), _, done) if done.is_fenced() => {
            for epoch in (1..=EPOCHS_MAX).filter_map(SessionEpoch::new) {
                job.under(epoch);
                step = job.run(view, rules)?;
                if !step.answer.is_fenced() {
                    break;
                }
            }
        }
        (Some(Twin::ReplayTaken), Job::Hello(request), Done::Hello(HelloDone::Stale { stored })) => {
            let counter = home::HelloCounter::new(stored.value().saturating_add(1));
            request.hello_counter = counter.unwrap_or(*stored);
            step = job.run(view, rules)?;
        }
        (Some(Twin::HelloConfirms), Job::Hello(request), Done::Hello(HelloDone::Registered(resumed))) => {
            let mut confirm =
                ConfirmRequest { session: resumed.session, cursor: request.cursor, ranges: Vec::new() };
            step.events.extend(home::confirm(view, NOW_MS, &mut confirm)?.events);
        }
        (_, _, _) => {}
    }
    Ok(step)
}

/// Runs one transaction, and commits it by itself. `None` if a row does not read.
pub(crate) fn transact<T>(
    rows: &Committed,
    run: impl FnOnce(&mut Transaction<'_>) -> Result<Step<T>, MemoryFault>,
) -> Option<(Changes, Step<T>)> {
    let mut transaction = Transaction::new(rows);
    let step = run(&mut transaction).ok()?;
    Some((transaction.into_changes(), step))
}

/// Runs one operation with all that follows.
pub(crate) fn run_alone<T>(
    rows: &mut Committed,
    rules: &Rules,
    run: impl FnOnce(&mut Transaction<'_>) -> Result<Step<T>, MemoryFault>,
) -> Option<T> {
    let (changes, step) = transact(rows, run)?;
    rows.apply(changes);
    let engine = Memory::new(rows.clone());
    Committer::recover(&engine, rules.clone(), NOW_MS).ok()?;
    *rows = engine.into_rows();
    Some(step.answer)
}

/// One operation, committed by itself.
pub(crate) fn run_single(rows: &Committed, rules: &Rules, job: &Job, twin: Option<Twin>) -> Option<Ran> {
    let mut job = job.clone();
    let (changes, step) = transact(rows, |view| run_job(view, rules, &mut job, twin))?;
    let mut ran = Ran { rows: rows.clone(), done: vec![step.answer], filed: Vec::new(), effects: Vec::new() };
    ran.rows.apply(changes);
    ran.take(step.events);
    Some(ran)
}

impl Ran {
    pub(crate) fn take(&mut self, events: Vec<Event>) {
        for event in events {
            match event {
                Event::Outbox(effect) => self.effects.push(effect),
                Event::Filed { device, item } => self.filed.push((device, item)),
                // Nobody is in a conversation, removed or linked, time stands still, and no operation here is too long for one transaction.
                Event::FanOut(_)
                | Event::Removed(_)
                | Event::Linked { .. }
                | Event::Wake(_)
                | Event::Again => {}
            }
        }
    }
}

/// Operations in one group with their effects, by the store's own committer.
pub(crate) fn run_group(rows: &Committed, rules: &Rules, jobs: &[Job], twin: Option<Twin>) -> Option<Ran> {
    let engine = Memory::new(rows.clone());
    let mut committer = Committer::recover(&engine, rules.clone(), NOW_MS).ok()?;
    let mut answers = Vec::new();
    let mut tasks: Vec<Box<dyn pinnace_store::Job<Memory>>> = Vec::new();
    for job in jobs {
        let mut job = job.clone();
        let (task, answer) = Task::new(move |view: &mut Overlay<'_, Memory>, scene: &Scene<'_>| {
            run_job(view, scene.rules, &mut job, twin)
        });
        answers.push(answer);
        tasks.push(Box::new(task));
    }
    let mut durable = committer.run(&engine, tasks, NOW_MS, |batch| engine.commit(&batch)).ok()?;
    let notices = core::mem::take(&mut durable.notices);
    durable.answer();
    let done = answers.into_iter().map(|mut answer| answer.try_recv().ok()??.ok()).collect::<Option<_>>()?;
    let filed = notices.into_iter().filter_map(|notice| match notice {
        Notice::Filed { device, item } => Some((device, item)),
        Notice::Removed { .. } | Notice::Linked { .. } | Notice::Reopened => None,
    });
    Some(Ran { filed: filed.collect(), rows: engine.into_rows(), done, effects: Vec::new() })
}

/// What a start of the store makes of the effects that it finds.
pub(crate) fn recover_group(rows: &Committed, rules: &Rules) -> Option<Committed> {
    let engine = Memory::new(rows.clone());
    Committer::recover(&engine, rules.clone(), NOW_MS).ok()?;
    Some(engine.into_rows())
}

/// Whether the row under this key is of this table.
pub(crate) fn is_of(key: &[u8], table: Table) -> bool {
    key.first() == Some(&1) && key.get(1 + OWNER_LEN) == Some(&(table as u8))
}

/// Rows in memory, as an engine.
struct Memory(RefCell<Arc<Committed>>);

/// A committed state of them.
struct Snapshot(Arc<Committed>);

impl Memory {
    fn new(rows: Committed) -> Self {
        Self(RefCell::new(Arc::new(rows)))
    }

    fn into_rows(self) -> Committed {
        Arc::unwrap_or_clone(self.0.into_inner())
    }
}

impl Engine for Memory {
    type Error = Infallible;
    type Committed = Snapshot;

    fn commit(&self, batch: &Batch) -> Result<(), Infallible> {
        let changes = batch.changes().map(|(key, change)| match change {
            Change::Put(row) | Change::Created(row) => (key.clone(), Some(row.clone())),
            Change::Deleted => (key.clone(), None),
        });
        Arc::make_mut(&mut self.0.borrow_mut()).apply(changes.collect());
        Ok(())
    }

    fn committed(&self) -> Snapshot {
        Snapshot(Arc::clone(&self.0.borrow()))
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        self.0.borrow().get(key)
    }

    fn range(&self, first: &[u8], end: &[u8]) -> impl Iterator<Item = Result<KeyRow, Infallible>> {
        let rows: Vec<KeyRow> = self.0.borrow().range(first, end).collect();
        rows.into_iter().map(Ok)
    }
}

impl Rows for Snapshot {
    type Error = Infallible;

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        self.0.get(key)
    }

    fn peek(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Infallible> {
        self.0.peek(key)
    }

    fn scan(&self, first: &[u8], end: &[u8], count_max: usize) -> Result<Vec<KeyRow>, Infallible> {
        self.0.scan(first, end, count_max)
    }
}
