//! From an attempt to a session: the first flight.

use core::time::Duration;
use std::sync::Arc;
use std::time::SystemTime;

use pinnace_session::client::{ClientConfig, FirstFlight, FirstFlightError, SendError};
use pinnace_session::{Acked, ClientSession, KeyLog, Message, Seed, Trust};
use pinnace_wire::limits::{EARLY_SEND_MAX, HANDSHAKE_MS, RECORD_LEN};
use pinnace_wire::{ClientMark, ClientSeq, HelloCounter};

use super::connection::{Connection, Up};
use super::turn::write;
use super::{Engine, SessionFacts};
use crate::link::{Link, LinkError};
use crate::message::{OutboxRecord, OutboxWish};
use crate::state::{LastError, LinkState};
use crate::store::{Batch, StoreError, Write};

/// What a SEND and its BIND take beside the payload, at most, in octets.
const SEND_HEAD_LEN: usize = 64;

/// What the first flight takes beside SENDs, at most, in octets: the handshake, HELLO, an ACK of 32 runs.
const FLIGHT_HEAD_LEN: usize = 2048;

impl Engine {
    /// Starts an attempt to connect.
    pub(super) fn attempt(&mut self) {
        self.pace.on_attempt(self.now_ms());
        let elsewhere = self.alternate.take();
        let address = elsewhere.as_ref().unwrap_or(&self.setting.address);
        let link = self.setting.connect.connect(address);
        let limit = Duration::from_millis(HANDSHAKE_MS.default);
        self.connection = Connection::Connecting(Box::pin(async move {
            tokio::time::timeout(limit, link).await.unwrap_or(Err(LinkError::TimedOut))
        }));
        self.session = SessionFacts::none(LinkState::Connecting);
    }

    /// The attempt came to its end.
    pub(super) async fn on_linked(&mut self, link: Result<Link, LinkError>) -> Result<(), StoreError> {
        self.connection = Connection::Down;
        match link {
            Ok(link) => self.open(link).await,
            Err(error) => {
                self.last_error = Some(LastError::Link(Arc::new(error)));
                self.fail(0);
                Ok(())
            }
        }
    }

    /// Opens a session: its counter is durable before its HELLO leaves (SES-043).
    async fn open(&mut self, link: Link) -> Result<(), StoreError> {
        let counter = self.hello_counter.saturating_add(1);
        // The number after it belongs to this session, too: after RETRY a further HELLO takes it.
        self.hello_counter = counter.saturating_add(1);
        write(&self.store, Batch { writes: vec![Write::HelloCounter(self.hello_counter)] }).await?;
        let Some(mut flight) = self.first_flight(counter)? else {
            self.fail(0);
            return Ok(());
        };
        loop {
            match self.session(&flight) {
                Ok(session) => {
                    self.outbox.on_first_flight(flight.sends.len() as u64);
                    // HELLO and the ACK beside it said so, as far as an ACK can.
                    self.acked =
                        Some(self.intake.acked()).filter(|acked| acked.above.len() <= Acked::RANGES_MAX);
                    self.connection = Connection::Up(Box::new(Up { session, link, leaving: None }));
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
        let in_force = self.successor.filter(|successor| successor.not_before_s <= unix_ms() / 1000);
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
            unix_s: unix_ms() / 1000,
            limits: self.setting.limits.clone(),
            grease: self.setting.grease,
            key_log: if is_observed { KeyLog::On } else { KeyLog::Off },
        };
        let seed = Seed::new(self.setting.random.key());
        ClientSession::new(config, flight, seed, self.now())
    }

    /// `None` at the end of a number space, which no device reaches.
    fn first_flight(&mut self, counter: u64) -> Result<Option<FirstFlight>, StoreError> {
        let counter = HelloCounter::new(counter);
        let Some((hello_counter, settled)) = counter.zip(ClientMark::new(self.outbox.settled)) else {
            return Ok(None);
        };
        let acked = self.intake.acked();
        Ok(Some(FirstFlight {
            hello_counter,
            settled,
            cursor: acked.cursor,
            activity: self.setting.activity,
            acked: Some(acked).filter(|acked| !acked.above.is_empty()),
            sends: self.early_sends()?,
        }))
    }

    /// The messages that ride in the first flight: from the lowest without an outcome, as many as fit.
    fn early_sends(&mut self) -> Result<Vec<Message>, StoreError> {
        let mut sends = Vec::new();
        let mut room = RECORD_LEN - FLIGHT_HEAD_LEN;
        self.outbox.on_first_flight(0);
        if self.outbox.ready(self.now_ms(), 0).is_none() {
            return Ok(sends);
        }
        for seq in self.outbox.settled.saturating_add(1)..=self.outbox.numbered {
            if sends.len() as u64 >= EARLY_SEND_MAX.default {
                break;
            }
            let record = self.store.message(seq)?.ok_or(StoreError::Damaged { place: "outbox" })?;
            let len = record.payload.len().saturating_add(SEND_HEAD_LEN);
            let Some(left) = room.checked_sub(len).filter(|_| record.wish == OutboxWish::Send) else { break };
            room = left;
            sends.extend(ClientSeq::new(seq).map(|seq| message(seq, record)));
        }
        Ok(sends)
    }
}

/// Gives a message of the outbox to the session.
pub(super) fn give(session: &mut ClientSession, seq: u64, record: OutboxRecord) -> Result<(), SendError> {
    let client_seq = ClientSeq::new(seq).ok_or(SendError::NotNow)?;
    let void = |session: &mut ClientSession| session.void(client_seq).map_err(|_| SendError::NotNow);
    match record.wish {
        OutboxWish::Send => match session.send(&message(client_seq, record)) {
            // Numbered when the server took more than it does now: the number must be settled all the same.
            Err(SendError::PayloadLen { .. }) => void(session),
            sent => sent,
        },
        OutboxWish::Void => void(session),
    }
}

fn message(client_seq: ClientSeq, record: OutboxRecord) -> Message {
    let OutboxRecord { destination, options, payload, .. } = record;
    Message {
        client_seq,
        destination,
        class: options.class,
        expires_in_s: options.expires_in_s,
        receipt: options.receipt,
        payload,
    }
}

/// Milliseconds since 1970-01-01 UTC.
pub(super) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
