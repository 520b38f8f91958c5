//! One connection: a carrier, a session, and what the session asks of the store.
//!
//! One task runs it. It takes in what came from any side, lets the session decide, and writes what the session has to
//! say. Nothing it holds grows without bound: while the peer does not read, or the store does not answer, it is not read.

mod bucket;
mod latency;
mod operation;
mod planted;
mod registration;
mod request;
mod standing;
mod turn;

use core::future::{pending, poll_fn};
use core::pin::Pin;
use core::time::Duration;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use pinnace_fault as fault;
use pinnace_session::server::{ServerGoaway, ServerState};
use pinnace_session::{Now, Seed, ServerSession};
use pinnace_store::Store;
use pinnace_wire::{ErrorCode, GoawayReason};
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, timeout};

use crate::carrier::{Carrier, CarrierEnd, Moved, Reading};
use crate::shared::{Phase, Shared};
use crate::slot::Slot;
use bucket::Bucket;
use latency::Latency;
use operation::Done;
use standing::Standing;

pub(crate) use standing::Counted;

/// Operations of one session under way, above which it is not read. ACKs count here too.
const OPERATIONS_MAX: usize = 1024;
/// Octets of frames that wait to leave, above which the peer is not read.
const BACKLOG_LEN_MAX: usize = 64 * 1024;
/// How long a peer may take to see the end of a connection.
const CLOSE_WAIT: Duration = Duration::from_secs(1);
/// The span over which clients are asked to spread their return.
const RETURN_WINDOW_MS: u64 = 10_000;

/// One connection.
pub(crate) struct Connection<S> {
    shared: Arc<Shared<S>>,
    carrier: Carrier,
    session: ServerSession,
    slot: Arc<Slot>,
    operations: FuturesUnordered<BoxFuture<'static, Done>>,
    /// `None` once the session was told that the server stops.
    phase: Option<watch::Receiver<Phase>>,
    alarm: Pin<Box<Sleep>>,
    stall: Stall,
    standing: Standing,
    latency: Latency,
    ephemerals: Bucket,
}

/// Whether the peer takes what is written.
#[derive(Clone, Copy)]
enum Stall {
    /// It does.
    None,
    /// Something waits since then.
    Since(Now),
    /// The session was closed for it then; the peer may still see that, if it hurries.
    Shed(Now),
}

impl<S: Store> Connection<S> {
    /// A connection whose session began at `since`. Boxed: a task that owned it as it is would hold it several times, once for
    /// each place that it is moved through.
    pub(crate) fn new(shared: Arc<Shared<S>>, carrier: Carrier, seed: Seed, since: Now) -> Box<Self> {
        Box::new(Self {
            session: ServerSession::new(shared.session(), seed, since),
            phase: Some(shared.phase.clone()),
            ephemerals: Bucket::full(shared.ephemeral_rate, since),
            shared,
            carrier,
            slot: Arc::default(),
            operations: FuturesUnordered::new(),
            alarm: Box::pin(tokio::time::sleep_until(Instant::now())),
            stall: Stall::None,
            standing: Standing::Stranger,
            latency: Latency::default(),
        })
    }

    /// Refuses the connection: before its first record a session that is closed answers with BUSY (CAR-009).
    pub(crate) fn refuse(&mut self) {
        self.session.close(ErrorCode::Internal);
    }

    /// Runs the connection to its end.
    pub(crate) async fn run(mut self: Box<Self>) {
        let end = loop {
            if let Err(end) = self.turn() {
                break Some(end);
            }
            if self.session.is_over() && self.carrier.is_flushed() {
                break None;
            }
            if let Err(end) = self.wait().await {
                break Some(end);
            }
        };
        if matches!(end, Some(CarrierEnd::Broken(_))) && fault::carrier::BREAK_ENDS_ALL.is_on() {
            std::process::exit(70);
        }
        self.session.on_carrier_lost();
        self.take_events();
        if let Some(end) = &end {
            tracing::debug!(%end, "connection");
        }
        match end {
            Some(CarrierEnd::Closed | CarrierEnd::Failed(_)) => {}
            None | Some(CarrierEnd::Broken(_)) => {
                // Whoever does not see the end in time loses the connection all the same. Boxed: no task should have room for
                // an end from its beginning.
                let Self { carrier, .. } = *self;
                drop(timeout(CLOSE_WAIT, Box::pin(carrier.close())).await);
            }
        }
    }

