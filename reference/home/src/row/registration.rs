//! A registration under way.

use alloc::vec::Vec;

use super::Row;
use crate::codec::{Corrupt, Reader, Writer};
use crate::{Replace, Stage};

/// What one device has reached for one number.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RegistrationRow {
    pub stage: Stage,
    pub replace: Replace,
    pub started_ms: u64,
    pub expires_ms: u64,
    /// From when the next code is checked, in Unix milliseconds.
    pub check_from_ms: u64,
    /// The code that is out; empty: none.
    pub code: Vec<u8>,
}

impl Row for RegistrationRow {
    fn write(&self, to: &mut Writer) {
        to.octet(match self.stage {
            Stage::Choosing => 1,
            Stage::Waiting => 2,
            Stage::Verified => 3,
        });
        to.octet(match self.replace {
            Replace::Refuse => 0,
            Replace::Take => 1,
        });
        for value in [self.started_ms, self.expires_ms, self.check_from_ms] {
            to.number(value);
        }
        to.octets(&self.code);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let stage = match from.octet()? {
            1 => Stage::Choosing,
            2 => Stage::Waiting,
            3 => Stage::Verified,
            _ => return Err(Corrupt),
        };
        let replace = match from.octet()? {
            0 => Replace::Refuse,
            1 => Replace::Take,
            _ => return Err(Corrupt),
        };
        Ok(Self {
            stage,
            replace,
            started_ms: from.number()?,
            expires_ms: from.number()?,
            check_from_ms: from.number()?,
            code: from.octets()?.to_vec(),
        })
    }
}
