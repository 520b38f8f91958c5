//! The session as a client sees it: `spec/data/machines/session-client.toml`.

mod advert;
mod closing;
mod commands;
mod config;
mod conversation;
mod event;
mod exchange;
mod flight;
mod frames;
mod mailbox;
mod opening;
mod replies;
mod requests;
mod state;
mod timers;
mod welcome;

use alloc::boxed::Box;
use alloc::collections::{BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;

use pinnace_wire::Frame;

use crate::acked::Acked;
use crate::alias::{HeardAliases, HeardConversations, SpokenAliases, SpokenConversations};
use crate::channel::Channel;
use crate::credit::{Allowance, Budget, Grant};
use crate::delivered::Delivered;
use crate::grease::Choice;
use crate::noise::PublicKey;
use crate::not_now::NotNow;
use crate::outbox::Outbox;
use crate::queue;
use crate::scratch::Scratch;
use crate::seed::Seed;
use crate::tap::{Direction, Tap, Tapped};
use crate::time::Now;

pub use advert::ServerAdvert;
pub use config::{ClientConfig, ClientLimits, FirstFlight, FirstFlightError, KnownEdge};
pub use conversation::{CommitMessage, Piece, PostMessage};
pub use event::{AgainCause, ClientEvent, Outcome, ReceivedItem, SendError, WelcomeInfo};
pub use state::ClientState;

use exchange::{BACKLOG_MAX, Exchange};
use state::State;
use timers::KeepAlive;

/// One session with one edge. See the crate's documentation for how it is driven.
#[derive(Debug)]
pub struct ClientSession {
    config: ClientConfig,
    seed: Seed,
    state: State,
    channel: Channel,
    /// A record that is due as it is.
    clear: Vec<u8>,
    outbox: Outbox,
    /// Each with what taking it gives back of our credit.
    events: VecDeque<(ClientEvent, Budget)>,
    exchange: Exchange,
    /// The edge's static key, once it was proved.
    edge: Option<PublicKey>,
    keep_alive: KeepAlive,
    key_log: Option<Box<str>>,
    tap: Tap,
}

impl ClientSession {
    /// A session on a connection that was just made. Its opening is due at once: IK when the edge is known, XX otherwise.
    ///
    /// # Errors
    ///
    /// [`FirstFlightError`]: the first flight or a key is not fit to be sent.
    pub fn new(
        config: ClientConfig,
        first: &FirstFlight,
        mut seed: Seed,
        now: Now,
    ) -> Result<Self, FirstFlightError> {
        let grease = Choice::new(config.grease, seed.choice());
        let known = first.acked.clone().unwrap_or_else(|| Acked::up_to(first.cursor));
        let mut exchange = Exchange {
            heard: HeardAliases::default(),
            spoken: SpokenAliases::new(),
            heard_conversations: HeardConversations::default(),
            spoken_conversations: SpokenConversations::new(),
            grant: Grant::new(Budget {
                count: config.limits.credit_count_initial,
                bytes: config.limits.credit_bytes_initial,
            }),
            allowance: Allowance::default(),
            inflight: BTreeSet::new(),
            delivered: Delivered::after(first.cursor, &known),
            advert: ServerAdvert::default(),
        };
        let flight = flight::encode(&config, first, grease.as_ref(), &mut exchange)?;
        let tap = Tap::new(config.key_log);
        let mut session = Self {
            config,
            seed,
            state: State::Closed,
            channel: Channel::Clear,
            clear: Vec::new(),
            outbox: Outbox::default(),
            events: VecDeque::new(),
            exchange,
            edge: None,
            keep_alive: KeepAlive::new(now),
            key_log: None,
            tap,
        };
        session.open(flight, now)?;
        Ok(session)
    }

    /// The state.
    #[must_use]
    pub const fn state(&self) -> ClientState {
        self.state.name()
    }

    /// Whether a record may be given. While not, leave octets with the carrier: the server does not read.
    #[must_use]
    pub fn wants_record(&self) -> bool {
        !matches!(self.state, State::Closed) && self.outbox.len() < BACKLOG_MAX.saturating_mul(2)
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
        match core::mem::replace(&mut self.state, State::Greeting { until: now }) {
            State::Opening { until, opening } => self.on_ik_answer(record, *opening, until, now),
            State::Proving { until, handshake, flight } => {
                self.on_xx_answer(record, (*handshake, &flight), until);
            }
            state @ (State::Greeting { .. }
            | State::Unregistered
            | State::Open
            | State::Draining
            | State::Closed) => {
                self.state = state;
                self.on_transport_record(record, scratch, now);
            }
        }
        Ok(())
    }

    /// The next event. Ask after each call that takes something in, until there is none.
    ///
    /// Taking an item gives its credit back to the server: not taking it is back pressure.
    pub fn poll_event(&mut self) -> Option<ClientEvent> {
        let (event, cost) = queue::pop(&mut self.events)?;
        self.give_back(cost);
        Some(event)
    }

    fn give_back(&mut self, cost: Budget) {
        if cost == Budget::default() {
            return;
        }
        self.exchange.grant.give_back(cost);
        if let Some(credit) = self.exchange.grant.poll_raise() {
            self.push(&Frame::Credit(credit));
        }
    }

    /// Appends the next record that is due to `out`, without its length on the carrier, and tells that length.
    ///
    /// Ask after each batch of inputs, and again when the carrier has taken the last record: what waits meanwhile shares
    /// records.
    pub fn poll_transmit(&mut self, out: &mut Vec<u8>) -> Option<usize> {
        if !self.clear.is_empty() {
            let clear = core::mem::take(&mut self.clear);
            out.extend_from_slice(&clear);
            return Some(clear.len());
        }
        self.stop_before_exhaustion();
        if let Some(plaintext) = self.outbox.front().filter(|_| !self.channel.is_ended()) {
            self.tap.see(Direction::Sent, plaintext);
        }
        self.channel.seal(&mut self.outbox, out)
    }

    /// The next record that was sent or received, in the clear; handshake payloads too. For captures: runs where
    /// [`KeyLog::On`](crate::KeyLog::On) is configured and the crate has the feature `keylog`. The last 256 are kept.
    pub fn poll_tap(&mut self) -> Option<Tapped> {
        self.tap.poll()
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

    fn event(&mut self, event: ClientEvent) {
        self.events.push_back((event, Budget::default()));
    }

    /// Queues a frame of our own making. Its fields have the types of their ranges; what is longer than its bound is our
    /// caller's fault and is left out.
    fn push(&mut self, frame: &Frame<'_>) {
        if !matches!(self.state, State::Closed) {
            let _ = self.outbox.push(frame);
        }
    }
}
