//! One turn of the engine: what happened, what is to be written, what may be said then.

use pinnace_session::Now;
use pinnace_session::client::ClientState;

use super::command::Command;
use super::connection::Connection;
use super::giving::{Way, give};
use super::{Caution, Engine, News, Time};
use crate::link::LinkError;
use crate::state::StopReason;
use crate::store::{Batch, StoreError, Write};

/// What may happen to an engine.
#[derive(Debug)]
pub enum Happened {
    /// The application asks for something.
    Command(Command),
    /// No application is left.
    Deserted,
    /// The attempt to connect led to a connection.
    Linked,
    /// The attempt to connect led to nothing.
    Unreachable(LinkError),
    /// A record arrived. Only while [`Engine::wants_record`].
    Record(Vec<u8>),
    /// The connection ended.
    Lost(Option<LinkError>),
    /// The time of [`Engine::poll_timeout`] came.
    Timer,
}

impl Engine {
    /// Takes in what happened. Several things may share one [`Self::poll_batch`].
    pub fn take_in(&mut self, happened: Happened, time: Time) {
        self.time = time;
        match happened {
            Happened::Command(command) => self.on_command(command),
            Happened::Deserted => self.close(Vec::new()),
            Happened::Linked => self.on_linked(),
            Happened::Unreachable(error) => self.on_unreachable(error),
            Happened::Record(record) => self.on_record(&record),
            Happened::Lost(error) => self.on_lost(error),
            Happened::Timer => self.on_timer(),
        }
    }

    fn on_record(&mut self, record: &[u8]) {
        let Connection::Up(session) = &mut self.connection else { return };
        // The session wanted a record when this one was taken from the link.
        let _ = session.on_record(record, &mut self.scratch, self.time.now);
    }

    fn on_timer(&mut self) {
        let now = self.time.now;
        if self.leave_at_ms.is_some_and(|at_ms| at_ms <= now.ms) {
            self.leave();
        }
        self.expire();
        if let Connection::Up(session) = &mut self.connection
            && session.poll_timeout().is_some_and(|at| at <= now)
        {
            session.on_timeout(now);
        }
    }

    /// Whether a record may be taken in: there is a session that wants one, and room for items.
    #[must_use]
    pub fn wants_record(&self) -> bool {
        matches!(&self.connection, Connection::Up(session) if session.wants_record()) && !self.inbox.is_full()
    }

    /// When [`Self::poll_attempt`] or [`Happened::Timer`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Now> {
        let session_ms = match &self.connection {
            Connection::Up(session) => session.poll_timeout().map(|at| at.ms),
            Connection::Down | Connection::Connecting | Connection::Opening(_) => None,
        };
        let resend_ms = self.outbox.deadline_ms().filter(|at_ms| self.is_open() && *at_ms > self.time.now.ms);
        let items_ms = match self.caution {
            Caution::Until(at) => Some(at.ms),
            Caution::FirstSession | Caution::None => None,
        };
        let deadlines = [
            session_ms,
            resend_ms,
            items_ms,
            self.leave_at_ms,
            self.pace.deadline_ms(),
            self.expires_now_ms(),
        ];
        deadlines.into_iter().flatten().min().map(|ms| Now { ms })
    }

    /// What is to be written before anybody is told. Then [`Self::take_news`], then [`Self::on_written`].
    pub fn poll_batch(&mut self) -> Batch {
        self.poll_events();
        if self.conversing.failed.is_some() {
            // Nothing may be acknowledged that was not understood: the engine ends.
            return Batch::default();
        }
        if core::mem::take(&mut self.intake_is_new) {
            self.batch.writes.push(Write::Intake(self.intake.clone()));
        }
        if core::mem::take(&mut self.rejected_is_new) {
            self.batch.writes.push(Write::Rejected(self.rejected.clone()));
        }
        core::mem::take(&mut self.batch)
    }

    /// What the application is told, now that the batch is durable.
    pub fn take_news(&mut self) -> Vec<News> {
        core::mem::take(&mut self.news)
    }

    /// The batch is durable: open the session, acknowledge, send. Then [`Self::poll_transmit`].
    ///
    /// # Errors
    ///
    /// The store does not read: nothing can be promised any more.
    pub fn on_written(&mut self) -> Result<(), StoreError> {
        if let Some(error) = self.conversing.failed.take() {
            return Err(error);
        }
        self.look_up_expiry()?;
        self.pins.clear();
        self.open()?;
        self.ask();
        if self.is_open() {
            self.acknowledge();
        }
        // A session that the server drains takes no new message.
        if self.leave_at_ms.is_none() && self.is_open() {
            self.send_what_waits()?;
        }
        Ok(())
    }

    /// The next record that is due, appended to `out`; ask again when the link has taken it.
    pub fn poll_transmit(&mut self, out: &mut Vec<u8>) -> Option<usize> {
        match &mut self.connection {
            Connection::Up(session) => session.poll_transmit(out),
            Connection::Down | Connection::Connecting | Connection::Opening(_) => None,
        }
    }

    /// Whether the application closed the client and nothing is left to do but to flush the store.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.closing.is_some() && matches!(self.connection, Connection::Down)
    }

    /// The engine ends, for this reason. Gives who waits for the end.
    pub(super) fn on_end(&mut self, reason: StopReason) -> Vec<super::command::Reply<()>> {
        self.stopped = Some(reason);
        self.closing.take().unwrap_or_default()
    }

    fn acknowledge(&mut self) {
        self.reject();
        let acked = self.intake.acked();
        if self.acked.as_ref() == Some(&acked) {
            return;
        }
        let Connection::Up(session) = &mut self.connection else { return };
        // Refused only by a session that ends; the next one's HELLO says the same.
        if session.ack(&acked).is_ok() {
            self.acked = Some(acked);
        }
    }

    /// Says which items are not taken, before the cursor moves over them.
    fn reject(&mut self) {
        let Connection::Up(session) = &mut self.connection else { return };
        for (mailbox_seq, reason) in self.rejected.take_untold() {
            // Refused only by a session that ends; the next one says it again.
            let _ = session.nack(mailbox_seq, reason);
        }
    }

    fn send_what_waits(&mut self) -> Result<(), StoreError> {
        let now_ms = self.time.now.ms;
        let Connection::Up(session) = &mut self.connection else { return Ok(()) };
        while session.can_send() {
            let Some(seq) = self.outbox.ready(now_ms, session.inflight()) else { break };
            let record = self.store.message(seq)?.ok_or(StoreError::Damaged { place: "outbox" })?;
            let way = Way { len_max: self.session.payload_len_max, staged: &mut self.staged };
            let sent = give(session, way, seq, record);
            if sent.is_err() {
                break;
            }
            self.outbox.on_sent();
        }
        Ok(())
    }

    pub(super) fn is_open(&self) -> bool {
        match &self.connection {
            Connection::Up(session) => matches!(session.state(), ClientState::Open | ClientState::Draining),
            Connection::Down | Connection::Connecting | Connection::Opening(_) => false,
        }
    }
}
