//! The answer to HELLO.

use alloc::boxed::Box;
use alloc::vec::Vec;

use pinnace_fault as fault;
use pinnace_wire::{
    ClientMark, CreditCount, EdgeCertificate, ErrorCode, Exception, Frame, List, MailboxMark, Ping,
    PingToken, ProfileId, RootSuccessor, SessionEpoch, Standing, UnixMs, Welcome, limits,
};

use super::ServerSession;
use super::event::{HelloAnswer, HelloDone};
use super::exchange::Exchange;
use super::flight::{Flight, HasAck};
use super::state::State;
use crate::breach::Breach;
use crate::channel::Channel;
use crate::delivered::Delivered;
use crate::grease::{self, Choice};
use crate::time::Now;

impl ServerSession {
    /// The store's answer to [`ServerEvent::Hello`](super::ServerEvent::Hello), with the time for WELCOME. Without a
    /// HELLO at the store it changes nothing.
    ///
    /// After [`HelloAnswer::Registered`] items may be pushed at once: what is there before the next
    /// [`Self::poll_transmit`] rides beside WELCOME.
    pub fn on_hello(&mut self, answer: &HelloAnswer, time_ms: UnixMs, now: Now) {
        if !matches!(self.state, State::Greeting(_)) {
            return;
        }
        match answer {
            HelloAnswer::Stale { stored } => self.close_stale(*stored),
            HelloAnswer::Unavailable { retry_after_ms } => self.close_unavailable(*retry_after_ms),
            HelloAnswer::Unregistered => self.welcome_unregistered(time_ms, now),
            HelloAnswer::Registered(done) => self.welcome_registered(done, time_ms, now),
        }
    }

    /// Takes the first flight out; the state is set anew by the caller.
    fn take_flight(&mut self, until: Now) -> Option<Flight> {
        match core::mem::replace(&mut self.state, State::UnregisteredUnconfirmed { until }) {
            State::Greeting(flight) => Some(*flight),
            State::Opening { .. }
            | State::Retrying { .. }
            | State::Proving { .. }
            | State::Unconfirmed { .. }
            | State::UnregisteredUnconfirmed { .. }
            | State::Unregistered(_)
            | State::Open
            | State::Draining { .. }
            | State::Closed => None,
        }
    }

    fn welcome_unregistered(&mut self, time_ms: UnixMs, now: Now) {
        let until = now.after(self.config.limits.confirm_ms);
        let Some(flight) = self.take_flight(until) else { return };
        if fault::registration::UNKNOWN_KEY_REFUSED.is_on() {
            return self.close(ErrorCode::DeviceGone);
        }
        let is_forbidden = !flight.sends.is_empty() || flight.has_ack == HasAck::Yes;
        if is_forbidden && !fault::registration::UNREGISTERED_FRAME_TAKEN.is_on() {
            return self.close_on(&Breach::OutOfState.into());
        }
        self.exchange.begin(&flight.hello);
        self.heard = now;
        self.send_welcome(None, time_ms);
    }

    fn welcome_registered(&mut self, done: &HelloDone, time_ms: UnixMs, now: Now) {
        let until = now.after(self.config.limits.confirm_ms);
        let Some(flight) = self.take_flight(until) else { return };
        let is_unchecked =
            fault::session::CURSOR_BEYOND_TAKEN.is_on() || fault::mailbox::ACK_BEYOND_TAKEN.is_on();
        if flight.acked.highest() > done.mailbox_last && !is_unchecked {
            return self.close_on(&Breach::AckInvalid.into());
        }
        self.exchange.begin(&flight.hello);
        self.exchange.session_epoch = done.session_epoch;
        self.exchange.mailbox_last = done.mailbox_last;
        self.exchange.delivered = Delivered::after(done.cursor, &flight.acked);
        self.exchange.heard = flight.aliases;
        self.exchange.heard_conversations = flight.conversations;
        self.heard = now;
        self.send_welcome(Some(done), time_ms);
        for send in flight.sends {
            if fault::session::EARLY_SENDS_DROPPED.is_on() {
                break;
            }
            // The first credit covers a first flight by its range in the limits: nothing can be overspent yet.
            let _ = self.exchange.grant.spend(send.cost);
            self.events.push_back(send.into_event(&mut self.exchange.outcomes));
        }
        self.state = State::Unconfirmed { until, acked: Box::new(flight.acked) };
    }

