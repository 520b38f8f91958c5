//! The ends of a session.

use alloc::vec::Vec;

use pinnace_fault as fault;
use pinnace_wire::{
    Address, Close, ErrorCode, Frame, Goaway, GoawayReason, HelloCounter, List, Ping, PingToken,
    RejectReason, ServerRecord, VERSION,
};

use super::ServerSession;
use super::event::{ServerEvent, ServerGoaway};
use super::state::State;
use crate::breach::{Fault, closing};
use crate::channel::Channel;
use crate::close_reason::CloseReason;
use crate::registration_state::duration;
use crate::time::Now;

impl ServerSession {
    /// Ends the session with a code: TAKEN_OVER, DEVICE_GONE, STALLED, INTERNAL or another. Before the channel is there the
    /// connection is refused or just ends.
    pub fn close(&mut self, code: ErrorCode) {
        match self.state {
            State::Closed => {}
            State::Opening { .. } => self.reject(RejectReason::BUSY),
            State::Retrying { .. } | State::Proving { .. } => self.end(CloseReason::Abandoned),
            State::Greeting(_)
            | State::Unconfirmed { .. }
            | State::UnregisteredUnconfirmed { .. }
            | State::Unregistered(_)
            | State::Open
            | State::Draining { .. } => self.send_close(&closing(code)),
        }
    }

    /// Announces that the session will end (SES-028). A session that is not open is closed at once.
    pub fn goaway(&mut self, goaway: &ServerGoaway, now: Now) {
        match self.state {
            State::Closed | State::Draining { .. } => {}
            State::Open => {
                if !fault::session::GOAWAY_MISSING.is_on() {
                    self.send_goaway(goaway);
                }
                self.state = State::Draining { until: now.after(goaway.drain_ms) };
            }
            State::Unconfirmed { .. } | State::UnregisteredUnconfirmed { .. } | State::Unregistered(_) => {
                self.send_goaway(&ServerGoaway { drain_ms: 0, ..goaway.clone() });
                self.close(ErrorCode::Shutdown);
            }
            State::Opening { .. } | State::Retrying { .. } | State::Proving { .. } | State::Greeting(_) => {
                self.close(ErrorCode::Shutdown);
            }
        }
    }

    fn send_goaway(&mut self, goaway: &ServerGoaway) {
        let alternates: Vec<Address<'_>> =
            goaway.alternates.iter().take(8).map(|address| Address { address }).collect();
        let spans = duration(goaway.drain_ms).zip(duration(goaway.window_ms));
        if let Some((drain_ms, window_ms)) = spans {
            let alternates = List::from_slice(&alternates);
            self.send(&Frame::Goaway(Goaway { reason: goaway.reason, drain_ms, window_ms, alternates }));
        }
    }

    /// The connection ended.
    pub fn on_carrier_lost(&mut self) {
        self.end(CloseReason::CarrierLost);
    }

    /// Closes because of a breach.
    pub(super) fn close_on(&mut self, fault: &Fault) {
        if fault::outcome::SESSION_SCOPE_IN_ERROR.is_on() {
            return self.send_unavailable();
        }
        self.send_close(&fault.to_close());
    }

    pub(super) fn close_stale(&mut self, stored: HelloCounter) {
        let stored = Some(stored).filter(|_| !fault::session::COUNTER_UNTOLD.is_on());
        self.send_close(&Close { hello_counter: stored, ..closing(ErrorCode::StaleHello) });
    }

    pub(super) fn close_unavailable(&mut self, retry_after_ms: u64) {
        self.send_close(&Close { retry_after_ms: duration(retry_after_ms), ..closing(ErrorCode::Internal) });
    }

    /// The last frame (SES-026).
    fn send_close(&mut self, close: &Close<'_>) {
        self.send(&Frame::Close(*close));
        if let Some(token) = PingToken::new(1).filter(|_| fault::session::FRAME_AFTER_CLOSE.is_on()) {
            self.send(&Frame::Ping(Ping { token }));
        }
        let reason = CloseReason::Sent(close.code.known().unwrap_or(ErrorCode::Internal));
        self.finish(reason);
    }

    pub(super) fn reject(&mut self, reason: RejectReason) {
        let highest_version = VERSION.saturating_add(u8::from(fault::channel::HIGHEST_VERSION_WRONG.is_on()));
        self.clear_record(&ServerRecord::Reject { reason, retry_after_ms: 0, highest_version });
        if fault::channel::REJECT_SHORT.is_on() {
            self.clear.pop();
        }
        self.finish(CloseReason::Rejected { reason, retry_after_ms: 0, version: highest_version });
    }

    /// The client closed (SES-027).
    pub(super) fn on_close(&mut self, close: &Close<'_>) {
        let is_unheard = fault::session::UNKNOWN_CLOSE_IGNORED.is_on() && close.code.known().is_none();
        if fault::session::CLOSE_IGNORED.is_on() || is_unheard {
            return;
        }
        self.end(CloseReason::Received {
            code: close.code,
            retry_after_ms: close.retry_after_ms.map(|retry| retry.value()),
            hello_counter: close.hello_counter,
        });
    }

    /// The end without a word: what has not left will not leave.
    pub(super) fn end(&mut self, reason: CloseReason) {
        self.channel = Channel::Ended;
        self.outbox.clear();
        self.clear = Vec::new();
        self.finish(reason);
    }

    fn finish(&mut self, reason: CloseReason) {
        if !matches!(self.state, State::Closed) {
            self.state = State::Closed;
            self.held = super::Held::default();
            self.events.push_back(ServerEvent::Closed(reason));
        }
    }

    /// One record before the last that a key may seal, the session closes (CHN-023).
    pub(super) fn stop_before_exhaustion(&mut self) {
        let used = self.channel.used_count();
        if !matches!(self.state, State::Closed)
            && used.saturating_add(2) >= self.config.limits.transport_records_max
        {
            self.outbox.clear();
            self.close(ErrorCode::Shutdown);
        }
    }

    /// Well before the last record the client is told to come again.
    pub(super) fn go_before_exhaustion(&mut self, now: Now) {
        let max = self.config.limits.transport_records_max;
        if matches!(self.state, State::Open) && self.channel.used_count() >= max.saturating_sub(max / 8) {
            let drain_ms = self.config.limits.drain_ms;
            let goaway = ServerGoaway {
                reason: GoawayReason::EXHAUSTED,
                drain_ms,
                window_ms: drain_ms,
                alternates: Vec::new(),
            };
            self.goaway(&goaway, now);
        }
    }
}
