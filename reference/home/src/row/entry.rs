//! An entry of a conversation in a mailbox: small, since a group has as many of them as devices.

use super::Queue;
use super::item::{read_class, read_client_seq, write_class};
use crate::codec::{Corrupt, Reader, Writer};
use crate::{ClientSeq, EntryKind};

/// An entry, or a part of one. What it carries lies at the conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct EntryRow {
    pub kind: EntryKind,
    /// The number that the conversation has in this mailbox.
    pub place: u64,
    /// The entry's conversation_seq.
    pub seq: u64,
    pub class: Option<u64>,
    /// For the kind `own`: the number of what has this place.
    pub client_seq: Option<ClientSeq>,
    pub due_ms: u64,
    pub queue: Queue,
    /// Where this part begins in what the entry carries, in octets.
    pub offset: u64,
    /// Octets of this part.
    pub len: u64,
}

/// Flags that share an octet with the kind, which takes the lowest three bits.
const INDEXED: u8 = 8;
const HAS_CLASS: u8 = 16;
const HAS_OFFSET: u8 = 32;
const HAS_CLIENT_SEQ: u8 = 64;

const fn flag(is_set: Option<()>, flag: u8) -> u8 {
    match is_set {
        Some(()) => flag,
        None => 0,
    }
}

impl EntryRow {
    fn flags(&self) -> u8 {
        let is_indexed = match self.queue {
            Queue::InOrder => None,
            Queue::Indexed => Some(()),
        };
        flag(is_indexed, INDEXED)
            | flag(self.class.map(|_| ()), HAS_CLASS)
            | flag((self.offset != 0).then_some(()), HAS_OFFSET)
            | flag(self.client_seq.map(|_| ()), HAS_CLIENT_SEQ)
    }

    pub(super) fn write(&self, to: &mut Writer) {
        to.octet(self.kind.value() | self.flags());
        for value in [self.place, self.seq, self.due_ms, self.len] {
            to.number(value);
        }
        if self.class.is_some() {
            write_class(self.class, to);
        }
        if self.offset != 0 {
            to.number(self.offset);
        }
        if let Some(client_seq) = self.client_seq {
            to.number(client_seq.value());
        }
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let flags = from.octet()?;
        let kind = EntryKind::from_wire(flags & 7).ok_or(Corrupt)?;
        let (place, seq, due_ms, len) = (from.number()?, from.number()?, from.number()?, from.number()?);
        let has = |flag: u8| flags & flag != 0;
        Ok(Self {
            kind,
            place,
            seq,
            due_ms,
            len,
            queue: if has(INDEXED) { Queue::Indexed } else { Queue::InOrder },
            class: if has(HAS_CLASS) { read_class(from)? } else { None },
            offset: if has(HAS_OFFSET) { from.number()? } else { 0 },
            client_seq: if has(HAS_CLIENT_SEQ) { Some(read_client_seq(from)?) } else { None },
        })
    }
}
