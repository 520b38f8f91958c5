//! The outcome of one client_seq.

use super::Row;
use crate::Outcome;
use crate::codec::{Corrupt, Reader, Writer};

/// Octets of the hash of a body. Only its own device could gain by a collision, and only against itself.
pub(crate) const BODY_HASH_LEN: usize = 16;

/// An outcome, and the hash of the body that it answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct OutcomeRow {
    pub outcome: Outcome,
    /// All zeros for a VOID, which has no body.
    pub body_hash: [u8; BODY_HASH_LEN],
}

const ACCEPTED: u8 = 0;
const REFUSED: u8 = 1;
const VOIDED: u8 = 2;

impl Row for OutcomeRow {
    const LEN_HINT: usize = 3 + BODY_HASH_LEN;

    fn write(&self, to: &mut Writer) {
        to.octet(match self.outcome {
            Outcome::Accepted => ACCEPTED,
            Outcome::Refused(_) => REFUSED,
            Outcome::Voided => VOIDED,
        });
        to.number(self.outcome.code());
        to.plain(&self.body_hash);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let kind = from.octet()?;
        let code = from.number()?;
        let outcome = match kind {
            ACCEPTED => Outcome::Accepted,
            REFUSED => Outcome::Refused(crate::Refusal::from_code(code).ok_or(Corrupt)?),
            VOIDED => Outcome::Voided,
            _ => return Err(Corrupt),
        };
        Ok(Self { outcome, body_hash: from.array()? })
    }
}
