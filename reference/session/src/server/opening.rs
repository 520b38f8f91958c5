//! From the first record to HELLO.

use alloc::boxed::Box;
use alloc::vec::Vec;

use pinnace_wire::{
    Certificate, EdgeCertificate, Frame, Pattern, Preface, RejectReason, RootSuccessor, ServerRecord, VERSION,
};

use super::ServerSession;
use super::event::{HelloRequest, ServerEvent};
use super::flight::{Flight, FlightRules};
use super::state::State;
use crate::channel::Channel;
use crate::close_reason::CloseReason;
use crate::grease;
use crate::noise::{Handshake, PublicKey};
use crate::prologue::{self, Refused};
use crate::time::Now;

/// The length of the first message of XX: an ephemeral key and no payload (CHN-015).
const XX_FIRST_LEN: usize = 32;

impl ServerSession {
    pub(super) fn on_opening(&mut self, record: &[u8], until: Now) {
        let (preface, message) = match Preface::decode(record) {
            Ok(decoded) => decoded,
            Err(error) => return self.reject(error.kind.reason()),
        };
        let prologue = prologue::plain(self.config.realm, front_of(record, message));
        match preface.pattern {
            Pattern::Xx => self.on_xx(&prologue, message, until),
            Pattern::Ik => self.on_ik(record, &prologue, message, until),
        }
    }

    /// After RETRY only XX of the same version and suite may come (CHN-009). There is one version and one suite: any other
    /// is no preface here.
    pub(super) fn on_second_opening(&mut self, record: &[u8], until: Now, refused: &Refused) {
        match Preface::decode(record) {
            Ok((Preface { pattern: Pattern::Xx, .. }, message)) => {
                let preface = front_of(record, message);
                let prologue = prologue::after_retry(self.config.realm, preface, refused);
                self.on_xx(&prologue, message, until);
            }
            Ok((Preface { pattern: Pattern::Ik, .. }, _)) | Err(_) => self.end(CloseReason::BrokenHandshake),
        }
    }

    fn on_ik(&mut self, record: &[u8], prologue: &[u8], message: &[u8], until: Now) {
        let mut payload = Vec::new();
        let read = Handshake::respond_ik(prologue, &self.config.edge, self.seed.ephemeral()).and_then(
            |mut handshake| {
                handshake.read_message(message, &mut payload)?;
                Ok(handshake)
            },
        );
        match read.map(|handshake| (handshake.remote_static(), handshake)) {
            Ok((Some(device_key), handshake)) => {
                self.channel = Channel::Answering(Box::new(handshake));
                self.on_flight(&payload, device_key);
            }
            // The message was for another edge key, or of another realm: the client starts anew (CHN-006).
            Ok((None, _)) | Err(_) => {
                self.clear_record(&ServerRecord::Retry);
                self.state = State::Retrying { until, refused: Box::new(prologue::refused(record)) };
            }
        }
    }

    fn on_xx(&mut self, prologue: &[u8], message: &[u8], until: Now) {
        if message.len() != XX_FIRST_LEN {
            return self.reject(RejectReason::BAD_HANDSHAKE);
        }
        match self.answer_xx(prologue, message) {
            Some(handshake) => self.state = State::Proving { until, handshake: Box::new(handshake) },
            None => self.end(CloseReason::BrokenHandshake),
        }
    }

    fn answer_xx(&mut self, prologue: &[u8], message: &[u8]) -> Option<Handshake> {
        let mut handshake = Handshake::respond_xx(prologue, &self.config.edge, self.seed.ephemeral()).ok()?;
        handshake.read_message(message, &mut Vec::new()).ok()?;
        let certificate = EdgeCertificate::decode(&self.config.certificate).ok()?;
        let successor =
            self.config.successor.as_deref().and_then(|octets| RootSuccessor::decode(octets).ok());
        let frame = Frame::Certificate(Certificate { certificate, successor });
        let payload = grease::encode_extended(&frame, self.grease.as_ref()).ok()?;
        let mut second = Vec::new();
        handshake.write_message(&payload, &mut second).ok()?;
        self.clear_record(&ServerRecord::Handshake(&second));
        Some(handshake)
    }

    pub(super) fn on_proof(&mut self, record: &[u8], mut handshake: Handshake) {
        let mut payload = Vec::new();
        if handshake.read_message(record, &mut payload).is_err() {
            return self.end(CloseReason::BrokenHandshake);
        }
        match self.establish(handshake) {
            Some(device_key) => self.on_flight(&payload, device_key),
            None => self.end(CloseReason::BrokenHandshake),
        }
    }

    fn establish(&mut self, handshake: Handshake) -> Option<PublicKey> {
        let (channel, finished) = Channel::establish(handshake, self.config.key_log).ok()?;
        self.channel = channel;
        self.key_log = finished.key_log.map(Into::into);
        Some(finished.peer)
    }

    /// Writes message 2 of IK with the first frames in it (SES-039), once there are any.
    pub(super) fn answer_handshake(&mut self, out: &mut Vec<u8>) -> Option<usize> {
        let payload = self.outbox.front()?;
        let Channel::Answering(mut handshake) = core::mem::replace(&mut self.channel, Channel::Ended) else {
            return None;
        };
        let start = out.len();
        out.push(HANDSHAKE_KIND);
        if handshake.write_message(payload, out).is_err() {
            out.truncate(start);
            self.end(CloseReason::BrokenHandshake);
            return None;
        }
        self.outbox.pop();
        if self.establish(*handshake).is_none() {
            self.end(CloseReason::BrokenHandshake);
        }
        Some(out.len().saturating_sub(start))
    }

    fn on_flight(&mut self, payload: &[u8], device_key: PublicKey) {
        let device = self.set_device(&device_key);
        let rules = FlightRules {
            early_send_max: self.config.limits.early_send_max,
            alias_max: self.config.limits.alias_max,
            versions: &[VERSION],
        };
        match Flight::parse(payload, rules) {
            Ok(flight) => {
                self.events.push_back(ServerEvent::Hello(HelloRequest {
                    device_key,
                    device,
                    hello_counter: flight.hello.hello_counter,
                    settled: flight.hello.settled,
                    cursor: flight.hello.cursor,
                    activity: flight.hello.activity,
                    early_send_count: flight.sends.len(),
                }));
                self.state = State::Greeting(Box::new(flight));
            }
            Err(fault) => self.close_on(&fault),
        }
    }

    pub(super) fn clear_record(&mut self, record: &ServerRecord<'_>) {
        self.clear = alloc::vec![0; record.encoded_len()];
        // The room is measured, and no record in the clear has a field that could be invalid.
        let _ = record.encode(&mut self.clear);
    }
}

/// The record kind of a handshake message. The message is written behind it in place.
const HANDSHAKE_KIND: u8 = 0;

/// The preface of a record, as sent.
fn front_of<'r>(record: &'r [u8], message: &[u8]) -> &'r [u8] {
    record.get(..record.len().saturating_sub(message.len())).unwrap_or_default()
}
