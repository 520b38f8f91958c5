//! The task around an engine: waits, writes, connects, and tells.

use core::ops::ControlFlow;
use core::time::Duration;
use std::sync::Arc;
use std::time::SystemTime;

use pinnace_session::Now;
use pinnace_wire::limits::HANDSHAKE_MS;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::command::Command;
use super::{Engine, Happened, News, Time};
use crate::address::ServerAddress;
use crate::link::{Connect, Connecting, Link, LinkError};
use crate::state::{Event, LastError, State, StopReason};
use crate::store::{Batch, Store, StoreError};

/// Commands and records that one commit takes together.
const TOGETHER_MAX: usize = 256;

/// The ends of the channels to the application.
pub(crate) struct Ends {
    pub(crate) commands: mpsc::Receiver<Command>,
    pub(crate) events: broadcast::Sender<Event>,
    pub(crate) state: watch::Sender<State>,
}

/// The task around an engine.
pub(crate) struct Runner {
    engine: Engine,
    store: Arc<Store>,
    ends: Ends,
    connect: Box<dyn Connect>,
    wire: Wire,
    origin: Instant,
}

/// What there is of a connection.
enum Wire {
    /// Nothing.
    Down,
    /// One in the making.
    Connecting(Connecting),
    /// A link, and a record that waits until it takes it.
    Up(Link, Option<Vec<u8>>),
}

/// Whether a record is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// It is.
    Wanted,
    /// The session, or the inbox, has enough.
    Held,
}

/// What ended a wait.
enum Woken {
    /// Something that the engine takes in.
    Engine(Happened),
    /// The attempt to connect came to its end.
    Linked(Result<Link, LinkError>),
    /// The link took the record that was leaving.
    Left,
}

impl Runner {
    pub(crate) fn new(engine: Engine, store: Arc<Store>, ends: Ends, connect: Box<dyn Connect>) -> Self {
        Self { engine, store, ends, connect, wire: Wire::Down, origin: Instant::now() }
    }

    /// Runs until the application closes the client, drops it, or the store does not work any more.
    pub(crate) async fn run(mut self) {
        let reason = loop {
            match self.turn().await {
                Ok(ControlFlow::Continue(())) => self.publish(),
                Ok(ControlFlow::Break(())) => break StopReason::Closed,
                Err(error) => {
                    self.engine.last_error = Some(LastError::Store(Arc::new(error)));
                    break StopReason::Store;
                }
            }
        };
        let replies = self.engine.on_end(reason);
        self.publish();
        for reply in replies {
            // An application that went away needs no answer.
            let _ = reply.send(());
        }
    }

    async fn turn(&mut self) -> Result<ControlFlow<()>, StoreError> {
        if let Some(address) = self.engine.poll_attempt(self.time()) {
            self.attempt(&address);
            self.publish();
        }
        match self.woken().await {
            Woken::Engine(happened) => self.take_in_and_those_behind(happened),
            Woken::Linked(link) => self.on_linked(link),
            Woken::Left => {}
        }
        let batch = self.engine.poll_batch();
        self.write(batch).await?;
        self.engine.on_written()?;
        self.wire.transmit(&mut self.engine);
        // What left now may be the last thing before a crash that somebody looks into.
        self.engine.show_observer();
        self.after_the_session().await?;
        if !self.engine.is_done() {
            return Ok(ControlFlow::Continue(()));
        }
        self.store.flush()?;
        Ok(ControlFlow::Break(()))
    }

    fn attempt(&mut self, address: &ServerAddress) {
        let link = self.connect.connect(address);
        let limit = Duration::from_millis(HANDSHAKE_MS.default);
        self.wire = Wire::Connecting(Box::pin(async move {
            tokio::time::timeout(limit, link).await.unwrap_or(Err(LinkError::TimedOut))
        }));
    }

    fn on_linked(&mut self, link: Result<Link, LinkError>) {
        let (wire, happened) = match link {
            Ok(link) => (Wire::Up(link, None), Happened::Linked),
            Err(error) => (Wire::Down, Happened::Unreachable(error)),
        };
        self.wire = wire;
        self.take_in(happened);
    }

    async fn woken(&mut self) -> Woken {
        let deadline = self.engine.poll_timeout().map(|at| self.origin + Duration::from_millis(at.ms));
        let reading = if self.engine.wants_record() { Reading::Wanted } else { Reading::Held };
        self.wire.happen(&mut self.ends.commands, deadline, reading).await
    }

    fn take_in(&mut self, happened: Happened) {
        let time = self.time();
        self.engine.take_in(happened, time);
        if !self.engine.is_connecting() && matches!(self.wire, Wire::Connecting(_)) {
            self.wire = Wire::Down;
        }
    }

