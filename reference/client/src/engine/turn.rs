//! One turn of the engine.

use core::ops::ControlFlow;
use core::time::Duration;
use std::sync::Arc;

use pinnace_session::Now;
use pinnace_session::client::ClientState;

use super::connection::{Connection, Happened, Room};
use super::{Engine, News};
use crate::state::{LastError, StopReason};
use crate::store::{Batch, Store, StoreError, Write};

/// Commands and records that one commit takes together.
const TOGETHER_MAX: usize = 256;

impl Engine {
    /// Runs until the application closes the client, drops it, or the store does not work any more.
    pub(crate) async fn run(mut self) {
        loop {
            let outcome = self.turn().await;
            match outcome {
                Ok(ControlFlow::Continue(())) => self.publish(),
                Ok(ControlFlow::Break(())) => break,
                Err(error) => {
                    self.last_error = Some(LastError::Store(Arc::new(error)));
                    self.stopped = Some(StopReason::Store);
                    break;
                }
            }
        }
        self.publish();
        for reply in self.closing.take().into_iter().flatten() {
            // An application that went away needs no answer.
            let _ = reply.send(());
        }
    }

    async fn turn(&mut self) -> Result<ControlFlow<()>, StoreError> {
        if self.pace.is_due(self.now_ms()) && self.closing.is_none() {
            self.attempt();
            self.publish();
        }
        let deadline = self.deadline_ms().map(|at_ms| self.origin + Duration::from_millis(at_ms));
        let room = if self.inbox.is_full() { Room::None } else { Room::Left };
        match self.connection.happen(&mut self.ends.commands, deadline, room).await {
            Happened::Command(command) => self.on_command_and_those_behind(command),
            Happened::Linked(link) => self.on_linked(link).await?,
            Happened::Record(record) => self.on_record_and_those_behind(&record),
            Happened::Lost(error) => self.on_lost(error),
            Happened::Left => {}
            Happened::Timer => self.on_timer(),
        }
        self.poll_events();
        self.commit().await?;
        self.speak()?;
        self.after_the_session().await?;
        let is_done = self.closing.is_some() && matches!(self.connection, Connection::Down);
        if is_done {
            self.store.flush()?;
            self.stopped = Some(StopReason::Closed);
        }
        Ok(if is_done { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    fn on_command_and_those_behind(&mut self, command: Option<super::command::Command>) {
        let Some(command) = command else {
            self.close(Vec::new());
            return;
        };
        self.on_command(command);
        for _ in 1..TOGETHER_MAX {
            let Ok(command) = self.ends.commands.try_recv() else { break };
            self.on_command(command);
        }
    }

    fn on_record_and_those_behind(&mut self, record: &[u8]) {
        let now = self.now();
        let Connection::Up(up) = &mut self.connection else { return };
        // The session wanted a record when this one was taken from the link.
        let _ = up.session.on_record(record, &mut self.scratch, now);
        // Not so many that the inbox would grow far past its bound.
        while up.session.wants_record() {
            let Ok(Ok(record)) = up.link.incoming.try_recv() else { break };
            let _ = up.session.on_record(&record, &mut self.scratch, now);
        }
    }

    fn on_timer(&mut self) {
        let now = self.now();
        if self.leave_at_ms.is_some_and(|at_ms| at_ms <= now.ms) {
            self.leave();
        }
        if let Connection::Up(up) = &mut self.connection
            && up.session.poll_timeout().is_some_and(|at| at <= now)
        {
            up.session.on_timeout(now);
        }
    }

    /// The next time at which something is due, in milliseconds of this engine's clock.
    fn deadline_ms(&self) -> Option<u64> {
        let session_ms = match &self.connection {
            Connection::Up(up) => up.session.poll_timeout().map(|at| at.ms),
            Connection::Down | Connection::Connecting(_) => None,
        };
        let resend_ms = self.outbox.deadline_ms().filter(|at_ms| self.is_open() && *at_ms > self.now_ms());
        [session_ms, resend_ms, self.leave_at_ms, self.pace.deadline_ms()].into_iter().flatten().min()
    }

    /// Writes what this turn wants written, then tells what it wants told.
    pub(super) async fn commit(&mut self) -> Result<(), StoreError> {
        if core::mem::take(&mut self.intake_is_new) {
            self.batch.writes.push(Write::Intake(self.intake.clone()));
        }
        let batch = core::mem::take(&mut self.batch);
        write(&self.store, batch).await?;
        for news in self.news.drain(..) {
            match news {
                // Without a listener there is nobody to tell.
                News::Event(event) => drop(self.ends.events.send(event)),
                News::Answer(answer) => answer(),
            }
        }
        Ok(())
    }

    /// Everything that was to be written is durable: acknowledge, send, confirm.
    fn speak(&mut self) -> Result<(), StoreError> {
        if self.is_open() {
            self.acknowledge();
        }
        // A session that the server drains takes no new message.
        if self.leave_at_ms.is_none() && self.is_open() {
            self.send_what_waits()?;
        }
        if let Connection::Up(up) = &mut self.connection {
            up.transmit();
        }
        // What left now may be the last thing before a crash that somebody looks into.
        self.show_observer();
        Ok(())
    }

    fn acknowledge(&mut self) {
        self.reject();
        let acked = self.intake.acked();
        if self.acked.as_ref() == Some(&acked) {
            return;
        }
        let Connection::Up(up) = &mut self.connection else { return };
        // Refused only by a session that ends; the next one's HELLO says the same.
        if up.session.ack(&acked).is_ok() {
            self.acked = Some(acked);
        }
    }

    /// Says which items are not taken, before the cursor moves over them.
    fn reject(&mut self) {
        let Connection::Up(up) = &mut self.connection else { return };
        for (mailbox_seq, reason) in self.rejected.drain(..) {
            // Refused only by a session that ends. The item counts as taken then; its sender hears "delivered".
            let _ = up.session.nack(mailbox_seq, reason);
        }
    }

    fn send_what_waits(&mut self) -> Result<(), StoreError> {
        let now_ms = self.now_ms();
        let Connection::Up(up) = &mut self.connection else { return Ok(()) };
        while up.session.can_send() {
            let Some(seq) = self.outbox.ready(now_ms, up.session.inflight()) else { break };
            let record = self.store.message(seq)?.ok_or(StoreError::Damaged { place: "outbox" })?;
            let sent = super::connecting::give(&mut up.session, seq, record);
            if sent.is_err() {
                break;
            }
            self.outbox.on_sent();
        }
        Ok(())
    }

    pub(super) fn is_open(&self) -> bool {
        match &self.connection {
            Connection::Up(up) => matches!(up.session.state(), ClientState::Open | ClientState::Draining),
            Connection::Down | Connection::Connecting(_) => false,
        }
    }

    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn now(&self) -> Now {
        Now { ms: self.now_ms() }
    }

    fn publish(&self) {
        self.ends.state.send_replace(self.state());
    }
}

/// Makes the changes durable, where that is urgent.
pub(super) async fn write(store: &Arc<Store>, batch: Batch) -> Result<(), StoreError> {
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
