//! An entry of a conversation that is on its way into mailboxes.

use alloc::vec::Vec;

use super::Row;
use super::item::{read_class, write_class};
use super::roster::{read_devices, write_devices};
use crate::codec::{Corrupt, Reader, Writer};
use crate::{ClientSeq, ConversationSeq, DeviceId, EntryKind};

/// What all items of an entry have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct EntryHead {
    pub seq: ConversationSeq,
    pub class: Option<u64>,
    /// The number of what has this place, for its sender.
    pub client_seq: Option<ClientSeq>,
    pub due_ms: u64,
    /// Octets of one item at most.
    pub part_len: u64,
}

/// The recipients, as of the time when the entry was made. What they get lies at the conversation until each has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct FanOutRow {
    pub head: EntryHead,
    pub portions: Vec<(EntryKind, Vec<DeviceId>)>,
}

impl Row for FanOutRow {
    const LEN_HINT: usize = 1_024;

    fn write(&self, to: &mut Writer) {
        let EntryHead { seq, class, client_seq, due_ms, part_len } = self.head;
        to.number(seq.value());
        write_class(class, to);
        // A client_seq is at least 1, so that 0 says "none".
        to.number(client_seq.map_or(0, ClientSeq::value));
        to.number(due_ms);
        to.number(part_len);
        to.count(self.portions.len());
        for (kind, devices) in &self.portions {
            to.octet(kind.value());
            write_devices(devices, to);
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let seq = ConversationSeq::new(from.number()?).ok_or(Corrupt)?;
        let class = read_class(from)?;
        let client_seq = ClientSeq::new(from.number()?);
        let head = EntryHead { seq, class, client_seq, due_ms: from.number()?, part_len: from.number()? };
        let count = from.count()?;
        let mut portions = Vec::with_capacity(count);
        for _ in 0..count {
            let kind = EntryKind::from_wire(from.octet()?).ok_or(Corrupt)?;
            portions.push((kind, read_devices(from)?));
        }
        Ok(Self { head, portions })
    }
}
