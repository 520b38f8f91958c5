//! From a session to the next one: why it ended, and when to come again.

use std::sync::Arc;

use pinnace_session::CloseReason;
use pinnace_wire::{Code, ErrorCode};

use super::command::{RegisterError, Reply};
use super::connection::Connection;
use super::{Engine, SessionFacts};
use crate::identity::Standing;
use crate::intake::Intake;
use crate::link::LinkError;
use crate::rejected::Rejected;
use crate::state::{LastError, LinkState, StopReason};
use crate::store::{Batch, Write};

impl Engine {
    /// The connection ended under the session.
    pub(super) fn on_lost(&mut self, error: Option<LinkError>) {
        if let Connection::Up(session) = &mut self.connection {
            session.on_carrier_lost();
        }
        self.poll_events();
        if let Some(error) = error
            && matches!(self.last_error, Some(LastError::Session(CloseReason::CarrierLost)))
        {
            self.last_error = Some(LastError::Link(Arc::new(error)));
        }
    }

    /// The session is over: decides when the next one begins. Spec: the actions of errors.toml.
    pub(super) fn on_closed(&mut self, reason: CloseReason) {
        self.count_life();
        let was_welcome = self.session.epoch.is_some();
        self.upkeep.published = crate::identity::Published::Unknown;
        self.session = SessionFacts::none(LinkState::Offline);
        if reason != CloseReason::Sent(ErrorCode::NoError) {
            self.last_error = Some(LastError::Session(reason));
        }
        match reason {
            CloseReason::Received { code, retry_after_ms, hello_counter } => {
                let at_least_ms = retry_after_ms.unwrap_or(0);
                match code.known() {
                    Some(ErrorCode::StaleHello) => {
                        let stored = hello_counter.map_or(0, |counter| counter.value());
                        self.hello_counter = self.hello_counter.max(stored);
                        self.batch.writes.push(Write::HelloCounter(self.hello_counter));
                        self.again();
                    }
                    Some(ErrorCode::Replaced) => self.again(),
                    Some(ErrorCode::TakenOver) => self.stop(StopReason::TakenOver),
                    Some(ErrorCode::DeviceGone) => {
                        self.set_standing(Standing::Gone);
                        self.stop(StopReason::DeviceGone);
                    }
                    Some(ErrorCode::Downgrade) => self.stop(StopReason::Downgrade),
                    Some(ErrorCode::EdgeUntrusted) => self.stop(StopReason::EdgeUntrusted),
                    Some(ErrorCode::AckInvalid) if !was_welcome => {
                        // The server's mailbox begins anew: so do the numbers of what was taken (SES-035).
                        self.intake = Intake::default();
                        self.intake_is_new = true;
                        self.rejected = Rejected::default();
                        self.rejected_is_new = true;
                        self.fail(at_least_ms);
                    }
                    Some(_) => self.fail(at_least_ms),
                    None => self.on_unknown_code(code, at_least_ms),
                }
                self.pace.hold(self.time.now.ms, at_least_ms);
            }
            CloseReason::Rejected { retry_after_ms, .. } => self.fail(retry_after_ms.into()),
            // Neither is authenticated: whoever sits on the path could say so, and must not silence a device for good.
            CloseReason::Sent(_)
            | CloseReason::Unreadable
            | CloseReason::Untrusted
            | CloseReason::HandshakeTimeout
            | CloseReason::BrokenHandshake
            | CloseReason::Abandoned
            | CloseReason::CarrierLost => self.fail(0),
        }
    }

    /// A session that lived for idle_ms ends the row of failures.
    fn count_life(&mut self) {
        let now_ms = self.time.now.ms;
        let lived_ms = self.welcomed_at_ms.take().map(|at_ms| now_ms.saturating_sub(at_ms));
        if lived_ms.is_some_and(|lived_ms| lived_ms >= self.session.idle_ms) {
            self.pace.on_proof();
        }
    }

    /// An unknown code is read by its range (ERR-003): one of account scope ends the device's standing.
    fn on_unknown_code(&mut self, code: Code, at_least_ms: u64) {
        match code.scope() {
            pinnace_wire::Scope::Account => self.stop(StopReason::DeviceGone),
            pinnace_wire::Scope::Frame | pinnace_wire::Scope::Session | pinnace_wire::Scope::Conversation => {
                self.fail(at_least_ms)
            }
        }
    }

    /// Whether the session is over and has nothing more to say: once its last record has left, [`Self::part`].
    #[must_use]
    pub fn is_session_over(&self) -> bool {
        matches!(&self.connection, Connection::Up(session) if session.is_over())
    }

    /// The connection of a session that is over may go. What it still told is to be written, as after [`Self::take_in`];
    /// then [`Self::on_parted`].
    pub fn part(&mut self) -> Batch {
        // A full inbox may have kept its last events back.
        self.poll_batch()
    }

    /// The last batch of the session is durable.
    pub fn on_parted(&mut self) {
        self.connection = Connection::Down;
        self.questions.clear();
        if let Some(registering) = self.registering.take_if(|it| it.progress == super::Progress::Sent) {
            // An application that went away needs no answer.
            let _ = registering.reply.send(Err(RegisterError::ConnectionLost));
        }
    }

    /// The next attempt waits a random time; where a GOAWAY named a window, until the time that was drawn in it.
    pub(super) fn fail(&mut self, at_least_ms: u64) {
        let now_ms = self.time.now.ms;
        self.session = SessionFacts::none(LinkState::Offline);
        match self.leave_at_ms.take() {
            Some(at_ms) => self.pace.on_time(at_ms),
            None => self.pace.on_failure(now_ms, at_least_ms, &mut *self.setting.random),
        }
    }

    fn again(&mut self) {
        self.leave_at_ms = None;
        self.pace.on_again(self.time.now.ms, &mut *self.setting.random);
    }

    fn stop(&mut self, reason: StopReason) {
        self.leave_at_ms = None;
        self.stopped = Some(reason);
        self.pace.on_stop();
    }

    /// The time that was drawn in the window of GOAWAY has come: leave this session for another.
    pub(super) fn leave(&mut self) {
        if let Connection::Up(session) = &mut self.connection {
            session.close(ErrorCode::NoError);
        }
    }

    /// The application ends it all.
    pub(super) fn close(&mut self, replies: Vec<Reply<()>>) {
        self.closing.get_or_insert_default().extend(replies);
        self.pace.on_stop();
        match &mut self.connection {
            Connection::Up(session) => session.close(ErrorCode::NoError),
            Connection::Connecting | Connection::Opening(_) => self.connection = Connection::Down,
            Connection::Down => {}
        }
    }
}
