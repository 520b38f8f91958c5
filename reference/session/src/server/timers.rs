//! The timers of a server session.

use pinnace_fault as fault;
use pinnace_wire::{ErrorCode, RejectReason};

use super::ServerSession;
use super::state::State;
use crate::close_reason::CloseReason;
use crate::time::Now;

/// Which timer ends first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Timer {
    Handshake,
    Confirm,
    Idle,
    Drain,
}

impl ServerSession {
    /// When [`Self::on_timeout`] is to be called, if nothing else happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Now> {
        self.next_timer().map(|(at, _)| at)
    }

    /// A time has come. Too early a call changes nothing.
    pub fn on_timeout(&mut self, now: Now) {
        match self.next_timer() {
            Some((at, timer)) if at <= now => self.on_timer(timer),
            Some(_) | None => {}
        }
    }

    fn next_timer(&self) -> Option<(Now, Timer)> {
        let idle = (self.heard.after(self.config.limits.idle_ms), Timer::Idle);
        match &self.state {
            State::Opening { .. } | State::Retrying { .. } | State::Proving { .. }
                if fault::carrier::HANDSHAKE_UNTIMED.is_on() =>
            {
                None
            }
            State::Unconfirmed { .. } | State::UnregisteredUnconfirmed { .. }
                if fault::session::CONFIRM_UNTIMED.is_on() =>
            {
                None
            }
            State::Unregistered(_) | State::Open if fault::session::IDLE_UNTIMED.is_on() => None,
            State::Opening { until } | State::Retrying { until, .. } | State::Proving { until, .. } => {
                Some((*until, Timer::Handshake))
            }
            State::Unconfirmed { until, .. } | State::UnregisteredUnconfirmed { until } => {
                Some((*until, Timer::Confirm))
            }
            State::Unregistered(_) | State::Open => Some(idle),
            State::Draining { until } if *until < idle.0 => Some((*until, Timer::Drain)),
            State::Draining { .. } => Some(idle),
            // The store answers, or says that it cannot.
            State::Greeting(_) | State::Closed => None,
        }
    }

    fn on_timer(&mut self, timer: Timer) {
        match timer {
            Timer::Handshake if fault::carrier::HANDSHAKE_TIMEOUT_TOLD.is_on() => {
                self.reject(RejectReason::BUSY);
            }
            Timer::Confirm if fault::session::CONFIRM_TIMEOUT_SILENT.is_on() => {
                self.end(CloseReason::Abandoned);
            }
            Timer::Idle if fault::session::IDLE_SILENT.is_on() => self.end(CloseReason::Abandoned),
            Timer::Drain if fault::session::DRAIN_END_SILENT.is_on() => self.end(CloseReason::Abandoned),
            Timer::Drain if fault::session::DRAIN_CODE_WRONG.is_on() => self.close(ErrorCode::Idle),
            Timer::Handshake => self.end(CloseReason::HandshakeTimeout),
            Timer::Confirm | Timer::Idle => self.close(ErrorCode::Idle),
            Timer::Drain => self.close(ErrorCode::Shutdown),
        }
    }
}
