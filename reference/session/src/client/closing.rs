//! The ends of a session.

use alloc::vec::Vec;

use pinnace_wire::{Close, ErrorCode, Frame};

use super::ClientSession;
use super::event::ClientEvent;
use super::state::State;
use crate::breach::{Fault, closing};
use crate::channel::Channel;
use crate::close_reason::CloseReason;

impl ClientSession {
    /// Ends the session, usually with NO_ERROR. Before there is a channel the connection just ends.
    pub fn close(&mut self, code: ErrorCode) {
        match self.state {
            State::Closed => {}
            State::Opening { .. } | State::Proving { .. } => self.end(CloseReason::Abandoned),
            State::Greeting { .. } | State::Unregistered | State::Open | State::Draining => {
                self.send_close(&closing(code));
            }
        }
    }

    /// The connection ended.
    pub fn on_carrier_lost(&mut self) {
        self.end(CloseReason::CarrierLost);
    }

    /// Closes because of a breach.
    pub(super) fn close_on(&mut self, fault: &Fault) {
        self.send_close(&fault.to_close());
    }

    /// The last frame (SES-026).
    fn send_close(&mut self, close: &Close<'_>) {
        self.push(&Frame::Close(*close));
        self.finish(CloseReason::Sent(close.code.known().unwrap_or(ErrorCode::Internal)));
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
            self.event(ClientEvent::Closed(reason));
        }
    }

    /// One record before the last that a key may seal, the session closes (CHN-023).
    pub(super) fn stop_before_exhaustion(&mut self) {
        let used = self.channel.used_count();
        if !matches!(self.state, State::Closed)
            && used.saturating_add(2) >= self.config.limits.transport_records_max
        {
            self.outbox.clear();
            self.close(ErrorCode::NoError);
        }
    }
}
