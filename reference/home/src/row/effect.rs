//! An effect of one owner's transaction on another owner.

use alloc::vec::Vec;

use super::item::{read_class, read_client_seq, read_ranges, read_suite, write_class, write_ranges};
use super::{Crossing, DeviceRecord, Row};
use crate::codec::{Corrupt, Reader, Writer};
use crate::{AccountId, ClientRange, ClientSeq, DeviceId, MlsSuite, Owner, ReceiptStatus, Receipts};

/// What the outbox holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Effect {
    /// Sender to destination: file this message.
    Message {
        to: DeviceId,
        client_seq: ClientSeq,
        class: Option<u64>,
        receipts: Receipts,
        accepted_ms: u64,
        due_ms: u64,
        payload: Vec<u8>,
    },
    /// Destination to sender: file this receipt.
    Receipt { to: DeviceId, status: ReceiptStatus, ranges: Vec<ClientRange> },
    /// Number to account: a device joins.
    Join(DeviceRecord),
    /// Account to device: you are registered.
    Enrol(DeviceRecord),
    /// Number to account: the number went to another account.
    Evict { account: AccountId },
    /// Account to device: you are linked.
    Link(DeviceRecord),
    /// Account to device: few of your KeyPackages of this suite are left.
    KeysLow { to: DeviceId, suite: MlsSuite, one_time_count: u64 },
    /// Account to device: you are removed.
    Remove { device: DeviceId, account: AccountId },
    /// Device to account: it belongs to another account already.
    Leave { device: DeviceId, account: AccountId },
    /// From or to a conversation.
    Crossing(Crossing),
}

const MESSAGE: u8 = 1;
const RECEIPT: u8 = 2;
const JOIN: u8 = 3;
const ENROL: u8 = 4;
const EVICT: u8 = 5;
const REMOVE: u8 = 6;
const LEAVE: u8 = 7;
const LINK: u8 = 8;
const KEYS_LOW: u8 = 9;
const CROSSING: u8 = 10;

impl Effect {
    /// Who it changes.
    pub(crate) fn target(&self) -> Owner {
        match self {
            Self::Message { to, .. } | Self::Receipt { to, .. } | Self::KeysLow { to, .. } => {
                Owner::Device(*to)
            }
            Self::Join(record) => Owner::Account(record.account),
            Self::Enrol(record) | Self::Link(record) => Owner::Device(record.device()),
            Self::Evict { account } | Self::Leave { account, .. } => Owner::Account(*account),
            Self::Remove { device, .. } => Owner::Device(*device),
            Self::Crossing(crossing) => crossing.target(),
        }
    }

    fn read_message(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let (to, client_seq) = (DeviceId::new(from.array()?), read_client_seq(from)?);
        let (class, receipts) = (read_class(from)?, Receipts::read(from)?);
        let (accepted_ms, due_ms) = (from.number()?, from.number()?);
        Ok(Self::Message {
            to,
            client_seq,
            class,
            receipts,
            accepted_ms,
            due_ms,
            payload: from.rest().to_vec(),
        })
    }

    fn read_receipt(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let to = DeviceId::new(from.array()?);
        let status = ReceiptStatus::from_value(from.number()?).ok_or(Corrupt)?;
        Ok(Self::Receipt { to, status, ranges: read_ranges(from)? })
    }
}

fn write_pair(kind: u8, device: DeviceId, account: AccountId, to: &mut Writer) {
    to.octet(kind);
    to.plain(device.as_bytes());
    to.plain(account.as_bytes());
}

impl Row for Effect {
    const LEN_HINT: usize = 256;

    fn write(&self, to: &mut Writer) {
        match self {
            Self::Message { to: device, client_seq, class, receipts, accepted_ms, due_ms, payload } => {
                to.octet(MESSAGE);
                to.plain(device.as_bytes());
                to.number(client_seq.value());
                write_class(*class, to);
                receipts.write(to);
                to.number(*accepted_ms);
                to.number(*due_ms);
                to.plain(payload);
            }
            Self::Receipt { to: device, status, ranges } => {
                to.octet(RECEIPT);
                to.plain(device.as_bytes());
                to.number(status.value());
                write_ranges(ranges, to);
            }
            Self::Join(record) => {
                to.octet(JOIN);
                record.write(to);
            }
            Self::Enrol(record) => {
                to.octet(ENROL);
                record.write(to);
            }
            Self::Link(record) => {
                to.octet(LINK);
                record.write(to);
            }
            Self::KeysLow { to: device, suite, one_time_count } => {
                to.octet(KEYS_LOW);
                to.plain(device.as_bytes());
                to.number(suite.value());
                to.number(*one_time_count);
            }
            Self::Evict { account } => {
                to.octet(EVICT);
                to.plain(account.as_bytes());
            }
            Self::Remove { device, account } => write_pair(REMOVE, *device, *account, to),
            Self::Leave { device, account } => write_pair(LEAVE, *device, *account, to),
            Self::Crossing(crossing) => {
                to.octet(CROSSING);
                crossing.write(to);
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Corrupt> {
        match from.octet()? {
            MESSAGE => Self::read_message(from),
            RECEIPT => Self::read_receipt(from),
            JOIN => Ok(Self::Join(DeviceRecord::read(from)?)),
            ENROL => Ok(Self::Enrol(DeviceRecord::read(from)?)),
            LINK => Ok(Self::Link(DeviceRecord::read(from)?)),
            KEYS_LOW => Ok(Self::KeysLow {
                to: DeviceId::new(from.array()?),
                suite: read_suite(from)?,
                one_time_count: from.number()?,
            }),
            EVICT => Ok(Self::Evict { account: AccountId::new(from.array()?) }),
            CROSSING => Ok(Self::Crossing(Crossing::read(from)?)),
            REMOVE => Ok(Self::Remove {
                device: DeviceId::new(from.array()?),
                account: AccountId::new(from.array()?),
            }),
            LEAVE => Ok(Self::Leave {
                device: DeviceId::new(from.array()?),
                account: AccountId::new(from.array()?),
            }),
            _ => Err(Corrupt),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HelloCounter;

    fn effects() -> [Effect; 7] {
        let (device, account) = (DeviceId::new([1; 16]), AccountId::new([2; 16]));
        let client_seq = ClientSeq::new(300).unwrap();
        let record = DeviceRecord {
            account,
            static_key: [3; 32],
            hello_counter: HelloCounter::new(4).unwrap(),
            registered_s: 5,
            not_after_s: 6,
            certificate: Vec::from([7; 8]),
        };
        let message = Effect::Message {
            to: device,
            client_seq,
            class: Some(1),
            receipts: Receipts::Wanted,
            accepted_ms: 8,
            due_ms: 9,
            payload: Vec::from(*b"ahoy"),
        };
        let ranges = Vec::from([ClientRange { first: client_seq, count: 2 }]);
        [
            message,
            Effect::Receipt { to: device, status: ReceiptStatus::Expired, ranges },
            Effect::Join(record.clone()),
            Effect::Enrol(record),
            Effect::Evict { account },
            Effect::Remove { device, account },
            Effect::Leave { device, account },
        ]
    }

    #[test]
    fn every_effect_comes_back_as_it_was_written() {
        for effect in effects() {
            assert_eq!(Effect::decode(&effect.encode()), Ok(effect));
        }
    }
}