    /// Waits until something can be done, and takes it in.
    async fn wait(&mut self) -> Result<(), CarrierEnd> {
        let reading = self.reading();
        self.set_alarm();
        let Self { carrier, operations, slot, phase, alarm, .. } = self;
        tokio::select! {
            biased;
            moved = poll_fn(|cx| carrier.poll_move(cx, reading)) => match moved? {
                Moved::Out => self.stall = Stall::None,
                Moved::In => {}
            },
            Some(done) = operations.next() => self.on_done(done),
            () = slot.wake() => {}
            () = draining(phase.as_mut()) => self.drain(),
            () = alarm.as_mut() => self.on_alarm()?,
        }
        Ok(())
    }

    fn reading(&self) -> Reading {
        let held_len = if let Standing::Member(member) = &self.standing { member.acks.held_len() } else { 0 };
        let under_way = self.operations.len().saturating_add(held_len);
        let busy = under_way >= OPERATIONS_MAX || self.session.backlog_len() >= BACKLOG_LEN_MAX;
        if busy || !self.session.wants_record() { Reading::Held } else { Reading::Wanted }
    }

    /// Sets the alarm to the first of what has a time. An alarm that rings too early is set again then: most times are
    /// pushed back by each record, and never come.
    fn set_alarm(&mut self) {
        if matches!(self.stall, Stall::None) && !self.carrier.is_flushed() {
            self.stall = Stall::Since(self.shared.clock.now());
        }
        let stall = match self.stall {
            Stall::None => None,
            Stall::Since(since) | Stall::Shed(since) => Some(since.after(self.shared.write_stall_ms)),
        };
        let first = self.session.poll_timeout().into_iter().chain(stall).min();
        let at = self.shared.clock.instant(first.unwrap_or(Now { ms: u64::MAX }));
        if self.alarm.is_elapsed() || at < self.alarm.deadline() {
            self.alarm.as_mut().reset(at);
        }
    }

    fn on_alarm(&mut self) -> Result<(), CarrierEnd> {
        let now = self.shared.clock.now();
        self.session.on_timeout(now);
        let over = |since: Now| since.after(self.shared.write_stall_ms) <= now;
        match self.stall {
            Stall::Since(since) if over(since) && self.session.state() != ServerState::Closed => {
                self.shared.metrics.stalled.inc();
                self.session.close(ErrorCode::Stalled);
                self.stall = Stall::Shed(now);
            }
            Stall::Since(since) | Stall::Shed(since) if over(since) => {
                return Err(CarrierEnd::Broken("nothing is read"));
            }
            Stall::None | Stall::Since(_) | Stall::Shed(_) => {}
        }
        Ok(())
    }

    /// The server stops: the session is told so, and ends by itself when the time is over (SES-028, SES-030).
    fn drain(&mut self) {
        self.phase = None;
        let goaway = ServerGoaway {
            reason: GoawayReason::RESTART,
            drain_ms: self.shared.drain_ms,
            window_ms: RETURN_WINDOW_MS,
            alternates: Vec::new(),
        };
        self.session.goaway(&goaway, self.shared.clock.now());
    }
}

/// Completes when the server stops; never where that was told already.
async fn draining(phase: Option<&mut watch::Receiver<Phase>>) {
    match phase {
        // A server that is gone without a word has no connection left that could wait here.
        Some(phase) => drop(phase.wait_for(|phase| *phase == Phase::Draining).await),
        None => pending().await,
    }
}
