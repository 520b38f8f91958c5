//! What stands in a payload, so that the receiver can tell whose it is, whether it came before, and how old it is.

/// Octets of a letter at the front of its payload.
pub(crate) const LETTER_LEN: usize = 24;

/// One message of a measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// The sender's place in the fleet.
    pub(crate) from: u32,
    /// The receiver's place in the fleet.
    pub(crate) to: u32,
    /// The sender's number for this receiver, rising by one.
    pub(crate) number: u64,
    /// When it was to leave, by the generator's clock.
    pub(crate) stamp_ns: u64,
}

impl Letter {
    /// Writes a payload of this length.
    pub(crate) fn payload(&self, len: usize) -> Vec<u8> {
        let mut payload = Vec::with_capacity(len.max(LETTER_LEN));
        payload.extend_from_slice(&self.from.to_be_bytes());
        payload.extend_from_slice(&self.to.to_be_bytes());
        payload.extend_from_slice(&self.number.to_be_bytes());
        payload.extend_from_slice(&self.stamp_ns.to_be_bytes());
        payload.resize(len.max(LETTER_LEN), 0x5a);
        payload
    }

    /// Reads the front of a payload.
    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        let (from, rest) = payload.split_first_chunk()?;
        let (to, rest) = rest.split_first_chunk()?;
        let (number, rest) = rest.split_first_chunk()?;
        let (stamp, _) = rest.split_first_chunk()?;
        Some(Self {
            from: u32::from_be_bytes(*from),
            to: u32::from_be_bytes(*to),
            number: u64::from_be_bytes(*number),
            stamp_ns: u64::from_be_bytes(*stamp),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_comes_back_from_its_payload() {
        let letter = Letter { from: 1, to: 2, number: 3, stamp_ns: u64::MAX };
        assert_eq!(letter.payload(100).len(), 100);
        assert_eq!(Letter::read(&letter.payload(100)), Some(letter));
        assert_eq!(Letter::read(&letter.payload(0)), Some(letter));
        assert_eq!(Letter::read(&[0; LETTER_LEN - 1]), None);
    }
}
