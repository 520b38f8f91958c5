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
    /// The last PING of a timer.
    asked: Now,
    /// The last look at what we sent.
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
        Self { heard: now, asked: now, looked: now, sealed_count: 0 }
    }

    pub(crate) const fn hear(&mut self, now: Now) {
        self.heard = now;
    }

    /// Looking begins, or begins again.
    pub(crate) const fn begin(&mut self, now: Now, sealed_count: u64) {
        (self.looked, self.sealed_count) = (now, sealed_count);
    }

    /// When silence of the server is reason enough to ask.
    fn ask_at(&self, silence_ms: u64) -> Now {
        self.heard.max(self.asked).after(silence_ms)
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
                let ask = self.keep_alive.ask_at(self.silence_ms());
                let ping = ask.min(self.keep_alive.looked.after(self.look_ms()));
                let idle = self.keep_alive.heard.after(self.exchange.advert.idle_ms);
                Some(if ping < idle { (ping, Timer::Ping) } else { (idle, Timer::Idle) })
            }
            State::Closed => None,
        }
    }

    /// How long the server may be silent before it is asked.
    fn silence_ms(&self) -> u64 {
        self.config.limits.ping_ms.min(self.exchange.advert.idle_ms / 2).max(1)
    }

    /// How often we look whether the server heard us. A third of the time after which it gives us up: a look may come one
    /// period late.
    fn look_ms(&self) -> u64 {
        (self.exchange.advert.idle_ms / 3).max(1)
    }

    fn on_timer(&mut self, timer: Timer, now: Now) {
        match timer {
            Timer::Handshake if matches!(self.state, State::Greeting { .. }) => self.close(ErrorCode::Idle),
            Timer::Handshake => self.end(CloseReason::HandshakeTimeout),
            Timer::Idle => self.close(ErrorCode::Idle),
            Timer::Ping => self.on_ping_timer(now),
        }
    }

    fn on_ping_timer(&mut self, now: Now) {
        let sealed_count = self.channel.sealed_count();
        let is_look = self.keep_alive.looked.after(self.look_ms()) <= now;
        let was_silent = self.keep_alive.ask_at(self.silence_ms()) <= now;
        if was_silent || (is_look && sealed_count == self.keep_alive.sealed_count) {
            self.ping();
            self.keep_alive.asked = now;
        }
        if is_look {
            self.keep_alive.begin(now, sealed_count);
        }
    }
}
