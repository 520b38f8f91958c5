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
    /// A message or a commit for a group.
    Post = 6,
    /// It is on the disk, and has its place in the group.
    Placed = 7,
    /// It comes to a member of the group.
    Entry = 8,
    /// The devices of a new group.
    Gather = 9,
    /// A device is in it.
    Joined = 10,
    /// A KeyPackage for others, or none: it was the last.
    Stock = 11,
    /// All of them are here.
    Stocked = 12,
    /// A KeyPackage of a device is asked for.
    Claim = 13,
    /// Here it is.
    Claimed = 14,
}

impl Kind {
    const ALL: [Self; 15] = [
        Self::Hello,
        Self::Welcome,
        Self::Send,
        Self::Accepted,
        Self::Deliver,
        Self::Ack,
        Self::Post,
        Self::Placed,
        Self::Entry,
        Self::Gather,
        Self::Joined,
        Self::Stock,
        Self::Stocked,
        Self::Claim,
        Self::Claimed,
    ];

    /// The kind of this octet.
    pub(crate) fn of(octet: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == octet)
    }

    /// Octets that Pinnace has around a payload in such a record: frame and tag. Those of a handshake are of IK; those of a
    /// claim are with the device list.
    const fn around(self) -> usize {
        match self {
            Self::Hello => 200,
            Self::Welcome => 235,
            Self::Send | Self::Post | Self::Stock => 27,
            Self::Deliver => 25,
            Self::Accepted | Self::Ack | Self::Joined | Self::Stocked | Self::Gather => 20,
            Self::Entry => 29,
            Self::Placed => 36,
            Self::Claim => 40,
            Self::Claimed => 210,
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
        for kind in Kind::ALL {
            let mut out = Vec::new();
            let len = write(&mut out, kind, 7, b"payload");
            assert_eq!((len, read(&out)), (out.len(), Some((kind, 7, b"payload".as_slice()))));
        }
        assert_eq!(read(&[15; 64]), None);
        assert_eq!(read(&[2, 0, 0]), None);
    }
}
