//! The timers of a client session.

use pinnace_wire::ErrorCode;

use super::ClientSession;
use super::state::State;
use crate::close_reason::CloseReason;
use crate::time::Now;

/// When the server was heard, and whether we spoke since the last look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeepAlive {
    heard: Now,
    /// The last look.
    looked: Now,
    /// Records sealed up to the last look.
    sealed_count: u64,
}

/// Which timer ends first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Timer {
    Handshake,
    Ping,
    Idle,
}

impl KeepAlive {
    pub(crate) const fn new(now: Now) -> Self {
        Self { heard: now, looked: now, sealed_count: 0 }
    }

    pub(crate) const fn hear(&mut self, now: Now) {
        self.heard = now;
    }

    /// Looking begins, or begins again.
    pub(crate) const fn begin(&mut self, now: Now, sealed_count: u64) {
        (self.looked, self.sealed_count) = (now, sealed_count);
    }

    /// Whether both sides spoke since the last look.
    fn is_lively(&self, sealed_count: u64) -> bool {
        self.heard > self.looked && sealed_count > self.sealed_count
    }
}

impl ClientSession {
    /// When [`Self::on_timeout`] is to be called, if nothing else happens before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Now> {
        self.next_timer().map(|(at, _)| at)
    }

    /// A time has come. Too early a call changes nothing.
    pub fn on_timeout(&mut self, now: Now) {
        match self.next_timer() {
            Some((at, timer)) if at <= now => self.on_timer(timer, now),
            Some(_) | None => {}
        }
    }

    fn next_timer(&self) -> Option<(Now, Timer)> {
        match self.state {
            State::Opening { until, .. } | State::Proving { until, .. } | State::Greeting { until } => {
                Some((until, Timer::Handshake))
            }
            State::Unregistered | State::Open | State::Draining => {
                let ping = self.keep_alive.looked.after(self.ping_ms());
                let idle = self.keep_alive.heard.after(self.exchange.advert.idle_ms);
                Some(if ping < idle { (ping, Timer::Ping) } else { (idle, Timer::Idle) })
            }
            State::Closed => None,
        }
    }

    /// A third of the time after which the server gives us up: a look may come one period late.
    fn ping_ms(&self) -> u64 {
        self.config.limits.ping_ms.min(self.exchange.advert.idle_ms / 3).max(1)
    }

    fn on_timer(&mut self, timer: Timer, now: Now) {
        match timer {
            Timer::Handshake if matches!(self.state, State::Greeting { .. }) => self.close(ErrorCode::Idle),
            Timer::Handshake => self.end(CloseReason::HandshakeTimeout),
            Timer::Idle => self.close(ErrorCode::Idle),
            Timer::Ping => {
                let sealed_count = self.channel.sealed_count();
                if !self.keep_alive.is_lively(sealed_count) {
                    self.ping();
                }
                self.keep_alive.begin(now, sealed_count);
            }
        }
    }
}
