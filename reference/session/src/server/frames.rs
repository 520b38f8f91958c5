//! Transport records and their frames.

use alloc::string::ToString;

use pinnace_fault as fault;
use pinnace_wire::{
    Ack, Credit, Ephemeral, ErrorCode, ErrorFrame, Frame, FrameType, Nack, Ping, PingToken, Placed, Pong,
    Register, Role, Send, Subject, Void, frames,
};

use super::ServerSession;
use super::event::{SendRequest, ServerEvent};
use super::misread::{self, Misread};
use super::outcomes::{Asked, Ticket};
use super::registration::Registration;
use super::request::certificate_octets;
use super::state::State;
use crate::acked::Acked;
use crate::breach::{Breach, Fault, is_let_pass};
use crate::close_reason::CloseReason;
use crate::credit::Budget;
use crate::message::ReceiptWish;
use crate::place;
use crate::registration_state::Replace;
use crate::scratch::Scratch;
use crate::time::Now;

impl ServerSession {
    pub(super) fn on_transport_record(&mut self, record: &[u8], scratch: &mut Scratch, now: Now) {
        let Some(plaintext) = self.channel.open(record, scratch) else {
            if fault::channel::FORGED_RECORD_SKIPPED.is_on() {
                return;
            }
            if fault::channel::FORGED_RECORD_ANSWERED.is_on() {
                return self.close(ErrorCode::Internal);
            }
            return self.end(CloseReason::Unreadable);
        };
        if !fault::session::IDLE_DESPITE_RECORDS.is_on() {
            self.heard = now;
        }
        if plaintext.is_empty() && fault::framing::EMPTY_RECORD_REFUSED.is_on() {
            return self.close_on(&Breach::OutOfState.into());
        }
        self.confirm();
        self.on_frames(plaintext, 0);
        self.raise_credit();
        self.go_before_exhaustion(now);
    }

    /// The first record of the client proves that it lives (SES-015).
    fn confirm(&mut self) {
        match &mut self.state {
            State::Unconfirmed { acked, .. } => {
                let acked =
                    core::mem::replace(&mut **acked, Acked::up_to(pinnace_wire::MailboxMark::NOTHING));
                self.events.push_back(ServerEvent::Confirmed { acked });
                self.state = State::Open;
            }
            State::UnregisteredUnconfirmed { .. } => self.state = State::Unregistered(Registration::NONE),
            State::Opening { .. }
            | State::Retrying { .. }
            | State::Proving { .. }
            | State::Greeting(_)
            | State::Unregistered(_)
            | State::Open
            | State::Draining { .. }
            | State::Closed => {}
        }
    }

    /// Handles frames in order up to the first error (FRM-016), or up to a step of a registration or a request that must be
    /// answered first. `offset` is where they begin in their record.
    pub(super) fn on_frames(&mut self, octets: &[u8], offset: usize) {
        if fault::framing::DROPPED_BEFORE_ERROR.is_on()
            && let Some(error) = frames(octets).find_map(Result::err)
        {
            return self.close_on(&error.into());
        }
        for placed in frames(octets) {
            if placed.as_ref().is_err_and(is_let_pass) {
                return;
            }
            let handled = placed.map_err(Fault::from).and_then(|placed| {
                let result = self.on_frame(&placed);
                result.map_err(|breach| breach.at(placed.frame.frame_type(), placed.offset))?;
                Ok(place::end_of(&placed))
            });
            match handled {
                Ok(_) if matches!(self.state, State::Closed) => return,
                Ok(end) if self.is_held_back() => return self.hold(octets, end, offset),
                Ok(_) => {}
                Err(fault) => {
                    match misread::of(octets, &fault) {
                        Misread::Not => {}
                        Misread::Told(code) => return self.close(code),
                        Misread::Silent => return self.end(CloseReason::Unreadable),
                    }
                    let rest = fault.offset.and_then(|found| octets.get(misread::end_of(octets, found)..));
                    let offset = fault.offset.map(|found| found.saturating_add(offset));
                    if let Some(rest) = rest.filter(|_| fault::framing::HANDLED_AFTER_ERROR.is_on()) {
                        self.on_frames(rest, offset.unwrap_or(0));
                    }
                    return self.close_on(&Fault { offset, ..fault });
                }
            }
        }
    }

    pub(super) const fn is_registration_asking(&self) -> bool {
        matches!(&self.state, State::Unregistered(registration) if registration.is_asking())
    }

