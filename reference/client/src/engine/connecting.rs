//! From an attempt to a session: the first flight.

use std::sync::Arc;

use pinnace_session::client::{ClientConfig, FirstFlight, FirstFlightError};
use pinnace_session::{Acked, ClientSession, KeyLog, Message, Seed, Trust};
use pinnace_wire::limits::{EARLY_SEND_MAX, RECORD_LEN};
use pinnace_wire::{ClientMark, ClientSeq, HelloCounter};

use super::connection::Connection;
use super::giving::{Staged, message};
use super::{Engine, SessionFacts, Time};
use crate::address::ServerAddress;
use crate::link::LinkError;
use crate::message::{Destination, OutboxWish};
use crate::state::{LastError, LinkState};
use crate::store::{StoreError, Write};

/// What a SEND and its BIND take beside the payload, at most, in octets.
const SEND_HEAD_LEN: usize = 64;

/// What the first flight takes beside SENDs, at most, in octets: the handshake, HELLO, an ACK of 32 runs.
const FLIGHT_HEAD_LEN: usize = 2048;

impl Engine {
    /// Where to connect to now, if the time has come.
    pub fn poll_attempt(&mut self, time: Time) -> Option<ServerAddress> {
        self.time = time;
        if self.closing.is_some() || !self.pace.is_due(time.now.ms) {
            return None;
        }
        self.pace.on_attempt(time.now.ms);
        self.connection = Connection::Connecting;
        self.session = SessionFacts::none(LinkState::Connecting);
        Some(self.alternate.take().unwrap_or_else(|| self.setting.address.clone()))
    }

    /// Whether an attempt that was begun is still wanted.
    #[must_use]
    pub const fn is_connecting(&self) -> bool {
        matches!(self.connection, Connection::Connecting)
    }

    /// The attempt came to a connection: its session's counter is durable before its HELLO leaves (SES-043).
    pub(super) fn on_linked(&mut self) {
        let counter = self.hello_counter.saturating_add(1);
        // The number after it belongs to this session, too: after RETRY a further HELLO takes it.
        self.hello_counter = counter.saturating_add(1);
        self.batch.writes.push(Write::HelloCounter(self.hello_counter));
        self.connection = Connection::Opening(counter);
    }

    /// The attempt came to nothing.
    pub(super) fn on_unreachable(&mut self, error: LinkError) {
        self.connection = Connection::Down;
        self.last_error = Some(LastError::Link(Arc::new(error)));
        self.fail(0);
    }

    /// Opens the session whose counter is durable now.
    pub(super) fn open(&mut self) -> Result<(), StoreError> {
        let Connection::Opening(counter) = self.connection else { return Ok(()) };
        self.connection = Connection::Down;
        let Some(mut flight) = self.first_flight(counter)? else {
            self.fail(0);
            return Ok(());
        };
        loop {
            match self.session(&flight) {
                Ok(session) => {
                    self.staged = Staged::default();
                    self.outbox.on_first_flight(flight.sends.len() as u64);
                    // HELLO and the ACK beside it said so, as far as an ACK can.
                    self.acked =
                        Some(self.early_acked()).filter(|acked| acked.above.len() <= Acked::RANGES_MAX);
                    self.connection = Connection::Up(Box::new(session));
                    return Ok(());
                }
                // What does not fit follows after WELCOME.
                Err(FirstFlightError::TooManySends { .. } | FirstFlightError::TooLong { .. })
                    if !flight.sends.is_empty() =>
                {
                    flight.sends.truncate(flight.sends.len() / 2);
                }
                // Nothing of this device's making leads here; a later attempt may fare better.
                Err(_) => {
                    self.fail(0);
                    return Ok(());
                }
            }
        }
    }

    /// The root that follows is trusted once its time has come.
    fn trust(&self) -> Trust {
        let in_force = self.successor.filter(|successor| successor.not_before_s <= self.time.unix_ms / 1000);
        Trust { successor: in_force.map(|successor| successor.root), ..Trust::genesis(self.setting.realm) }
    }

    fn session(&mut self, flight: &FirstFlight) -> Result<ClientSession, FirstFlightError> {
        let is_observed = self.setting.observe.is_some();
        let config = ClientConfig {
            trust: self.trust(),
            device: self.keys.device.clone(),
            edge: self.edge,
            route_token: self.route_token.clone(),
            agent: self.setting.agent.clone(),
            unix_s: self.time.unix_ms / 1000,
            limits: self.setting.limits.clone(),
            grease: self.setting.grease,
            key_log: if is_observed { KeyLog::On } else { KeyLog::Off },
        };
        let seed = Seed::new(self.setting.random.key());
        ClientSession::new(config, flight, seed, self.time.now)
    }

    /// `None` at the end of a number space, which no device reaches.
    fn first_flight(&mut self, counter: u64) -> Result<Option<FirstFlight>, StoreError> {
        let counter = HelloCounter::new(counter);
        let Some((hello_counter, settled)) = counter.zip(ClientMark::new(self.outbox.settled)) else {
            return Ok(None);
        };
        let acked = self.early_acked();
        Ok(Some(FirstFlight {
            hello_counter,
            settled,
            cursor: acked.cursor,
            activity: self.setting.activity,
            acked: Some(acked).filter(|acked| !acked.above.is_empty()),
            sends: self.early_sends()?,
        }))
    }

    /// What the first flight acknowledges: it can carry no NACK, so nothing that is rejected (DLV-054).
    fn early_acked(&self) -> Acked {
        self.rejected.without(&self.intake.acked())
    }

    /// The messages that ride in the first flight: from the lowest without an outcome, as many as fit.
    fn early_sends(&mut self) -> Result<Vec<Message>, StoreError> {
        let mut sends = Vec::new();
        let mut room = RECORD_LEN - FLIGHT_HEAD_LEN;
        self.outbox.on_first_flight(0);
        if self.outbox.ready(self.time.now.ms, 0).is_none() {
            return Ok(sends);
        }
        for seq in self.outbox.settled.saturating_add(1)..=self.outbox.numbered {
            if sends.len() as u64 >= EARLY_SEND_MAX.default {
                break;
            }
            let record = self.store.message(seq)?.ok_or(StoreError::Damaged { place: "outbox" })?;
            let len = record.payload.len().saturating_add(SEND_HEAD_LEN);
            // What is of a conversation follows after WELCOME, and all behind it.
            let (OutboxWish::Send, Destination::Device(to)) = (record.wish, record.destination) else {
                break;
            };
            let Some(left) = room.checked_sub(len) else { break };
            room = left;
            sends.extend(ClientSeq::new(seq).map(|seq| message(seq, to, record)));
        }
        Ok(sends)
    }
}
