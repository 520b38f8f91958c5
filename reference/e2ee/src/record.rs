//! What the store holds of a group.

use zeroize::Zeroizing;

use crate::error::Error;
use crate::mls::Standing;
use crate::profile::EPOCH_WINDOW_MAX;

/// A group's row.
///
/// ```text
/// Record { Version (8) = 1, Standing (8), First Kept Epoch (64), Next Epoch (64), State (..) }
/// ```
#[derive(Clone)]
pub(crate) struct Record {
    /// Whether the server has taken what made us a member.
    pub(crate) standing: Standing,
    /// The first past epoch whose secrets are kept.
    pub(crate) first: u64,
    /// The epoch after the last of them; nothing is kept when it equals `first`.
    pub(crate) next: u64,
    /// The library's state.
    pub(crate) state: Zeroizing<Vec<u8>>,
}

const VERSION: u8 = 1;

impl Record {
    /// A record before any commit.
    pub(crate) fn new(standing: Standing) -> Self {
        Self { standing, first: 0, next: 0, state: Zeroizing::default() }
    }

    pub(crate) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let standing = match self.standing {
            Standing::Member => 0,
            Standing::Creating => 1,
            Standing::Joining => 2,
        };
        let mut out = Zeroizing::new(Vec::with_capacity(self.state.len().saturating_add(18)));
        out.extend([VERSION, standing]);
        out.extend(self.first.to_be_bytes());
        out.extend(self.next.to_be_bytes());
        out.extend(self.state.iter());
        out
    }

    pub(crate) fn decode(octets: &[u8]) -> Result<Self, Error> {
        let (&[VERSION, standing], rest) = octets.split_first_chunk().ok_or(Error::StoredStateDamaged)?
        else {
            return Err(Error::StoredStateDamaged);
        };
        let standing = match standing {
            0 => Standing::Member,
            1 => Standing::Creating,
            2 => Standing::Joining,
            _ => return Err(Error::StoredStateDamaged),
        };
        let (first, rest) = rest.split_first_chunk().ok_or(Error::StoredStateDamaged)?;
        let (next, state) = rest.split_first_chunk().ok_or(Error::StoredStateDamaged)?;
        let (first, next) = (u64::from_be_bytes(*first), u64::from_be_bytes(*next));
        if next.checked_sub(first).is_none_or(|kept| kept > EPOCH_WINDOW_MAX) {
            return Err(Error::StoredStateDamaged);
        }
        Ok(Self { standing, first, next, state: Zeroizing::new(state.to_vec()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_comes_back_and_each_cut_is_noticed() {
        let record = Record { standing: Standing::Joining, first: 3, next: 9, state: vec![7; 5].into() };
        let octets = record.encode();
        let back = Record::decode(&octets).unwrap();
        assert_eq!((back.standing, back.first, back.next), (Standing::Joining, 3, 9));
        assert_eq!(*back.state, [7; 5]);
        for cut in 0..18 {
            assert!(matches!(Record::decode(&octets[..cut]), Err(Error::StoredStateDamaged)), "{cut}");
        }
        for (first, next) in [(9, 3), (0, EPOCH_WINDOW_MAX + 1), (0, u64::MAX)] {
            let damaged = Record { first, next, ..record.clone() }.encode();
            assert!(matches!(Record::decode(&damaged), Err(Error::StoredStateDamaged)), "{first} {next}");
        }
        assert!(Record::decode(&[2; 20]).is_err());
        assert!(Record::decode(&[[1, 9].as_slice(), &[0; 16]].concat()).is_err());
    }
}