    fn hold(&mut self, octets: &[u8], end: usize, offset: usize) {
        self.held.frames = octets.get(end..).unwrap_or_default().to_vec();
        self.held.offset = offset.saturating_add(end);
    }

    fn on_frame(&mut self, placed: &Placed<'_>) -> Result<(), Breach> {
        if !placed.frame.frame_type().is_sent_by(Role::Client) {
            return server_frame();
        }
        refuse_odd(placed)?;
        match self.state {
            State::Open | State::Draining { .. } => self.on_device_frame(placed),
            State::Unregistered(_) => self.on_unregistered_frame(&placed.frame),
            State::Opening { .. }
            | State::Retrying { .. }
            | State::Proving { .. }
            | State::Greeting(_)
            | State::Unconfirmed { .. }
            | State::UnregisteredUnconfirmed { .. }
            | State::Closed => Ok(()),
        }
    }

    fn on_device_frame(&mut self, placed: &Placed<'_>) -> Result<(), Breach> {
        let cost = Budget::frame(placed.body_len);
        match &placed.frame {
            Frame::Send(send) => self.on_send(send, cost),
            Frame::Void(void) => self.on_void(void, cost),
            Frame::Bind(bind) => Ok(self.exchange.heard.bind(bind, self.config.limits.alias_max)?),
            Frame::Ack(ack) => self.on_ack(ack),
            Frame::Nack(nack) => self.on_nack(nack),
            Frame::Ephemeral(ephemeral) => self.on_ephemeral(ephemeral),
            Frame::BindConversation(bind) => self.on_bind_conversation(bind),
            Frame::Post(post) => self.on_post(post, cost),
            Frame::Commit(commit) => self.on_commit(commit, cost),
            Frame::Stage(stage) => self.on_stage(stage, cost),
            Frame::Whisper(whisper) => self.on_whisper(whisper),
            Frame::DevicesQuery(_)
            | Frame::DeviceListPublish(_)
            | Frame::DeviceListQuery(_)
            | Frame::LinkApprove(_)
            | Frame::KeysPublish(_)
            | Frame::Claim(_) => self.on_request(&placed.frame),
            Frame::Credit(credit) => self.on_credit(credit),
            Frame::Ping(ping) => self.on_ping(ping),
            Frame::Close(close) => {
                self.on_close(close);
                Ok(())
            }
            Frame::Pong(_) | Frame::Unknown(_) => Ok(()),
            Frame::LinkOpen(_) if fault::devices::REGISTERED_LINK_OPEN.is_on() => {
                self.on_request(&placed.frame)
            }
            Frame::Hello(_) if fault::session::SECOND_HELLO_TAKEN.is_on() => Ok(()),
            Frame::Register(_)
            | Frame::RegisterMethod(_)
            | Frame::RegisterCode(_)
            | Frame::RegisterDevice(_)
                if fault::registration::BELATED_TAKEN.is_on() =>
            {
                Ok(())
            }
            Frame::Hello(_)
            | Frame::Welcome(_)
            | Frame::Certificate(_)
            | Frame::Goaway(_)
            | Frame::Error(_)
            | Frame::Accepted(_)
            | Frame::Refused(_)
            | Frame::Voided(_)
            | Frame::Deliver(_)
            | Frame::Receipt(_)
            | Frame::Gap(_)
            | Frame::Rate(_)
            | Frame::Register(_)
            | Frame::RegisterMethod(_)
            | Frame::RegisterCode(_)
            | Frame::RegisterDevice(_)
            | Frame::Registration(_)
            | Frame::Registered(_)
            | Frame::Devices(_)
            | Frame::Entry(_)
            | Frame::DeviceList(_)
            | Frame::LinkOpen(_)
            | Frame::LinkOffer(_)
            | Frame::Keys(_)
            | Frame::KeysLow(_)
            | Frame::Claimed(_) => Err(Breach::OutOfState),
        }
    }

