//! Registration and queries: one question, one answer.

use pinnace_session::client::ClientEvent;

use super::command::{RegisterAnswer, RegisterError, RegisterStep};
use super::connection::Connection;
use super::{Engine, Progress};
use crate::state::LinkState;
use crate::store::Write;

impl Engine {
    /// The session waits for a registration.
    pub(super) fn on_unregistered(&mut self) {
        self.step_registration();
    }

    /// The server knows the device: a step that waits is pointless.
    pub(super) fn on_already_registered(&mut self) {
        if let Some(registering) = self.registering.take() {
            self.answer(registering.reply, Err(RegisterError::AlreadyRegistered));
        }
    }

    /// Gives the step that waits to the session, once it can take it.
    pub(super) fn step_registration(&mut self) {
        match self.session.link {
            LinkState::Online => return self.on_already_registered(),
            LinkState::Offline | LinkState::Connecting | LinkState::Stopped(_) => return,
            LinkState::Unregistered => {}
        }
        let certificate = self.certificate();
        let Connection::Up(session) = &mut self.connection else { return };
        let Some(registering) = self.registering.as_mut().filter(|it| it.progress == Progress::Waiting)
        else {
            return;
        };
        let sent = match &registering.step {
            RegisterStep::Number { e164, replace } => session.register(e164, *replace),
            RegisterStep::Method(method) => session.register_method(*method),
            RegisterStep::Code(code) => session.register_code(code),
            RegisterStep::Device { .. } => session.register_device(&certificate.unwrap_or_default()),
        };
        match sent {
            Ok(()) => registering.progress = Progress::Sent,
            // The session ends; a registration starts again with the number.
            Err(_) => self.answer_step(Err(RegisterError::ConnectionLost)),
        }
    }

    /// The session brought an answer.
    pub(super) fn on_answer(&mut self, event: ClientEvent) {
        self.pace.on_proof();
        match event {
            ClientEvent::Registration(state) => self.answer_step(Ok(RegisterAnswer::State(state))),
            ClientEvent::RegistrationFailed { code, retry_after_ms, .. } => {
                self.answer_step(Err(RegisterError::Failed { code, retry_after_ms }));
            }
            ClientEvent::Registered { account, device } => {
                if let Some(RegisterStep::Device { e164 }) = self.registering.as_ref().map(|it| &it.step) {
                    self.batch.writes.push(Write::Registered(e164.clone()));
                }
                self.answer_step(Ok(RegisterAnswer::Registered { account, device }));
            }
            // Not answers.
            ClientEvent::Edge(_)
            | ClientEvent::Successor { .. }
            | ClientEvent::Welcome(_)
            | ClientEvent::Item(_)
            | ClientEvent::Outcome { .. }
            | ClientEvent::Again { .. }
            | ClientEvent::Fault { .. }
            | ClientEvent::Ephemeral { .. }
            | ClientEvent::Whisper { .. }
            | ClientEvent::Devices { .. }
            | ClientEvent::DeviceList { .. }
            | ClientEvent::LinkOffer { .. }
            | ClientEvent::Keys { .. }
            | ClientEvent::Claimed { .. }
            | ClientEvent::Failed { .. }
            | ClientEvent::Rate { .. }
            | ClientEvent::Goaway { .. }
            | ClientEvent::Closed(_) => {}
        }
    }

    /// A frame of the registration is over its rate; no other frame of this client is rated so.
    pub(super) fn on_registration_rate(&mut self, retry_after_ms: u64) {
        self.answer_step(Err(RegisterError::Rate { retry_after_ms }));
    }

    fn answer_step(&mut self, answer: Result<RegisterAnswer, RegisterError>) {
        if let Some(registering) = self.registering.take() {
            self.answer(registering.reply, answer);
        }
    }
}
