//! From the first record to HELLO.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

use pinnace_fault as fault;
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
        let misread = misread(record);
        let record = &*misread;
        let (preface, message) = match Preface::decode(record) {
            Ok(decoded) => decoded,
            Err(_) if record.len() == 5 && fault::channel::VERSION_BEHIND_THE_REST.is_on() => {
                return self.reject(RejectReason::BAD_PREFACE);
            }
            Err(error) => return self.refuse_preface(error.kind.reason()),
        };
        let token_len_max = if fault::channel::ROUTE_TOKEN_TOO_SHORT.is_on() { 32 } else { usize::MAX };
        let is_refused = fault::channel::ROUTE_TOKEN_REFUSED.is_on() && !preface.route_token.is_empty();
        if is_refused || preface.route_token.len() > token_len_max {
            return self.reject(RejectReason::BAD_PREFACE);
        }
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
            Ok((Preface { pattern: Pattern::Ik, .. }, _)) if fault::channel::RETRY_TWICE.is_on() => {
                self.clear_record(&ServerRecord::Retry);
                self.state = State::Retrying { until, refused: Box::new(prologue::refused(record)) };
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
            Ok((None, _)) | Err(_) if fault::channel::RETRY_MISSING.is_on() => {
                self.end(CloseReason::BrokenHandshake);
            }
            Ok((None, _)) | Err(_) if fault::channel::RETRY_AS_REJECT.is_on() => {
                self.reject(RejectReason::BAD_HANDSHAKE);
            }
            Ok((None, _)) | Err(_) => {
                self.clear_record(&ServerRecord::Retry);
                self.state = State::Retrying { until, refused: Box::new(prologue::refused(record)) };
            }
        }
    }

    fn on_xx(&mut self, prologue: &[u8], message: &[u8], until: Now) {
        if message.len() != XX_FIRST_LEN && !fault::channel::XX_LENGTH_UNCHECKED.is_on() {
            let is_wrong = fault::channel::XX_LENGTH_CODE_WRONG.is_on();
            return self.reject(if is_wrong {
                RejectReason::BAD_PREFACE
            } else {
                RejectReason::BAD_HANDSHAKE
            });
        }
        match self.answer_xx(prologue, message) {
            Some(handshake) => self.state = State::Proving { until, handshake: Box::new(handshake) },
            None => self.end(CloseReason::BrokenHandshake),
        }
    }

    fn answer_xx(&mut self, prologue: &[u8], message: &[u8]) -> Option<Handshake> {
        let mut handshake = Handshake::respond_xx(prologue, &self.config.edge, self.seed.ephemeral()).ok()?;
        handshake.read_message(message, &mut Vec::new()).ok()?;
        let mut octets = self.config.certificate.clone();
        if let Some(last) = octets.last_mut().filter(|_| fault::channel::CERTIFICATE_FORGED.is_on()) {
            *last ^= 1;
        }
        let certificate = EdgeCertificate::decode(&octets).ok()?;
        let successor =
            self.config.successor.as_deref().and_then(|octets| RootSuccessor::decode(octets).ok());
        let frame = Frame::Certificate(Certificate { certificate, successor });
        let mut payload = grease::encode_extended(&frame, self.grease.as_ref()).ok()?;
        if fault::channel::CERTIFICATE_ACCOMPANIED.is_on() {
            let again = payload.clone();
            payload.extend(again);
        }
        let mut second = Vec::new();
        handshake.write_message(&payload, &mut second).ok()?;
        self.clear_record(&ServerRecord::Handshake(&second));
        Some(handshake)
    }

    pub(super) fn on_proof(&mut self, record: &[u8], mut handshake: Handshake) {
        let mut payload = Vec::new();
        if handshake.read_message(record, &mut payload).is_err() {
            if fault::channel::PROOF_FAILURE_ANSWERED.is_on() {
                return self.reject(RejectReason::BAD_HANDSHAKE);
            }
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
        let is_empty = fault::session::WELCOME_BEHIND_HANDSHAKE.is_on();
        let payload = self.outbox.front()?;
        let payload = if is_empty { &[] } else { payload };
        let Channel::Answering(mut handshake) = core::mem::replace(&mut self.channel, Channel::Ended) else {
            return None;
        };
        let start = out.len();
        if !fault::channel::HANDSHAKE_KIND_MISSING.is_on() {
            out.push(HANDSHAKE_KIND);
        }
        if handshake.write_message(payload, out).is_err() {
            out.truncate(start);
            self.end(CloseReason::BrokenHandshake);
            return None;
        }
        if !is_empty {
            self.outbox.pop();
        }
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
        if fault::channel::HANDSHAKE_KIND_MISSING.is_on() && self.clear.first() == Some(&HANDSHAKE_KIND) {
            self.clear.remove(0);
        }
    }

    /// Answers a preface that is wrong; planted faults answer otherwise.
    fn refuse_preface(&mut self, reason: RejectReason) {
        use fault::channel as planted;
        if reason == RejectReason::BAD_PREFACE && planted::PREFACE_REFUSED_SILENTLY.is_on() {
            return self.end(CloseReason::BrokenHandshake);
        }
        self.reject(match reason {
            RejectReason::BAD_PREFACE if planted::PREFACE_CODE_WRONG.is_on() => RejectReason::BAD_HANDSHAKE,
            RejectReason::UNSUPPORTED_VERSION if planted::VERSION_CODE_WRONG.is_on() => {
                RejectReason::BAD_PREFACE
            }
            RejectReason::UNSUPPORTED_SUITE if planted::SUITE_CODE_WRONG.is_on() => {
                RejectReason::UNSUPPORTED_PATTERN
            }
            RejectReason::UNSUPPORTED_PATTERN if planted::PATTERN_CODE_WRONG.is_on() => {
                RejectReason::UNSUPPORTED_SUITE
            }
            reason => reason,
        });
    }
}

/// The record kind of a handshake message. The message is written behind it in place.
const HANDSHAKE_KIND: u8 = 0;

/// A first record as it is read: planted faults see what they expect in a place that they do not look at.
fn misread(record: &[u8]) -> Cow<'_, [u8]> {
    let unchecked: [(core::ops::Range<usize>, &[u8], bool); 5] = [
        (0..4, &Preface::MAGIC, fault::channel::MAGIC_UNCHECKED.is_on()),
        (3..4, b"E", fault::channel::MAGIC_HALF_COMPARED.is_on()),
        (4..5, &[VERSION], fault::channel::VERSION_UNCHECKED.is_on()),
        (5..6, &[1], fault::channel::SUITE_UNCHECKED.is_on()),
        (6..7, &[1], fault::channel::PATTERN_UNCHECKED.is_on()),
    ];
    if unchecked.iter().all(|(_, _, is_unchecked)| !is_unchecked) {
        return Cow::Borrowed(record);
    }
    let mut record = record.to_vec();
    for (place, expected, is_unchecked) in unchecked {
        let is_pattern_known = matches!(record.get(6), Some(1 | 2)) && place.start == 6;
        if let Some(octets) = record.get_mut(place).filter(|_| is_unchecked && !is_pattern_known) {
            octets.copy_from_slice(expected);
        }
    }
    Cow::Owned(record)
}

/// The preface of a record, as sent.
fn front_of<'r>(record: &'r [u8], message: &[u8]) -> &'r [u8] {
    record.get(..record.len().saturating_sub(message.len())).unwrap_or_default()
}
