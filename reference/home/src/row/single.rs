//! Rows of one value.

use super::Row;
use crate::AccountId;
use crate::codec::{Corrupt, Reader, Writer};

/// The account that a telephone number belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct AccountOf(pub AccountId);

impl Row for AccountOf {
    const LEN_HINT: usize = 17;

    fn write(&self, to: &mut Writer) {
        to.plain(self.0.as_bytes());
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self(AccountId::new(from.array()?)))
    }
}

/// The last effect of an origin that was applied here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Mark(pub u64);

impl Row for Mark {
    const LEN_HINT: usize = 10;

    fn write(&self, to: &mut Writer) {
        to.number(self.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self(from.number()?))
    }
}

/// A time: Unix milliseconds or nanoseconds, as the table says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct At(pub u64);

impl Row for At {
    const LEN_HINT: usize = 11;

    fn write(&self, to: &mut Writer) {
        to.number(self.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self(from.number()?))
    }
}

/// A count, or a number that is one, as the table says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Count(pub u64);

impl Row for Count {
    const LEN_HINT: usize = 11;

    fn write(&self, to: &mut Writer) {
        to.number(self.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self(from.number()?))
    }
}
