//! From the opening to the first flight.

use alloc::boxed::Box;
use alloc::vec::Vec;

use pinnace_wire::{Certificate, Frame, Pattern, Preface, RootSuccessor, ServerRecord, Suite, frames};

use super::ClientSession;
use super::config::{FirstFlightError, KnownEdge};
use super::event::ClientEvent;
use super::flight::Encoded;
use super::state::{IkOpening, State};
use crate::certificate::EdgeValidity;
use crate::channel::Channel;
use crate::close_reason::CloseReason;
use crate::noise::{Handshake, PublicKey};
use crate::prologue::{self, Refused};
use crate::tap::Direction;
use crate::time::Now;

impl ClientSession {
    /// Sends the opening: IK to an edge whose certificate is valid now (CHN-012), otherwise XX.
    pub(super) fn open(&mut self, flight: Encoded, now: Now) -> Result<(), FirstFlightError> {
        let until = now.after(self.config.limits.handshake_ms);
        match self.config.edge.filter(|edge| edge.is_valid_at(self.config.unix_s)) {
            Some(edge) => self.open_ik(&edge, flight, until),
            None => self.open_xx(flight.first, until, None),
        }
    }

    fn open_ik(&mut self, edge: &KnownEdge, flight: Encoded, until: Now) -> Result<(), FirstFlightError> {
        let mut record = self.preface(Pattern::Ik)?;
        let prologue = prologue::plain(self.config.trust.realm, &record);
        let seed = self.seed.ephemeral();
        let handshake = Handshake::initiate_ik(&prologue, &self.config.device, &edge.key, seed).and_then(
            |mut handshake| {
                handshake.write_message(&flight.first, &mut record)?;
                Ok(handshake)
            },
        );
        let handshake = handshake.map_err(|_| FirstFlightError::Handshake)?;
        let refused = prologue::refused(&record);
        self.tap.see(Direction::Sent, &flight.first);
        self.clear = record;
        self.state = State::Opening {
            until,
            opening: Box::new(IkOpening { handshake, refused, again: flight.again }),
        };
        Ok(())
    }

    fn open_xx(
        &mut self,
        flight: Box<[u8]>,
        until: Now,
        refused: Option<&Refused>,
    ) -> Result<(), FirstFlightError> {
        let mut record = self.preface(Pattern::Xx)?;
        let realm = self.config.trust.realm;
        let prologue = match refused {
            Some(refused) => prologue::after_retry(realm, &record, refused),
            None => prologue::plain(realm, &record),
        };
        let seed = self.seed.ephemeral();
        let handshake =
            Handshake::initiate_xx(&prologue, &self.config.device, seed).and_then(|mut handshake| {
                handshake.write_message(&[], &mut record)?;
                Ok(handshake)
            });
        let handshake = Box::new(handshake.map_err(|_| FirstFlightError::Handshake)?);
        self.clear = record;
        self.state = State::Proving { until, handshake, flight };
        Ok(())
    }

    fn preface(&self, pattern: Pattern) -> Result<Vec<u8>, FirstFlightError> {
        let preface =
            Preface { suite: Suite::X25519ChaChaPolyBlake2s, pattern, route_token: &self.config.route_token };
        let mut out = alloc::vec![0; preface.encoded_len()];
        preface.encode(&mut out).map_err(|_| FirstFlightError::Invalid { field: "route_token" })?;
        Ok(out)
    }

    pub(super) fn on_ik_answer(&mut self, record: &[u8], opening: IkOpening, until: Now, now: Now) {
        let IkOpening { mut handshake, refused, again } = opening;
        match ServerRecord::decode(record) {
            Ok(ServerRecord::Handshake(message)) => {
                let mut payload = Vec::new();
                let read = handshake.read_message(message, &mut payload).map(|()| self.establish(handshake));
                match read {
                    Ok(Some(_)) => {
                        self.state = State::Greeting { until };
                        self.keep_alive.hear(now);
                        self.tap.see(Direction::Received, &payload);
                        self.on_frames(&payload, now);
                    }
                    Ok(None) | Err(_) => self.end(CloseReason::Unreadable),
                }
            }
            // A fresh ephemeral key, a prologue that binds what was refused, and a further HELLO (CHN-007, CHN-008).
            Ok(ServerRecord::Retry) => {
                if self.open_xx(again, until, Some(&refused)).is_err() {
                    self.end(CloseReason::BrokenHandshake);
                }
            }
            Ok(ServerRecord::Reject { reason, retry_after_ms, highest_version }) => {
                self.end(CloseReason::Rejected { reason, retry_after_ms, version: highest_version });
            }
            Err(_) => self.end(CloseReason::BrokenHandshake),
        }
    }

