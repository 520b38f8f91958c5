//! One item of a mailbox.

use alloc::vec::Vec;

use super::{EntryRow, Row};
use crate::codec::{Corrupt, Reader, Writer};
use crate::{ClientRange, ClientSeq, DeviceId, GapReason, MlsSuite, ReceiptStatus, Receipts};

/// How an item finds its end by age.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Queue {
    /// Nothing before it in the mailbox's order of age expires later.
    InOrder,
    /// It expires before an older item: a row of the table `Due` tells when.
    Indexed,
}

/// What stands under a mailbox_seq.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum ItemRow {
    /// Something that the device has not done with.
    Held(Held),
    /// What stood here has ended for this reason.
    Ended(GapReason),
    /// Nothing stood here and under so many numbers, this one the last of them, for this reason.
    Run(GapReason, u64),
}

/// An item that is still held.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Held {
    Message(MessageRow),
    Receipt(ReceiptRow),
    KeysLow(KeysLowRow),
    Entry(EntryRow),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct MessageRow {
    pub from: DeviceId,
    pub client_seq: ClientSeq,
    pub class: Option<u64>,
    pub receipts: Receipts,
    pub accepted_ms: u64,
    pub due_ms: u64,
    pub queue: Queue,
    pub payload: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ReceiptRow {
    pub from: DeviceId,
    pub status: ReceiptStatus,
    pub ranges: Vec<ClientRange>,
    pub due_ms: u64,
    pub queue: Queue,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct KeysLowRow {
    pub suite: MlsSuite,
    pub one_time_count: u64,
    pub due_ms: u64,
    pub queue: Queue,
}

impl Held {
    /// Whether this is a message that is not of the normal class: what another planted fault loses.
    pub(crate) const fn is_call(&self) -> bool {
        match self {
            Self::Message(message) => message.class.is_some(),
            Self::Receipt(_) | Self::KeysLow(_) | Self::Entry(_) => false,
        }
    }

    /// Whether this is a message of an even number: what a planted fault loses.
    pub(crate) const fn is_even(&self) -> bool {
        match self {
            Self::Message(message) => message.client_seq.value().is_multiple_of(2),
            Self::Receipt(_) | Self::KeysLow(_) | Self::Entry(_) => false,
        }
    }

    pub(crate) const fn due_ms(&self) -> u64 {
        match self {
            Self::Message(message) => message.due_ms,
            Self::Receipt(receipt) => receipt.due_ms,
            Self::KeysLow(keys_low) => keys_low.due_ms,
            Self::Entry(entry) => entry.due_ms,
        }
    }

    pub(crate) const fn queue(&self) -> Queue {
        match self {
            Self::Message(message) => message.queue,
            Self::Receipt(receipt) => receipt.queue,
            Self::KeysLow(keys_low) => keys_low.queue,
            Self::Entry(entry) => entry.queue,
        }
    }

    /// Octets that count against the quota of a mailbox.
    pub(crate) fn payload_len(&self) -> u64 {
        match self {
            Self::Message(message) => u64::try_from(message.payload.len()).unwrap_or(u64::MAX),
            Self::Entry(entry) => entry.len,
            Self::Receipt(_) | Self::KeysLow(_) => 0,
        }
    }
}

const MESSAGE: u8 = 1;
const RECEIPT: u8 = 2;
const ENDED: u8 = 3;
const KEYS_LOW: u8 = 4;
const ENTRY: u8 = 5;
const RUN: u8 = 6;

/// The payload stands in the row. One mailbox points at it, always, in profile core; a shared payload will take
/// another value and put its id here.
const INLINE: u8 = 0;

impl Queue {
    pub(super) fn write(self, to: &mut Writer) {
        to.octet(match self {
            Self::InOrder => 0,
            Self::Indexed => 1,
        });
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        match from.octet()? {
            0 => Ok(Self::InOrder),
            1 => Ok(Self::Indexed),
            _ => Err(Corrupt),
        }
    }
}

impl Receipts {
    pub(super) fn write(self, to: &mut Writer) {
        to.octet(match self {
            Self::Wanted => 0,
            Self::Unwanted => 1,
        });
    }

    pub(super) fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        match from.octet()? {
            0 => Ok(Self::Wanted),
            1 => Ok(Self::Unwanted),
            _ => Err(Corrupt),
        }
    }
}

/// A class is at least 1, so that 0 says "none".
pub(super) fn write_class(class: Option<u64>, to: &mut Writer) {
    to.number(class.unwrap_or(0));
}

pub(super) fn read_class(from: &mut Reader<'_>) -> Result<Option<u64>, Corrupt> {
    Ok(Some(from.number()?).filter(|class| *class != 0))
}

pub(super) fn read_client_seq(from: &mut Reader<'_>) -> Result<ClientSeq, Corrupt> {
    ClientSeq::new(from.number()?).ok_or(Corrupt)
}

pub(super) fn write_ranges(ranges: &[ClientRange], to: &mut Writer) {
    to.count(ranges.len());
    for range in ranges {
        to.number(range.first.value());
        to.number(range.count);
    }
}

pub(super) fn read_ranges(from: &mut Reader<'_>) -> Result<Vec<ClientRange>, Corrupt> {
    let count = from.count()?;
    let mut ranges = Vec::with_capacity(count);
    for _ in 0..count {
        ranges.push(ClientRange { first: read_client_seq(from)?, count: from.number()? });
    }
    Ok(ranges)
}

pub(super) fn read_suite(from: &mut Reader<'_>) -> Result<MlsSuite, Corrupt> {
    MlsSuite::new(from.number()?).ok_or(Corrupt)
}

impl MessageRow {
    fn write(&self, to: &mut Writer) {
        to.plain(self.from.as_bytes());
        to.number(self.client_seq.value());
        write_class(self.class, to);
        self.receipts.write(to);
        to.number(self.accepted_ms);
        to.number(self.due_ms);
        self.queue.write(to);
        to.octet(INLINE);
        to.plain(&self.payload);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let (sender, client_seq) = (DeviceId::new(from.array()?), read_client_seq(from)?);
        let (class, receipts) = (read_class(from)?, Receipts::read(from)?);
        let (accepted_ms, due_ms, queue) = (from.number()?, from.number()?, Queue::read(from)?);
        if from.octet()? != INLINE {
            return Err(Corrupt);
        }
        let payload = from.rest().to_vec();
        Ok(Self { from: sender, client_seq, class, receipts, accepted_ms, due_ms, queue, payload })
    }
}

impl ReceiptRow {
    fn write(&self, to: &mut Writer) {
        to.plain(self.from.as_bytes());
        to.number(self.status.value());
        write_ranges(&self.ranges, to);
        to.number(self.due_ms);
        self.queue.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let sender = DeviceId::new(from.array()?);
        let status = ReceiptStatus::from_value(from.number()?).ok_or(Corrupt)?;
        let ranges = read_ranges(from)?;
        Ok(Self { from: sender, status, ranges, due_ms: from.number()?, queue: Queue::read(from)? })
    }
}

impl KeysLowRow {
    fn write(self, to: &mut Writer) {
        to.number(self.suite.value());
        to.number(self.one_time_count);
        to.number(self.due_ms);
        self.queue.write(to);
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let (suite, one_time_count) = (read_suite(from)?, from.number()?);
        Ok(Self { suite, one_time_count, due_ms: from.number()?, queue: Queue::read(from)? })
    }
}

impl Row for ItemRow {
    const LEN_HINT: usize = 256;

    fn write(&self, to: &mut Writer) {
        match self {
            Self::Held(Held::Message(message)) => {
                to.octet(MESSAGE);
                message.write(to);
            }
            Self::Held(Held::Receipt(receipt)) => {
                to.octet(RECEIPT);
                receipt.write(to);
            }
            Self::Held(Held::KeysLow(keys_low)) => {
                to.octet(KEYS_LOW);
                keys_low.write(to);
            }
            Self::Held(Held::Entry(entry)) => {
                to.octet(ENTRY);
                entry.write(to);
            }
            Self::Run(reason, count) => {
                to.octet(RUN);
                to.number(reason.value());
                to.number(*count);
            }
            Self::Ended(reason) => {
                to.octet(ENDED);
                to.number(reason.value());
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        match from.octet()? {
            MESSAGE => Ok(Self::Held(Held::Message(MessageRow::read(from)?))),
            RECEIPT => Ok(Self::Held(Held::Receipt(ReceiptRow::read(from)?))),
            KEYS_LOW => Ok(Self::Held(Held::KeysLow(KeysLowRow::read(from)?))),
            ENTRY => Ok(Self::Held(Held::Entry(EntryRow::read(from)?))),
            RUN => {
                let reason = GapReason::from_value(from.number()?).ok_or(Corrupt)?;
                Ok(Self::Run(reason, from.number()?))
            }
            ENDED => Ok(Self::Ended(GapReason::from_value(from.number()?).ok_or(Corrupt)?)),
            _ => Err(Corrupt),
        }
    }
}