    fn take_in_and_those_behind(&mut self, happened: Happened) {
        let is_command = matches!(happened, Happened::Command(_));
        let is_record = matches!(happened, Happened::Record(_));
        if let (Happened::Lost(_), Wire::Up(_, leaving)) = (&happened, &mut self.wire) {
            *leaving = None;
        }
        self.take_in(happened);
        for _ in 1..TOGETHER_MAX {
            let next = match &mut self.wire {
                _ if is_command => self.ends.commands.try_recv().ok().map(Happened::Command),
                // Not so many that the inbox would grow far past its bound.
                Wire::Up(link, _) if is_record && self.engine.wants_record() => {
                    link.incoming.try_recv().ok().and_then(Result::ok).map(Happened::Record)
                }
                Wire::Down | Wire::Connecting(_) | Wire::Up(..) => None,
            };
            let Some(next) = next else { return };
            self.take_in(next);
        }
    }

    /// Writes what is to be written, then tells what is to be told.
    async fn write(&mut self, batch: Batch) -> Result<(), StoreError> {
        write(&self.store, batch).await?;
        for news in self.engine.take_news() {
            match news {
                // Without a listener there is nobody to tell.
                News::Event(event) => drop(self.ends.events.send(event)),
                News::Answer(answer) => answer(),
            }
        }
        Ok(())
    }

    /// Drops a connection whose session is over and has nothing more to say.
    async fn after_the_session(&mut self) -> Result<(), StoreError> {
        let has_left = !matches!(self.wire, Wire::Up(_, Some(_)));
        if !has_left || !self.engine.is_session_over() {
            return Ok(());
        }
        let batch = self.engine.part();
        self.write(batch).await?;
        self.engine.on_parted();
        if let Wire::Up(link, _) = core::mem::replace(&mut self.wire, Wire::Down) {
            link.farewell().await;
        }
        Ok(())
    }

    fn time(&self) -> Time {
        let ms = u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX);
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Time { now: Now { ms }, unix_ms: u64::try_from(since.as_millis()).unwrap_or(u64::MAX) }
    }

    fn publish(&self) {
        self.ends.state.send_replace(self.engine.state());
    }
}

impl Wire {
    /// Waits for the next thing to happen.
    async fn happen(
        &mut self,
        commands: &mut mpsc::Receiver<Command>,
        deadline: Option<Instant>,
        reading: Reading,
    ) -> Woken {
        let timer = async {
            match deadline {
                Some(at) => sleep_until(at).await,
                None => core::future::pending().await,
            }
        };
        let asked = |command: Option<Command>| command.map_or(Happened::Deserted, Happened::Command);
        match self {
            Self::Down => tokio::select! {
                command = commands.recv() => Woken::Engine(asked(command)),
                () = timer => Woken::Engine(Happened::Timer),
            },
            Self::Connecting(attempt) => tokio::select! {
                command = commands.recv() => Woken::Engine(asked(command)),
                link = attempt => Woken::Linked(link),
                () = timer => Woken::Engine(Happened::Timer),
            },
            Self::Up(Link { incoming, outgoing, .. }, leaving) => tokio::select! {
                command = commands.recv() => Woken::Engine(asked(command)),
                record = incoming.recv(), if reading == Reading::Wanted => Woken::Engine(match record {
                    Some(Ok(record)) => Happened::Record(record),
                    Some(Err(error)) => Happened::Lost(Some(error)),
                    None => Happened::Lost(None),
                }),
                permit = outgoing.reserve(), if leaving.is_some() => match permit {
                    Ok(permit) => {
                        if let Some(record) = leaving.take() {
                            permit.send(record);
                        }
                        Woken::Left
                    }
                    Err(_) => Woken::Engine(Happened::Lost(None)),
                },
                () = timer => Woken::Engine(Happened::Timer),
            },
        }
    }

    /// Hands what the session has to say to the link, until one of them has had enough.
    fn transmit(&mut self, engine: &mut Engine) {
        let Self::Up(link, leaving) = self else { return };
        loop {
            if leaving.is_none() {
                let mut record = Vec::new();
                *leaving = engine.poll_transmit(&mut record).map(|_| record);
            }
            let Some(record) = leaving.take() else { return };
            match link.outgoing.try_send(record) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(record)) => {
                    *leaving = Some(record);
                    return;
                }
                // The reading side tells of the end.
                Err(mpsc::error::TrySendError::Closed(_)) => return,
            }
        }
    }
}

/// Makes the changes durable, where that is urgent.
async fn write(store: &Arc<Store>, batch: Batch) -> Result<(), StoreError> {
    if batch.is_empty() {
        return Ok(());
    }
    if !batch.is_urgent() {
        return store.commit(batch);
    }
    // An fsync takes milliseconds: other tasks of the application go on meanwhile.
    let store = Arc::clone(store);
    tokio::task::spawn_blocking(move || store.commit(batch)).await.unwrap_or(Err(StoreError::Interrupted))
}