    pub(super) fn on_xx_answer(
        &mut self,
        record: &[u8],
        (mut handshake, flight): (Handshake, &[u8]),
        until: Now,
    ) {
        let message = match ServerRecord::decode(record) {
            Ok(ServerRecord::Handshake(message)) => message,
            Ok(ServerRecord::Reject { reason, retry_after_ms, highest_version }) => {
                return self.end(CloseReason::Rejected { reason, retry_after_ms, version: highest_version });
            }
            Ok(ServerRecord::Retry) | Err(_) => return self.end(CloseReason::BrokenHandshake),
        };
        let mut payload = Vec::new();
        if handshake.read_message(message, &mut payload).is_err() {
            return self.end(CloseReason::Unreadable);
        }
        self.tap.see(Direction::Received, &payload);
        // The device's key does not leave before the edge is known to be one of the realm (CHN-011).
        let Some(edge) = handshake.remote_static().filter(|edge| self.trust_edge(&payload, edge)) else {
            return self.end(CloseReason::Untrusted);
        };
        let mut proof = Vec::new();
        if handshake.write_message(flight, &mut proof).is_err() || self.establish(handshake) != Some(edge) {
            return self.end(CloseReason::BrokenHandshake);
        }
        self.tap.see(Direction::Sent, flight);
        self.clear = proof;
        self.state = State::Greeting { until };
    }

    fn establish(&mut self, handshake: Handshake) -> Option<PublicKey> {
        let (channel, finished) = Channel::establish(handshake, self.config.key_log).ok()?;
        self.channel = channel;
        self.key_log = finished.key_log.map(Into::into);
        self.edge = Some(finished.peer);
        self.edge
    }

    /// Whether the payload is one CERTIFICATE that holds (CHN-010).
    fn trust_edge(&mut self, payload: &[u8], edge: &PublicKey) -> bool {
        let mut placed = frames(payload);
        let (Some(Ok(first)), None) = (placed.next(), placed.next()) else { return false };
        let Frame::Certificate(Certificate { certificate, successor }) = first.frame else { return false };
        // Who was away while the root changed learns the next one here.
        let mut trust = self.config.trust;
        let next = successor.as_ref().and_then(|successor| trust.check_successor(successor));
        if let Some((root, _)) = next.filter(|(_, not_before_s)| *not_before_s <= self.config.unix_s) {
            trust.successor = Some(root);
        }
        match trust.check_edge(&certificate, edge, self.config.unix_s) {
            Ok(validity) => {
                self.tell_edge(edge, validity);
                self.tell_successor(successor.as_ref());
                true
            }
            Err(_) => false,
        }
    }

    pub(super) fn tell_edge(&mut self, edge: &PublicKey, validity: EdgeValidity) {
        let EdgeValidity { not_before_s, not_after_s } = validity;
        let edge = KnownEdge { key: *edge, not_before_s, not_after_s };
        if self.config.edge != Some(edge) {
            self.config.edge = Some(edge);
            self.event(ClientEvent::Edge(edge));
        }
    }

    pub(super) fn tell_successor(&mut self, successor: Option<&RootSuccessor<'_>>) {
        let next = successor.and_then(|successor| self.config.trust.check_successor(successor));
        if let Some((root, not_before_s)) = next {
            if not_before_s <= self.config.unix_s {
                self.config.trust.successor = Some(root);
            }
            self.event(ClientEvent::Successor { root, not_before_s });
        }
    }
}