    fn on_unregistered_frame(&mut self, frame: &Frame<'_>) -> Result<(), Breach> {
        match frame {
            Frame::Register(register) => self.on_step(FrameType::REGISTER, || begin_of(register)),
            Frame::RegisterMethod(register) => self.on_step(FrameType::REGISTER_METHOD, || {
                ServerEvent::RegisterMethod { method: register.method }
            }),
            Frame::RegisterCode(register) => self.on_step(FrameType::REGISTER_CODE, || {
                ServerEvent::RegisterCode { code: register.code.to_string() }
            }),
            Frame::RegisterDevice(register) => self.on_step(FrameType::REGISTER_DEVICE, || {
                ServerEvent::RegisterDevice { certificate: certificate_octets(&register.certificate) }
            }),
            Frame::LinkOpen(_) => self.on_request(frame),
            Frame::Credit(credit) => self.on_credit(credit),
            Frame::Ping(ping) => self.on_ping(ping),
            Frame::Close(close) => {
                self.on_close(close);
                Ok(())
            }
            Frame::Pong(_) | Frame::Unknown(_) => Ok(()),
            Frame::DeviceListPublish(_)
            | Frame::DeviceListQuery(_)
            | Frame::LinkApprove(_)
            | Frame::KeysPublish(_)
            | Frame::Claim(_)
                if fault::devices::UNREGISTERED_ANSWERED.is_on() =>
            {
                self.on_request(frame)
            }
            _ if is_let_pass_unregistered(frame) => Ok(()),
            Frame::Ephemeral(_)
            | Frame::Hello(_)
            | Frame::Welcome(_)
            | Frame::Certificate(_)
            | Frame::Goaway(_)
            | Frame::Error(_)
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
            | Frame::Rate(_)
            | Frame::Registration(_)
            | Frame::Registered(_)
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
            | Frame::LinkOffer(_)
            | Frame::LinkApprove(_)
            | Frame::KeysPublish(_)
            | Frame::Keys(_)
            | Frame::KeysLow(_)
            | Frame::Claim(_)
            | Frame::Claimed(_) => Err(Breach::OutOfState),
        }
    }

    fn on_step(&mut self, step: FrameType, event: impl FnOnce() -> ServerEvent) -> Result<(), Breach> {
        if let State::Unregistered(registration) = &mut self.state {
            registration.on_step(step)?;
            self.events.push_back(event());
        }
        Ok(())
    }

    fn on_send(&mut self, send: &Send<'_>, cost: Budget) -> Result<(), Breach> {
        if fault::session::DRAIN_DROPS_SENDS.is_on() && matches!(self.state, State::Draining { .. }) {
            return Ok(());
        }
        let bound = self.exchange.heard.device(send.alias);
        if bound.is_none() && fault::session::ALIAS_UNBOUND_TAKEN.is_on() {
            return Ok(());
        }
        let destination = bound.ok_or(Breach::AliasUnbound)?;
        let ticket = self.admit(send.client_seq, Asked::Send, cost)?;
        self.events.push_back(ServerEvent::Send(SendRequest {
            ticket,
            client_seq: send.client_seq,
            destination,
            class: send.class,
            expires_in_s: send.expires_in_s,
            receipt: ReceiptWish::from_wire(send),
            payload: send.payload.to_vec(),
        }));
        Ok(())
    }

    fn on_void(&mut self, void: &Void, cost: Budget) -> Result<(), Breach> {
        let ticket = self.admit(void.client_seq, Asked::Void, cost)?;
        self.events.push_back(ServerEvent::Void { ticket, client_seq: void.client_seq });
        Ok(())
    }

    /// Credit and window allow one more number (SES-021, DLV-045).
    pub(super) fn admit(
        &mut self,
        client_seq: pinnace_wire::ClientSeq,
        asked: Asked,
        cost: Budget,
    ) -> Result<Ticket, Breach> {
        self.exchange.grant.spend(cost)?;
        let inflight_max = usize::try_from(self.config.limits.inflight_max).unwrap_or(usize::MAX);
        if self.exchange.outcomes.len() >= inflight_max && !fault::outcome::WINDOW_UNLIMITED.is_on() {
            return Err(Breach::FlowControl);
        }
        Ok(self.exchange.outcomes.await_answer(client_seq, asked, cost))
    }

    fn on_ack(&mut self, ack: &Ack<'_>) -> Result<(), Breach> {
        let acked = Acked::from_wire(ack)?;
        if acked.highest() > self.exchange.mailbox_last && !fault::mailbox::ACK_BEYOND_TAKEN.is_on() {
            return Err(Breach::AckInvalid);
        }
        self.events.push_back(ServerEvent::Ack(acked));
        Ok(())
    }

    fn on_nack(&mut self, nack: &Nack) -> Result<(), Breach> {
        if !self.exchange.mailbox_last.covers(nack.mailbox_seq) {
            if fault::mailbox::NACK_BEYOND_TAKEN.is_on() {
                return Ok(());
            }
            return Err(Breach::AckInvalid);
        }
        self.events.push_back(ServerEvent::Nack { mailbox_seq: nack.mailbox_seq, reason: nack.reason });
        Ok(())
    }

