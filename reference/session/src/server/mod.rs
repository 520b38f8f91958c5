//! The session as a server sees it: `spec/data/machines/session-server.toml`.

mod answers;
mod closing;
mod config;
mod conversation;
mod deliver;
mod event;
mod exchange;
mod flight;
mod frames;
mod misread;
mod opening;
pub(crate) mod outcomes;
mod registration;
mod replies;
mod request;
mod stage;
mod state;
mod timers;
mod welcome;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use pinnace_fault as fault;
use pinnace_wire::{DeviceId, SessionEpoch};

use crate::channel::Channel;
use crate::grease::Choice;
use crate::not_now::NotNow;
use crate::outbox::Outbox;
use crate::queue;
use crate::realm::device_id;
use crate::scratch::Scratch;
use crate::seed::Seed;
use crate::time::Now;

pub use config::{ServerConfig, ServerLimits};
pub use event::{
    CommitRequest, HelloAnswer, HelloDone, HelloRequest, Item, PostRequest, Pushed, RegistrationAnswer,
    SendRequest, ServerEvent, ServerGoaway,
};
pub use outcomes::{Answer, Ticket};
pub use request::{ClaimedKey, Reply, Request, RequestTicket};
pub use state::ServerState;

use exchange::{BACKLOG_MAX, Exchange};
use request::Requests;
use state::State;

/// One session with one device. See the crate's documentation for how a shell drives it.
#[derive(Debug)]
pub struct ServerSession {
    config: Arc<ServerConfig>,
    seed: Seed,
    grease: Option<Choice>,
    state: State,
    channel: Channel,
    /// A record in the clear that is due.
    clear: Vec<u8>,
    outbox: Outbox,
    events: VecDeque<ServerEvent>,
    exchange: Exchange,
    device: Option<DeviceId>,
    /// When the last record came.
    heard: Now,
    requests: Requests,
    /// Frames behind a step of a registration that awaits its answer, or behind too many requests.
    held: Held,
    key_log: Option<Box<str>>,
}

/// The rest of a record, and where in the record it began.
#[derive(Debug, Default)]
struct Held {
    frames: Vec<u8>,
    offset: usize,
}

impl ServerSession {
    /// A session on a connection that was just accepted.
    #[must_use]
    pub fn new(config: Arc<ServerConfig>, mut seed: Seed, now: Now) -> Self {
        let grease =
            Choice::new(config.grease, seed.choice()).filter(|_| !fault::framing::GREASE_WITHHELD.is_on());
        let state = State::Opening { until: now.after(config.limits.handshake_ms) };
        let exchange = Exchange::new(&config.limits);
        Self {
            config,
            seed,
            grease,
            state,
            channel: Channel::Clear,
            clear: Vec::new(),
            outbox: Outbox::default(),
            events: VecDeque::new(),
            exchange,
            device: None,
            heard: now,
            requests: Requests::default(),
            held: Held::default(),
            key_log: None,
        }
    }

    /// The state.
    #[must_use]
    pub const fn state(&self) -> ServerState {
        self.state.name()
    }

    /// The device at the other end, once its first flight was opened.
    #[must_use]
    pub const fn device(&self) -> Option<DeviceId> {
        self.device
    }

    /// The epoch of this session, once a registered device was welcomed.
    #[must_use]
    pub fn session_epoch(&self) -> Option<SessionEpoch> {
        Some(self.exchange.session_epoch).filter(|epoch| epoch.value() > 0)
    }

    /// Whether a record may be given. While not, leave octets with the carrier: HELLO, a registration or many requests are being
    /// answered, or the client does not read.
    #[must_use]
    pub fn wants_record(&self) -> bool {
        match &self.state {
            State::Greeting(_) | State::Closed => false,
            State::Unregistered(_) | State::Open | State::Draining { .. }
                if self.is_held_back() || !self.held.frames.is_empty() =>
            {
                false
            }
            State::Opening { .. }
            | State::Retrying { .. }
            | State::Proving { .. }
            | State::Unconfirmed { .. }
            | State::UnregisteredUnconfirmed { .. }
            | State::Unregistered(_)
            | State::Open
            | State::Draining { .. } => self.outbox.len() < BACKLOG_MAX.saturating_mul(2),
        }
    }

    /// Takes one record of the carrier, without its length.
    ///
    /// # Errors
    ///
    /// [`NotNow`] when no record is wanted: give it again later. After the end records are dropped without a word.
    pub fn on_record(&mut self, record: &[u8], scratch: &mut Scratch, now: Now) -> Result<(), NotNow> {
        if !self.wants_record() {
            return if matches!(self.state, State::Closed) { Ok(()) } else { Err(NotNow) };
        }
        // Each arm sets the state anew; the one that stands here meanwhile is seen by nobody.
        match core::mem::replace(&mut self.state, State::Opening { until: now }) {
            State::Opening { until } => self.on_opening(record, until),
            State::Retrying { until, refused } => self.on_second_opening(record, until, &refused),
            State::Proving { handshake, .. } => self.on_proof(record, *handshake),
            state @ (State::Greeting(_)
            | State::Unconfirmed { .. }
            | State::UnregisteredUnconfirmed { .. }
            | State::Unregistered(_)
            | State::Open
            | State::Draining { .. }
            | State::Closed) => {
                self.state = state;
                self.on_transport_record(record, scratch, now);
            }
        }
        Ok(())
    }

    /// The next event. Ask after each call that takes something in, until there is none.
    pub fn poll_event(&mut self) -> Option<ServerEvent> {
        queue::pop(&mut self.events)
    }

    /// Appends the next record that is due to `out`, without its length on the carrier, and tells that length.
    ///
    /// Ask after each batch of inputs, and again when the carrier has taken the last record: what waits meanwhile shares
    /// records. Frames that waited for room are handled then: ask for events again.
    pub fn poll_transmit(&mut self, out: &mut Vec<u8>) -> Option<usize> {
        if !self.clear.is_empty() {
            let clear = core::mem::take(&mut self.clear);
            out.extend_from_slice(&clear);
            return Some(clear.len());
        }
        self.stop_before_exhaustion();
        if matches!(self.channel, Channel::Answering(_)) {
            return self.answer_handshake(out);
        }
        let sealed = self.channel.seal(&mut self.outbox, out);
        self.resume();
        sealed
    }

    /// Octets of frames that wait for [`Self::poll_transmit`].
    #[must_use]
    pub fn backlog_len(&self) -> usize {
        self.outbox.len()
    }

    /// Whether the session is closed and nothing is left to leave: end the connection.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let is_idle = self.clear.is_empty() && (self.outbox.front().is_none() || self.channel.is_ended());
        matches!(self.state, State::Closed) && is_idle
    }

    /// The keys of the session as a line of text, once, when the configuration asks for them:
    /// `PINNACE_SECRETS`, handshake hash, key of what the client sends, key of what the server sends, in hex.
    pub fn key_log(&mut self) -> Option<String> {
        self.key_log.take().map(Into::into)
    }

    fn set_device(&mut self, key: &crate::noise::PublicKey) -> DeviceId {
        let device = device_id(key);
        self.device = Some(device);
        device
    }
}
