//! A conversation's own rows, apart from its roster and what is on its way.

use alloc::vec::Vec;

use super::{BODY_HASH_LEN, OutcomeRow, Row};
use crate::codec::{Corrupt, Reader, Writer};
use crate::{AccountId, ClientSeq, ConversationId, ConversationKind};

/// What a conversation is between, its epoch, and its counters. It stays when the last device has left, so that nobody
/// begins it again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ConversationRow {
    pub kind: ConversationKind,
    /// The account of its origin that comes first.
    pub first: AccountId,
    /// The one that comes second; means nothing in a group.
    pub second: AccountId,
    /// The epoch of the MLS group.
    pub epoch: u64,
    /// The highest conversation_seq that was given.
    pub last: u64,
    /// Number of the next effect on another owner.
    pub outbox_next: u64,
    /// Number of the next entry on its way into mailboxes.
    pub fan_out_next: u64,
}

impl Row for ConversationRow {
    fn write(&self, to: &mut Writer) {
        to.octet(self.kind.value());
        to.plain(self.first.as_bytes());
        to.plain(self.second.as_bytes());
        for value in [self.epoch, self.last, self.outbox_next, self.fan_out_next] {
            to.number(value);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self {
            kind: ConversationKind::from_wire(from.octet()?).ok_or(Corrupt)?,
            first: AccountId::new(from.array()?),
            second: AccountId::new(from.array()?),
            epoch: from.number()?,
            last: from.number()?,
            outbox_next: from.number()?,
            fan_out_next: from.number()?,
        })
    }
}

/// The last number of a device that was decided here, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SentRow {
    pub client_seq: ClientSeq,
    pub decided: OutcomeRow,
}

impl Row for SentRow {
    const LEN_HINT: usize = 14 + BODY_HASH_LEN;

    fn write(&self, to: &mut Writer) {
        to.number(self.client_seq.value());
        self.decided.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let client_seq = ClientSeq::new(from.number()?).ok_or(Corrupt)?;
        Ok(Self { client_seq, decided: OutcomeRow::read(from)? })
    }
}

/// What an entry carries, once for all the items that hold it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PayloadRow(pub Vec<u8>);

impl Row for PayloadRow {
    fn write(&self, to: &mut Writer) {
        to.plain(&self.0);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self(from.rest().to_vec()))
    }
}

/// A conversation, in the row of another owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct PlacedRow(pub ConversationId);

impl Row for PlacedRow {
    const LEN_HINT: usize = 17;

    fn write(&self, to: &mut Writer) {
        to.plain(self.0.as_bytes());
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        Ok(Self(ConversationId::new(from.array()?)))
    }
}
