//! Transport records and their frames.

use alloc::string::ToString;

use pinnace_wire::{
    ClientSeq, Close, Credit, Ephemeral, ErrorCode, ErrorFrame, Frame, FrameType, Goaway, Placed, Pong, Rate,
    Registration, Role, frames,
};

use super::ClientSession;
use super::event::{AgainCause, ClientEvent, Outcome};
use super::state::State;
use crate::breach::{Breach, Fault};
use crate::close_reason::CloseReason;
use crate::credit::Budget;
use crate::registration_state::RegistrationState;
use crate::scratch::Scratch;
use crate::tap::Direction;
use crate::time::Now;

impl ClientSession {
    pub(super) fn on_transport_record(&mut self, record: &[u8], scratch: &mut Scratch, now: Now) {
        let Some(plaintext) = self.channel.open(record, scratch) else {
            return self.end(CloseReason::Unreadable);
        };
        self.keep_alive.hear(now);
        self.tap.see(Direction::Received, plaintext);
        self.on_frames(plaintext, now);
    }

    /// Handles frames in order up to the first error (FRM-016).
    pub(super) fn on_frames(&mut self, octets: &[u8], now: Now) {
        for placed in frames(octets) {
            let handled = placed.map_err(Fault::from).and_then(|placed| {
                let result = self.on_frame(&placed, now);
                result.map_err(|breach| breach.at(placed.frame.frame_type(), placed.offset))
            });
            match handled {
                Ok(()) if matches!(self.state, State::Closed) => return,
                Ok(()) => {}
                Err(fault) => return self.close_on(&fault),
            }
        }
    }

    fn on_frame(&mut self, placed: &Placed<'_>, now: Now) -> Result<(), Breach> {
        if !placed.frame.frame_type().is_sent_by(Role::Server) {
            return Err(Breach::OutOfState);
        }
        match (&self.state, &placed.frame) {
            (State::Closed, _) => Ok(()),
            (_, Frame::Close(close)) => {
                self.on_close(close);
                Ok(())
            }
            (
                State::Opening { .. } | State::Proving { .. } | State::Greeting { .. },
                Frame::Welcome(welcome),
            ) => {
                self.on_welcome(welcome, now);
                Ok(())
            }
            (State::Opening { .. } | State::Proving { .. } | State::Greeting { .. }, _) => {
                Err(Breach::OutOfState)
            }
            (State::Unregistered, frame) => self.on_unregistered_frame(frame),
            (State::Open | State::Draining, _) => self.on_open_frame(placed),
        }
    }

    fn on_unregistered_frame(&mut self, frame: &Frame<'_>) -> Result<(), Breach> {
        match frame {
            Frame::Registration(registration) => self.on_registration(registration),
            Frame::Registered(registered) => {
                self.event(ClientEvent::Registered {
                    account: registered.account,
                    device: registered.device,
                });
            }
            Frame::LinkOffer(_) => self.on_reply(frame),
            Frame::Credit(_)
            | Frame::Ping(_)
            | Frame::Pong(_)
            | Frame::Goaway(_)
            | Frame::Error(_)
            | Frame::Rate(_)
            | Frame::Unknown(_) => return self.on_common_frame(frame),
            Frame::Ephemeral(_)
            | Frame::Hello(_)
            | Frame::Welcome(_)
            | Frame::Certificate(_)
            | Frame::Close(_)
            | Frame::Send(_)
            | Frame::Void(_)
            | Frame::Accepted(_)
            | Frame::Refused(_)
            | Frame::Voided(_)
            | Frame::Bind(_)
            | Frame::Deliver(_)
            | Frame::Receipt(_)
            | Frame::Gap(_)
            | Frame::Ack(_)
            | Frame::Nack(_)
            | Frame::Register(_)
            | Frame::RegisterMethod(_)
            | Frame::RegisterCode(_)
            | Frame::RegisterDevice(_)
            | Frame::DevicesQuery(_)
            | Frame::Devices(_)
            | Frame::BindConversation(_)
            | Frame::Whisper(_)
            | Frame::Post(_)
            | Frame::Commit(_)
            | Frame::Entry(_)
            | Frame::Stage(_)
            | Frame::DeviceListPublish(_)
            | Frame::DeviceListQuery(_)
            | Frame::DeviceList(_)
            | Frame::LinkOpen(_)
            | Frame::LinkApprove(_)
            | Frame::KeysPublish(_)
            | Frame::Keys(_)
            | Frame::KeysLow(_)
            | Frame::Claim(_)
            | Frame::Claimed(_) => return Err(Breach::OutOfState),
        }
        Ok(())
    }

