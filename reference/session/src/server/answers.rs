//! The shell's answers become frames.

use pinnace_fault as fault;
use pinnace_wire::{
    Accepted, ClientSeq, ErrorCode, ErrorFrame, Frame, FrameCode, FrameType, List, Rate, Refused, Registered,
    Registration, Subject, Voided,
};

use super::ServerSession;
use super::event::RegistrationAnswer;
use super::outcomes::{Answer, Asked, Pending, Ticket};
use super::state::State;
use crate::registration_state::{RegistrationState, duration, wait};

impl ServerSession {
    /// The answer to one SEND, POST, COMMIT or VOID. Answers may come in any order; they leave in the order of arrival (DLV-014).
    pub fn on_answer(&mut self, ticket: Ticket, answer: Answer) {
        self.exchange.outcomes.on_answer(ticket, answer);
        while let Some((pending, answer)) = self.exchange.outcomes.poll() {
            self.exchange.grant.give_back(pending.cost);
            self.send_answer(&pending, answer);
        }
        self.raise_credit();
    }

    /// Grants anew what was handled. A record is read to its end before, so that it is held to what its sender could know.
    pub(super) fn raise_credit(&mut self) {
        if matches!(self.state, State::Closed) {
            return;
        }
        if let Some(credit) = self.exchange.poll_credit() {
            self.send(&Frame::Credit(credit));
        }
    }

    fn send_answer(&mut self, pending: &Pending, answer: Answer) {
        let Pending { client_seq, .. } = *pending;
        match answer {
            Answer::Accepted => self.send(&Frame::Accepted(Accepted { client_seq })),
            Answer::Refused(code) => self.send(&Frame::Refused(Refused { client_seq, code })),
            Answer::Voided if fault::outcome::VOID_UNANSWERED.is_on() => {}
            Answer::Voided => self.send(&Frame::Voided(Voided { client_seq })),
            Answer::Conflict => self.send_error(pending, ErrorCode::IdempotencyConflict, Hint::None),
            Answer::Forgotten => self.send_error(pending, ErrorCode::OutcomeForgotten, Hint::None),
            Answer::Ahead { expected } => {
                let expected =
                    if fault::outcome::AHEAD_EXPECTED_WRONG.is_on() { client_seq } else { expected };
                let is_untold = fault::outcome::AHEAD_EXPECTED_UNTOLD.is_on();
                let hint = if is_untold { Hint::None } else { Hint::Expected(expected) };
                self.send_error(pending, ErrorCode::SeqGap, hint);
            }
            Answer::Unavailable { retry_after_ms } => {
                self.send_error(pending, ErrorCode::Unavailable, Hint::RetryAfterMs(retry_after_ms));
            }
            Answer::Rate { retry_after_ms } => {
                self.send_rate(type_of(pending), Subject::from(client_seq), retry_after_ms);
            }
            Answer::Fenced => {}
        }
    }

    fn send_error(&mut self, pending: &Pending, code: ErrorCode, hint: Hint) {
        let Some(code) = FrameCode::new(code.code().value()) else { return };
        let (retry_after_ms, expected) = match hint {
            Hint::None => (None, None),
            Hint::Expected(expected) => (None, Some(expected)),
            Hint::RetryAfterMs(ms) => (duration(ms), None),
        };
        let is_missing = fault::outcome::ERROR_SUBJECT_MISSING.is_on();
        let subject = if is_missing { Subject::NONE } else { Subject::from(pending.client_seq) };
        let is_wrong = fault::outcome::ERROR_TYPE_WRONG.is_on();
        let frame_type = if is_wrong { FrameType::BIND } else { type_of(pending) };
        self.send(&Frame::Error(ErrorFrame {
            code,
            frame_type,
            subject,
            detail: "",
            retry_after_ms,
            expected,
        }));
        if fault::outcome::ERROR_ENDS_SESSION.is_on() {
            self.close(ErrorCode::Internal);
        }
    }

    pub(super) fn send_rate(&mut self, frame_type: FrameType, subject: Subject, retry_after_ms: u64) {
        if let Some(retry_after_ms) = wait(retry_after_ms) {
            self.send(&Frame::Rate(Rate { frame_type, subject, retry_after_ms }));
        }
    }

    /// The answer to the step of a registration that was asked for. Then the frames behind it are handled.
    pub fn on_registration(&mut self, answer: &RegistrationAnswer) {
        let State::Unregistered(registration) = &mut self.state else { return };
        let Some(step) = registration.on_answer(answer) else { return };
        match answer {
            RegistrationAnswer::State(state) => self.send_registration(state),
            RegistrationAnswer::Failed { code, retry_after_ms } => {
                self.send(&Frame::Error(ErrorFrame {
                    code: *code,
                    frame_type: if fault::outcome::ERROR_TYPE_WRONG.is_on() { FrameType::BIND } else { step },
                    subject: Subject::NONE,
                    detail: "",
                    retry_after_ms: retry_after_ms.and_then(duration),
                    expected: None,
                }));
            }
            RegistrationAnswer::Rate { retry_after_ms } => {
                let is_wrong = fault::registration::REGISTER_RATE_TYPE_WRONG.is_on();
                let step = if is_wrong { FrameType::SEND } else { step };
                self.send_rate(step, Subject::NONE, *retry_after_ms);
            }
            RegistrationAnswer::Registered { account, device } => {
                self.send(&Frame::Registered(Registered { account: *account, device: *device }));
                if fault::registration::REGISTERED_CODE_WRONG.is_on() {
                    return self.close(ErrorCode::Shutdown);
                }
                if !fault::registration::REGISTERED_NOT_CLOSED.is_on() {
                    return self.close(ErrorCode::Replaced);
                }
            }
        }
        self.resume();
    }

    fn send_registration(&mut self, state: &RegistrationState) {
        self.send(&Frame::Registration(Registration {
            stage: state.stage,
            methods: List::from_slice(&state.methods),
            code_len: state.code_len,
            code_wait_ms: state.code_wait_ms,
            attempts_left: state.attempts_left,
            expires_in_ms: state.expires_in_ms,
        }));
    }
}

/// What an ERROR says besides its code.
#[derive(Clone, Copy, Debug)]
enum Hint {
    None,
    Expected(ClientSeq),
    RetryAfterMs(u64),
}

const fn type_of(pending: &Pending) -> FrameType {
    match pending.asked {
        Asked::Send => FrameType::SEND,
        Asked::Post => FrameType::POST,
        Asked::Commit => FrameType::COMMIT,
        Asked::Void => FrameType::VOID,
    }
}