    fn send_welcome(&mut self, done: Option<&HelloDone>, time_ms: UnixMs) {
        let config = alloc::sync::Arc::clone(&self.config);
        let grease = self.grease;
        let profiles: Vec<ProfileId> =
            config.profiles.iter().copied().chain(grease.as_ref().and_then(Choice::profile)).collect();
        let features: Vec<_> = grease.as_ref().and_then(Choice::feature).into_iter().collect();
        let limits = config.limits.advertised();
        let (mut credit_count, credit_bytes) = config.limits.first_credit().capped();
        if let Some(one) = CreditCount::new(1).filter(|_| fault::session::FIRST_CREDIT_SHORT.is_on()) {
            credit_count = one;
        }
        let profiles = if fault::limits::PROFILES_UNTOLD.is_on() { Vec::new() } else { profiles };
        // Over IK the client may not have seen the present certificate; over XX it just has.
        let is_ik = matches!(self.channel, Channel::Answering(_));
        let certificate = config.certificate.as_slice();
        let welcome = Frame::Welcome(Welcome {
            standing: if done.is_some() { Standing::Registered } else { Standing::Unregistered },
            session_epoch: told_epoch(done.map(|done| done.session_epoch)),
            handled: done.map_or(ClientMark::NOTHING, |done| done.handled),
            cursor: done.map_or(MailboxMark::NOTHING, |done| done.cursor),
            mailbox_last: done.map_or(MailboxMark::NOTHING, |done| done.mailbox_last),
            credit_count,
            credit_bytes,
            time_ms,
            exceptions: done.map_or(List::EMPTY, |done| List::from_slice(told(&done.exceptions))),
            agent: Some(config.agent.as_str()).filter(|agent| !agent.is_empty()),
            profiles: List::from_slice(&profiles),
            limits: List::from_slice(&limits),
            features: List::from_slice(&features),
            route_token: None,
            certificate: is_ik.then(|| EdgeCertificate::decode(certificate).ok()).flatten(),
            successor: is_ik
                .then(|| config.successor.as_deref().and_then(|octets| RootSuccessor::decode(octets).ok()))
                .flatten(),
        });
        if let Some(token) = PingToken::new(1).filter(|_| fault::session::WELCOME_NOT_FIRST.is_on()) {
            self.send(&Frame::Ping(Ping { token }));
        }
        match grease::encode_extended(&welcome, grease.as_ref()) {
            Ok(encoded) => self.outbox.push_encoded(&encoded),
            // Only a configuration or an answer out of its bounds is not encoded.
            Err(_) => return self.close(ErrorCode::Internal),
        }
        if let Some(frame) = grease.as_ref().and_then(Choice::frame) {
            self.send(&frame);
        }
    }
}

/// The exceptions that WELCOME has room for: the client asks again for what lies behind a list that is full (SES-010).
fn told(exceptions: &[Exception]) -> &[Exception] {
    let from = exceptions.len().saturating_sub(limits::EXCEPTIONS);
    match () {
        () if fault::session::EXCEPTIONS_UNCUT.is_on() => exceptions,
        () if fault::session::EXCEPTIONS_HIGHEST.is_on() => exceptions.get(from..).unwrap_or(exceptions),
        () => exceptions.get(..limits::EXCEPTIONS).unwrap_or(exceptions),
    }
}

/// The epoch that WELCOME tells; planted faults tell another one.
fn told_epoch(epoch: Option<SessionEpoch>) -> SessionEpoch {
    let is_same = match epoch {
        Some(_) => fault::session::EPOCH_TOLD_THE_SAME.is_on(),
        None => fault::registration::UNKNOWN_KEY_EPOCH.is_on(),
    };
    SessionEpoch::new(1).filter(|_| is_same).or(epoch).unwrap_or(NO_EPOCH)
}

/// What an unregistered device is told.
pub(super) const NO_EPOCH: SessionEpoch = match SessionEpoch::new(0) {
    Some(epoch) => epoch,
    None => unreachable!(),
};

impl Exchange {
    fn begin(&mut self, hello: &super::flight::Greeting) {
        self.allowance.begin(hello.credit);
        self.spoken.set_max(hello.alias_max);
        let is_endless = fault::conversations::CONVERSATION_ALIASES_ENDLESS.is_on();
        self.spoken_conversations.set_max(if is_endless { u64::MAX } else { hello.alias_max });
    }
}
