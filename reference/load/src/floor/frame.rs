//! The octets of the floor: a kind, a device, a payload, and padding to the lengths of Pinnace.

/// What a record is, in its first octet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A device says who it is.
    Hello = 0,
    /// The relay knows it.
    Welcome = 1,
    /// A message.
    Send = 2,
    /// It is on the disk.
    Accepted = 3,
    /// It comes to its receiver.
    Deliver = 4,
    /// The receiver has it.
    Ack = 5,
}

impl Kind {
    /// The kind of this octet.
    pub(crate) fn of(octet: u8) -> Option<Self> {
        [Self::Hello, Self::Welcome, Self::Send, Self::Accepted, Self::Deliver, Self::Ack]
            .into_iter()
            .find(|kind| *kind as u8 == octet)
    }

    /// Octets that Pinnace has around a payload in such a record: frame and tag. Those of a handshake are of IK.
    const fn around(self) -> usize {
        match self {
            Self::Hello => 200,
            Self::Welcome => 235,
            Self::Send => 27,
            Self::Deliver => 25,
            Self::Accepted | Self::Ack => 20,
        }
    }
}

/// Octets before a payload.
const HEAD_LEN: usize = 5;

/// Appends a record, and tells its length.
pub(crate) fn write(out: &mut Vec<u8>, kind: Kind, who: u32, payload: &[u8]) -> usize {
    let start = out.len();
    out.push(kind as u8);
    out.extend_from_slice(&who.to_be_bytes());
    out.extend_from_slice(payload);
    let len = payload.len().saturating_add(kind.around().max(HEAD_LEN));
    out.resize(start.saturating_add(len), 0);
    len
}

/// A record's kind, device and payload.
pub(crate) fn read(record: &[u8]) -> Option<(Kind, u32, &[u8])> {
    let (kind, rest) = record.split_first()?;
    let (who, rest) = rest.split_first_chunk()?;
    let kind = Kind::of(*kind)?;
    let len = record.len().checked_sub(kind.around().max(HEAD_LEN))?;
    Some((kind, u32::from_be_bytes(*who), rest.get(..len)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_comes_back_without_its_padding() {
        for kind in [Kind::Hello, Kind::Welcome, Kind::Send, Kind::Accepted, Kind::Deliver, Kind::Ack] {
            let mut out = Vec::new();
            let len = write(&mut out, kind, 7, b"payload");
            assert_eq!((len, read(&out)), (out.len(), Some((kind, 7, b"payload".as_slice()))));
        }
        assert_eq!(read(&[9; 64]), None);
        assert_eq!(read(&[2, 0, 0]), None);
    }
}