    fn on_open_frame(&mut self, placed: &Placed<'_>) -> Result<(), Breach> {
        let cost = Budget::frame(placed.body_len);
        match &placed.frame {
            Frame::Accepted(accepted) => self.on_outcome(accepted.client_seq, Outcome::Accepted),
            Frame::Refused(refused) => self.on_outcome(refused.client_seq, Outcome::Refused(refused.code)),
            Frame::Voided(voided) => self.on_outcome(voided.client_seq, Outcome::Voided),
            Frame::Bind(bind) => return Ok(self.exchange.heard.bind(bind, self.config.limits.alias_max)?),
            Frame::Deliver(deliver) => return self.on_deliver(deliver, cost),
            Frame::Receipt(receipt) => return self.on_receipt(receipt, cost),
            Frame::Gap(gap) => return self.on_gap(gap, cost),
            Frame::Ephemeral(ephemeral) => return self.on_ephemeral(ephemeral),
            Frame::BindConversation(bind) => {
                let alias_max = self.config.limits.alias_max;
                return Ok(self.exchange.heard_conversations.bind(bind, alias_max)?);
            }
            Frame::Entry(entry) => return self.on_entry(entry, cost),
            Frame::Whisper(whisper) => return self.on_whisper(whisper),
            Frame::KeysLow(keys_low) => return self.on_keys_low(*keys_low, cost),
            Frame::Devices(_) | Frame::DeviceList(_) | Frame::Keys(_) | Frame::Claimed(_) => {
                self.on_reply(&placed.frame);
            }
            Frame::Credit(_)
            | Frame::Ping(_)
            | Frame::Pong(_)
            | Frame::Goaway(_)
            | Frame::Error(_)
            | Frame::Rate(_)
            | Frame::Unknown(_) => return self.on_common_frame(&placed.frame),
            Frame::Hello(_)
            | Frame::Welcome(_)
            | Frame::Certificate(_)
            | Frame::Close(_)
            | Frame::Send(_)
            | Frame::Void(_)
            | Frame::Ack(_)
            | Frame::Nack(_)
            | Frame::Register(_)
            | Frame::RegisterMethod(_)
            | Frame::RegisterCode(_)
            | Frame::RegisterDevice(_)
            | Frame::Registration(_)
            | Frame::Registered(_)
            | Frame::DevicesQuery(_)
            | Frame::Post(_)
            | Frame::Commit(_)
            | Frame::Stage(_)
            | Frame::LinkOffer(_)
            | Frame::DeviceListPublish(_)
            | Frame::DeviceListQuery(_)
            | Frame::LinkOpen(_)
            | Frame::LinkApprove(_)
            | Frame::KeysPublish(_)
            | Frame::Claim(_) => return Err(Breach::OutOfState),
        }
        Ok(())
    }

    /// What a server may send whoever the device is to it.
    fn on_common_frame(&mut self, frame: &Frame<'_>) -> Result<(), Breach> {
        if let Frame::Credit(credit) = frame {
            return self.on_credit(credit);
        }
        if let Frame::Ping(ping) = frame {
            self.push(&Frame::Pong(Pong { token: ping.token }));
        }
        if let Frame::Goaway(goaway) = frame {
            self.on_goaway(goaway);
        }
        if let Frame::Error(error) = frame {
            self.on_error(error);
        }
        if let Frame::Rate(rate) = frame {
            self.on_rate(rate);
        }
        Ok(())
    }