    fn on_ephemeral(&mut self, ephemeral: &Ephemeral<'_>) -> Result<(), Breach> {
        let destination = self.exchange.heard.device(ephemeral.alias).ok_or(Breach::AliasUnbound)?;
        if fault::delivery::EPHEMERAL_ANSWERED.is_on() {
            self.send_unavailable();
        }
        self.events.push_back(ServerEvent::Ephemeral { destination, payload: ephemeral.payload.to_vec() });
        Ok(())
    }

    fn on_credit(&mut self, credit: &Credit) -> Result<(), Breach> {
        Ok(self.exchange.allowance.raise(Budget::from(*credit))?)
    }

    fn on_ping(&mut self, ping: &Ping) -> Result<(), Breach> {
        if fault::session::PING_UNANSWERED.is_on() {
            return Ok(());
        }
        if fault::framing::LENGTH_NOT_MINIMAL.is_on() {
            self.send_long_pong(ping);
            return Ok(());
        }
        let other = ping.token.value().saturating_add(u64::from(fault::session::PONG_TOKEN_WRONG.is_on()));
        let token = PingToken::new(other).unwrap_or(ping.token);
        self.send(&Frame::Pong(Pong { token }));
        Ok(())
    }

    /// The answer of a planted fault to an EPHEMERAL, which none is due to (DLV-044).
    pub(super) fn send_unavailable(&mut self) {
        if let Some(code) = ErrorCode::Unavailable.frame_code() {
            let frame_type = FrameType::EPHEMERAL;
            let (subject, detail) = (Subject::NONE, "");
            self.send(&Frame::Error(ErrorFrame {
                code,
                frame_type,
                subject,
                detail,
                retry_after_ms: None,
                expected: None,
            }));
        }
    }

    /// A PONG whose length takes two octets where one would do (FRM-001).
    fn send_long_pong(&mut self, ping: &Ping) {
        let pong = Frame::Pong(Pong { token: ping.token });
        let mut octets = alloc::vec![0; pong.encoded_len()];
        // The room is measured.
        let _ = pong.encode(&mut octets);
        octets.insert(1, 0x40);
        self.outbox.push_encoded(&octets);
    }

    /// Queues a frame of our own making. Its fields have the types of their ranges; what is longer than its bound is our
    /// caller's fault and is left out.
    pub(super) fn send(&mut self, frame: &Frame<'_>) {
        if !matches!(self.state, State::Closed) {
            let _ = self.outbox.push(frame);
        }
    }
}

/// How a registration begins.
fn begin_of(register: &Register<'_>) -> ServerEvent {
    let replace = if register.replace { Replace::Wanted } else { Replace::Unwanted };
    ServerEvent::Register { e164: register.e164.to_string(), replace }
}

/// What a frame means that only a server sends (SES-025).
fn server_frame() -> Result<(), Breach> {
    if fault::session::SERVER_FRAME_TAKEN.is_on() {
        return Ok(());
    }
    Err(if fault::session::SERVER_FRAME_CODE_WRONG.is_on() {
        Breach::EarlyForbidden
    } else {
        Breach::OutOfState
    })
}

/// Refuses what must be skipped (FRM-008, FRM-010), as planted faults do.
fn refuse_odd(placed: &Placed<'_>) -> Result<(), Breach> {
    let is_unknown = matches!(placed.frame, Frame::Unknown(_));
    // A body that is longer than its known parts holds an extension that was skipped.
    let is_extended = placed.frame.body_len() != placed.body_len;
    let is_refused = fault::framing::ODD_FRAME_REFUSED.is_on() && is_unknown
        || fault::framing::ODD_EXTENSION_REFUSED.is_on() && is_extended;
    if is_refused { Err(Breach::OutOfState) } else { Ok(()) }
}

/// Whether a planted fault lets a frame of an unregistered device pass (REG-002, CNV-048).
fn is_let_pass_unregistered(frame: &Frame<'_>) -> bool {
    let is_of_conversations = matches!(
        frame,
        Frame::BindConversation(_) | Frame::Whisper(_) | Frame::Post(_) | Frame::Commit(_) | Frame::Stage(_)
    );
    is_of_conversations && fault::conversations::UNREGISTERED_DROPPED.is_on()
        || fault::registration::UNREGISTERED_FRAME_TAKEN.is_on()
}
