//! The first flight: HELLO, then what need not wait for WELCOME.

use alloc::boxed::Box;
use alloc::vec::Vec;

use pinnace_wire::{EncodeError, Frame, Hello, HelloCounter, List, ProfileId, limits};

use super::config::{ClientConfig, FirstFlight, FirstFlightError};
use super::exchange::Exchange;
use crate::credit::Budget;
use crate::grease::{self, Choice};
use crate::limit;

/// The longest first flight: one Noise message of either pattern beside the longest preface. 65,535 octets, less 72 of
/// preface, less 96 of keys and tags.
const LEN_MAX: usize = 65_535 - 72 - 96;

/// The profiles that are spoken here: core, conversations, devices.
const PROFILES: [u64; 3] = [1, 3, 8];

/// An encoded first flight.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub(crate) first: Box<[u8]>,
    /// The same under a further hello_counter, for the opening after RETRY.
    pub(crate) again: Box<[u8]>,
}

/// Encodes the first flight, and enters into the exchange what it uses.
pub(crate) fn encode(
    config: &ClientConfig,
    first: &FirstFlight,
    grease: Option<&Choice>,
    exchange: &mut Exchange,
) -> Result<Encoded, FirstFlightError> {
    let max = usize::try_from(limits::EARLY_SEND_MAX.default).unwrap_or(usize::MAX);
    if first.sends.len() > max {
        return Err(FirstFlightError::TooManySends { count: first.sends.len(), max });
    }
    let mut flight = Vec::new();
    if let Some(frame) = grease.and_then(Choice::frame) {
        append(&frame, &mut flight)?;
    }
    if let Some(acked) = &first.acked {
        acked.with_frame(|ack| append(&Frame::Ack(ack), &mut flight))?;
    }
    for message in &first.sends {
        let (alias, bind) = exchange.alias_of(message.destination).ok_or(FirstFlightError::Handshake)?;
        if let Some(bind) = bind {
            exchange.spoken.bind(bind.device);
            append(&Frame::Bind(bind), &mut flight)?;
        }
        let frame = Frame::Send(message.frame(alias));
        append(&frame, &mut flight)?;
        exchange.allowance.spend(Budget::frame(frame.body_len()));
        exchange.inflight.insert(message.client_seq);
    }
    let next =
        HelloCounter::new(first.hello_counter.value().saturating_add(1)).unwrap_or(first.hello_counter);
    let encoded = |counter| -> Result<Box<[u8]>, FirstFlightError> {
        Ok([hello(config, first, counter, grease).map_err(invalid)?.as_slice(), &flight].concat().into())
    };
    let encoded = Encoded { first: encoded(first.hello_counter)?, again: encoded(next)? };
    match encoded.again.len() {
        len if len > LEN_MAX => Err(FirstFlightError::TooLong { len, max: LEN_MAX }),
        _ => Ok(encoded),
    }
}

fn hello(
    config: &ClientConfig,
    first: &FirstFlight,
    hello_counter: HelloCounter,
    grease: Option<&Choice>,
) -> Result<Vec<u8>, EncodeError> {
    let spoken = PROFILES.into_iter().filter_map(ProfileId::new);
    let profiles: Vec<ProfileId> = spoken.chain(grease.and_then(Choice::profile)).collect();
    let features: Vec<_> = grease.and_then(Choice::feature).into_iter().collect();
    let alias_max = Some(config.limits.alias_max).filter(|max| *max != limits::ALIAS_MAX.default);
    let told: Vec<_> = alias_max.and_then(|max| limit::entry(limits::ALIAS_MAX, max)).into_iter().collect();
    let credit =
        Budget { count: config.limits.credit_count_initial, bytes: config.limits.credit_bytes_initial };
    let (credit_count, credit_bytes) = credit.capped();
    let hello = Frame::Hello(Hello {
        hello_counter,
        settled: first.settled,
        cursor: first.cursor,
        activity: first.activity,
        credit_count,
        credit_bytes,
        versions: None,
        agent: Some(config.agent.as_str()).filter(|agent| !agent.is_empty()),
        profiles: List::from_slice(&profiles),
        limits: List::from_slice(&told),
        features: List::from_slice(&features),
    });
    grease::encode_extended(&hello, grease)
}

fn append(frame: &Frame<'_>, flight: &mut Vec<u8>) -> Result<(), FirstFlightError> {
    let (start, len) = (flight.len(), frame.encoded_len());
    flight.resize(start.saturating_add(len), 0);
    frame.encode(flight.get_mut(start..).unwrap_or_default()).map(|_| ()).map_err(invalid)
}

const fn invalid(error: EncodeError) -> FirstFlightError {
    match error {
        EncodeError::Invalid { field } => FirstFlightError::Invalid { field },
        EncodeError::BufferTooSmall { needed } => FirstFlightError::TooLong { len: needed, max: LEN_MAX },
    }
}