    fn on_close(&mut self, close: &Close<'_>) {
        self.end(CloseReason::Received {
            code: close.code,
            retry_after_ms: close.retry_after_ms.map(|retry| retry.value()),
            hello_counter: close.hello_counter,
        });
    }

    fn on_credit(&mut self, credit: &Credit) -> Result<(), Breach> {
        Ok(self.exchange.allowance.raise(Budget::from(*credit))?)
    }

    fn on_goaway(&mut self, goaway: &Goaway<'_>) {
        if self.state.is_open() {
            self.state = State::Draining;
        }
        self.event(ClientEvent::Goaway {
            reason: goaway.reason,
            drain_ms: goaway.drain_ms.value(),
            window_ms: goaway.window_ms.value(),
            alternates: goaway.alternates.iter().map(|alternate| alternate.address.to_string()).collect(),
        });
    }

    /// An outcome of a number that does not await one is of no use to anybody.
    fn on_outcome(&mut self, client_seq: ClientSeq, outcome: Outcome) {
        if self.exchange.inflight.remove(&client_seq) {
            self.event(ClientEvent::Outcome { client_seq, outcome });
        }
    }

    fn on_error(&mut self, error: &ErrorFrame<'_>) {
        let ErrorFrame { code, frame_type, subject, .. } = *error;
        let retry_after_ms = error.retry_after_ms.map(|retry| retry.value());
        if is_step(frame_type) {
            return self.event(ClientEvent::RegistrationFailed { frame_type, code, retry_after_ms });
        }
        let Some(client_seq) = numbered(frame_type).then(|| ClientSeq::new(subject.value())).flatten() else {
            return self.event(ClientEvent::Failed { frame_type, subject, code, retry_after_ms });
        };
        if !self.exchange.inflight.remove(&client_seq) {
            return;
        }
        let cause = match code.known() {
            Some(ErrorCode::SeqGap) => AgainCause::Ahead { expected: error.expected },
            Some(ErrorCode::Unavailable) => AgainCause::Unavailable,
            Some(_) | None => return self.event(ClientEvent::Fault { client_seq, code }),
        };
        self.event(ClientEvent::Again { client_seq, cause, retry_after_ms });
    }

    fn on_rate(&mut self, rate: &Rate) {
        let retry_after_ms = rate.retry_after_ms.value();
        match ClientSeq::new(rate.subject.value()).filter(|_| numbered(rate.frame_type)) {
            Some(client_seq) if self.exchange.inflight.remove(&client_seq) => {
                let retry_after_ms = Some(retry_after_ms);
                self.event(ClientEvent::Again { client_seq, cause: AgainCause::Rate, retry_after_ms });
            }
            Some(_) => {}
            None => {
                let Rate { frame_type, subject, .. } = *rate;
                self.event(ClientEvent::Rate { frame_type, subject, retry_after_ms });
            }
        }
    }

    fn on_ephemeral(&mut self, ephemeral: &Ephemeral<'_>) -> Result<(), Breach> {
        let source = self.exchange.heard.device(ephemeral.alias).ok_or(Breach::AliasUnbound)?;
        self.event(ClientEvent::Ephemeral { source, payload: ephemeral.payload.to_vec() });
        Ok(())
    }

    fn on_registration(&mut self, registration: &Registration<'_>) {
        self.event(ClientEvent::Registration(RegistrationState {
            stage: registration.stage,
            methods: registration.methods.iter().collect(),
            code_len: registration.code_len,
            code_wait_ms: registration.code_wait_ms,
            attempts_left: registration.attempts_left,
            expires_in_ms: registration.expires_in_ms,
        }));
    }
}

/// Whether frames of this type carry a client_seq.
fn numbered(frame_type: FrameType) -> bool {
    [FrameType::SEND, FrameType::VOID, FrameType::POST, FrameType::COMMIT].contains(&frame_type)
}

/// Whether frames of this type are a step of a registration.
fn is_step(frame_type: FrameType) -> bool {
    [FrameType::REGISTER, FrameType::REGISTER_METHOD, FrameType::REGISTER_CODE, FrameType::REGISTER_DEVICE]
        .contains(&frame_type)
}
