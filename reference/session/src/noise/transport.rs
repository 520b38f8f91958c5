//! The channel after the handshake: one key and one counter for each direction.

use core::fmt;

use snow::StatelessTransportState;

use pinnace_fault as fault;

use super::record_error::{OpenError, SealError};
use super::{MESSAGE_LEN_MAX, PLAINTEXT_LEN_MAX, TAG_LEN};

/// How many records one key may seal: far below the nonces that Noise allows (Noise 5.1), and more than any
/// session sends.
///
/// Spec: limit `transport_records_max`, its upper end. Who wants a lower one compares it with the counts.
pub const RECORDS_MAX: u64 = 1 << 48;

/// A channel that seals what we send and opens what the peer sends, record by record, in order.
///
/// Neither allocates: the caller's buffers are used from end to end, and a record is read and written once.
/// The first record of the peer that does not open ends the channel in both directions and wipes its keys.
pub struct Transport {
    state: State,
}

enum State {
    Live {
        engine: StatelessTransportState,
        /// Records sealed so far, which is the next nonce.
        sealed: u64,
        /// Records opened so far, which is the next nonce.
        opened: u64,
    },
    Broken,
}

impl Transport {
    pub(super) const fn new(engine: StatelessTransportState) -> Self {
        Self { state: State::Live { engine, sealed: 0, opened: 0 } }
    }

    /// How many records this side has sealed; `None` once the channel has ended. Range: 0 to [`RECORDS_MAX`].
    #[must_use]
    pub const fn sealed_count(&self) -> Option<u64> {
        match &self.state {
            State::Live { sealed, .. } => Some(*sealed),
            State::Broken => None,
        }
    }

    /// How many records of the peer were opened; `None` once the channel has ended. Range: 0 to
    /// [`RECORDS_MAX`].
    #[must_use]
    pub const fn opened_count(&self) -> Option<u64> {
        match &self.state {
            State::Live { opened, .. } => Some(*opened),
            State::Broken => None,
        }
    }

    /// Seals the plaintext into the front of `out`, and returns the record: [`TAG_LEN`] bytes more than the
    /// plaintext.
    ///
    /// The plaintext has at most [`PLAINTEXT_LEN_MAX`] bytes.
    ///
    /// # Errors
    ///
    /// [`SealError`]; nothing was used up.
    pub fn seal<'out>(&mut self, plaintext: &[u8], out: &'out mut [u8]) -> Result<&'out [u8], SealError> {
        let State::Live { engine, sealed, .. } = &mut self.state else {
            return Err(SealError::Broken);
        };
        if plaintext.len() > PLAINTEXT_LEN_MAX {
            return Err(SealError::PlaintextTooLong { len: plaintext.len(), max: PLAINTEXT_LEN_MAX });
        }
        let (len, needed) = (out.len(), plaintext.len().saturating_add(TAG_LEN));
        let record = out.get_mut(..needed).ok_or(SealError::OutTooShort { len, needed })?;
        if *sealed >= RECORDS_MAX {
            return Err(SealError::Exhausted);
        }
        // Lengths and count were checked: a nonce is the only thing that the engine could still refuse.
        engine.write_message(*sealed, plaintext, record).map_err(|_| SealError::Exhausted)?;
        *sealed = sealed.saturating_add(1);
        Ok(record)
    }

    /// Opens the peer's next record into the front of `out`, and returns the plaintext: [`TAG_LEN`] bytes
    /// less than the record.
    ///
    /// # Errors
    ///
    /// [`OpenError::OutTooShort`] changes nothing; every other variant of [`OpenError`] ends the channel.
    pub fn open<'out>(&mut self, record: &[u8], out: &'out mut [u8]) -> Result<&'out [u8], OpenError> {
        let opened = self.open_live(record, out);
        match opened {
            Err(OpenError::Forged) if fault::channel::is_forged_survived() => {}
            Ok(_) | Err(OpenError::OutTooShort { .. }) => {}
            Err(
                OpenError::RecordLen { .. } | OpenError::Forged | OpenError::Exhausted | OpenError::Broken,
            ) => {
                self.state = State::Broken;
            }
        }
        opened
    }

    fn open_live<'out>(&mut self, record: &[u8], out: &'out mut [u8]) -> Result<&'out [u8], OpenError> {
        let State::Live { engine, opened, .. } = &mut self.state else {
            return Err(OpenError::Broken);
        };
        if record.len() < TAG_LEN || record.len() > MESSAGE_LEN_MAX {
            return Err(OpenError::RecordLen { len: record.len(), min: TAG_LEN, max: MESSAGE_LEN_MAX });
        }
        let (len, needed) = (out.len(), record.len().saturating_sub(TAG_LEN));
        let plaintext = out.get_mut(..needed).ok_or(OpenError::OutTooShort { len, needed })?;
        if *opened >= RECORDS_MAX {
            return Err(OpenError::Exhausted);
        }
        engine.read_message(*opened, record, plaintext).map_err(|_| OpenError::Forged)?;
        *opened = opened.saturating_add(1);
        Ok(plaintext)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("sealed", &self.sealed_count())
            .field("opened", &self.opened_count())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::super::{EphemeralSeed, Handshake, StaticSecret};
    use super::*;

    /// A channel whose sides stand at the given nonces.
    fn channel_at(sealed_by_one: u64, opened_by_two: u64) -> (Transport, Transport) {
        let (device, edge) = (StaticSecret::from_bytes([1; 32]), StaticSecret::from_bytes([2; 32]));
        let mut one =
            Handshake::initiate_ik(b"", &device, edge.public(), EphemeralSeed::new([3; 32])).unwrap();
        let mut two = Handshake::respond_ik(b"", &edge, EphemeralSeed::new([4; 32])).unwrap();
        let (mut first, mut second) = (Vec::new(), Vec::new());
        one.write_message(b"", &mut first).unwrap();
        two.read_message(&first, &mut Vec::new()).unwrap();
        two.write_message(b"", &mut second).unwrap();
        one.read_message(&second, &mut Vec::new()).unwrap();
        let [mut one, mut two] = [one, two].map(|side| side.into_established().unwrap().transport);
        if let (State::Live { sealed, .. }, State::Live { opened, .. }) = (&mut one.state, &mut two.state) {
            (*sealed, *opened) = (sealed_by_one, opened_by_two);
        }
        (one, two)
    }

    #[test]
    fn record_over_the_limit_is_neither_sealed_nor_opened() {
        let (mut one, mut two) = channel_at(RECORDS_MAX - 1, RECORDS_MAX - 1);
        let mut record = [0; TAG_LEN];
        one.seal(b"", &mut record).unwrap();
        assert_eq!(two.open(&record, &mut []), Ok([].as_slice()));
        assert_eq!(one.seal(b"", &mut [0; TAG_LEN]), Err(SealError::Exhausted));
        assert_eq!(one.sealed_count(), Some(RECORDS_MAX));
        assert_eq!(two.open(&record, &mut []), Err(OpenError::Exhausted));
        assert_eq!(two.opened_count(), None);
    }

    #[test]
    fn record_number_is_the_nonce() {
        let (mut one, mut two) = channel_at(5, 4);
        let mut record = [0; TAG_LEN];
        one.seal(b"", &mut record).unwrap();
        assert_eq!(two.open(&record, &mut []), Err(OpenError::Forged));
    }
}
