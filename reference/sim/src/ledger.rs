//! What everybody was promised, and what came of it: the judge of a world.

use std::collections::{BTreeMap, BTreeSet};

use pinnace_client::Outcome;
use pinnace_home::{AccountId, DeviceId, Item, SessionEpoch};
use pinnace_wire::{NackReason, ReceiptStatus};

use crate::circle::Circle;
use crate::property::{Property, Violation};

/// Names a message: its sender, and its number in the order in which that one's application gave them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Name {
    pub(crate) sender: usize,
    pub(crate) nonce: u64,
}

/// Octets that a name takes in a payload.
const NAME_LEN: usize = 16;

/// What the application of the receiver makes of a message. It stands in the payload behind the name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Fate {
    /// It takes it.
    Taken = 0,
    /// It rejects it for ever.
    Rejected = 1,
    /// It fails over it, whenever it sees it.
    Poison = 2,
}

impl Fate {
    /// Whether a payload makes its receiver fail.
    pub(crate) fn is_poison(payload: &[u8]) -> bool {
        payload.get(NAME_LEN) == Some(&(Self::Poison as u8))
    }

    /// The client's judge.
    pub(crate) fn judge(payload: &[u8]) -> Option<NackReason> {
        let is_rejected = payload.get(NAME_LEN) == Some(&(Self::Rejected as u8));
        is_rejected.then_some(NackReason::MALFORMED)
    }
}

impl Name {
    pub(crate) fn payload(self, fate: Fate, padding_len: usize) -> Vec<u8> {
        let sender = u64::try_from(self.sender).unwrap_or(u64::MAX);
        let mut payload = [sender.to_be_bytes(), self.nonce.to_be_bytes()].concat();
        payload.push(fate as u8);
        payload.resize(NAME_LEN.saturating_add(1).saturating_add(padding_len), 0x5a);
        payload
    }

    pub(crate) fn of(payload: &[u8]) -> Option<Self> {
        let (sender, rest) = payload.split_first_chunk::<8>()?;
        let (nonce, _) = rest.split_first_chunk::<8>()?;
        let sender = usize::try_from(u64::from_be_bytes(*sender)).ok()?;
        Some(Self { sender, nonce: u64::from_be_bytes(*nonce) })
    }
}

/// Whether an application was told that its message is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Promise {
    /// It asked, and heard nothing yet; perhaps it never will.
    Asked,
    /// It was told.
    Given,
}

/// One message.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) to: usize,
    pub(crate) promise: Promise,
    pub(crate) is_call: bool,
    pub(crate) fate: Fate,
    pub(crate) wants_receipt: Wants,
    /// The earliest calendar time at which it may expire.
    pub(crate) expires_ms: u64,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) receipt: Option<ReceiptStatus>,
    pub(crate) taken: u64,
}

/// Whether a receipt was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wants {
    Receipt,
    Nothing,
}

/// What a mailbox number named when it was first seen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Named {
    Message(Option<Name>),
    Receipt(DeviceId, ReceiptStatus),
}

/// What is known of a device.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// What its mailbox numbers name.
    pub(crate) named: BTreeMap<u64, Named>,
    /// The highest cursor that its disk has.
    pub(crate) durable_cursor: u64,
    /// The highest cursor that the server has.
    pub(crate) server_cursor: u64,
    /// The highest number whose outcome it was told.
    pub(crate) settled: u64,
    /// Sessions that the store opened: in which order, and their epochs.
    pub(crate) opened: Vec<(u64, SessionEpoch)>,
    /// Counters of HELLO that opened one.
    pub(crate) counters_taken: BTreeMap<u64, SessionEpoch>,
    /// The highest counter that left it.
    pub(crate) counter_sent: u64,
    /// In how many confirmed sessions an item was the head.
    pub(crate) offered: BTreeMap<u64, u64>,
    /// Numbers that it was told to carry nothing.
    pub(crate) gaps: BTreeSet<u64>,
    /// The last message of each sender that it took, calls apart.
    last_taken: BTreeMap<usize, u64>,
}

/// The judge.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) messages: BTreeMap<Name, Message>,
    pub(crate) known: BTreeMap<usize, Known>,
    pub(crate) ids: BTreeMap<DeviceId, usize>,
    /// Accounts of the devices of a circle.
    pub(crate) accounts: BTreeMap<usize, AccountId>,
    pub(crate) circle: Circle,
    pub(crate) violation: Option<Violation>,
    pub(crate) now_ms: u64,
    /// The latest calendar time that the server saw.
    pub(crate) server_unix_ms_max: u64,
}

impl Ledger {
    /// Takes down that a property does not hold. The first one stays.
    pub(crate) fn violate(&mut self, property: Property, what: String) {
        self.violation.get_or_insert(Violation { property, what, at_ms: self.now_ms });
    }

    pub(crate) fn device(&mut self, device: usize) -> &mut Known {
        self.known.entry(device).or_default()
    }

    pub(crate) fn index_of(&self, id: DeviceId) -> Option<usize> {
        self.ids.get(&id).copied()
    }

    /// A message has its outcome, as its sender was told.
    pub(crate) fn on_outcome(&mut self, name: Name, seq: u64, outcome: Outcome) {
        let known = self.device(name.sender);
        known.settled = known.settled.max(seq);
        if let Outcome::Unknown(code) = outcome {
            self.violate(Property::OneOutcome, format!("{name:?} under {seq} is unknown: {code:?}"));
        }
        let Some(message) = self.messages.get_mut(&name) else {
            return self.violate(Property::OneOutcome, format!("{name:?} was never given"));
        };
        let before = message.outcome.replace(outcome);
        if before.is_some_and(|before| before != outcome) {
            self.violate(Property::OneOutcome, format!("{name:?}: {before:?}, then {outcome:?}"));
        }
    }

    /// A device made a message durable in its inbox.
    pub(crate) fn on_taken(&mut self, device: usize, mailbox_seq: u64, name: Option<Name>) {
        self.on_named(device, mailbox_seq, Named::Message(name));
        let Some(name) = name else { return };
        let Some(message) = self.messages.get_mut(&name) else {
            return self.violate(Property::TakenOnce, format!("{name:?} was never given"));
        };
        message.taken = message.taken.saturating_add(1);
        let (taken, is_call, to, fate) = (message.taken, message.is_call, message.to, message.fate);
        if fate != Fate::Taken {
            self.violate(Property::RejectedIsTold, format!("{device} took {name:?}, which is {fate:?}"));
        }
        if taken > 1 {
            self.violate(Property::TakenOnce, format!("{name:?} was taken {taken} times"));
        }
        if to != device {
            self.violate(Property::TakenOnce, format!("{name:?} was for {to}, not for {device}"));
        }
        if is_call {
            return;
        }
        let last = self.device(device).last_taken.insert(name.sender, name.nonce);
        if last.is_some_and(|last| last > name.nonce) {
            self.violate(Property::OrderPerSender, format!("{device} took {name:?} after {last:?}"));
        }
    }

    /// An item was seen under a number.
    pub(crate) fn on_item(&mut self, device: usize, item: &Item) {
        let (seq, named) = match item {
            Item::Message(message) => (message.mailbox_seq, Named::Message(Name::of(&message.payload))),
            Item::Receipt(receipt) => {
                let Some(status) = ReceiptStatus::new(receipt.status.value()) else { return };
                (receipt.mailbox_seq, Named::Receipt(receipt.from, status))
            }
            // What is in a conversation its own judge names.
            Item::KeysLow(_) | Item::Entry(_) | Item::Gap(_) => return,
        };
        self.on_named(device, seq.value(), named);
    }

    pub(crate) fn on_named(&mut self, device: usize, seq: u64, named: Named) {
        let before = self.device(device).named.entry(seq).or_insert_with(|| named.clone()).clone();
        if before != named {
            let what = format!("number {seq} of {device} names {before:?} and {named:?}");
            self.violate(Property::NumberNamesOneItem, what);
        }
    }

    /// The server told that a number carries nothing because its time is over.
    pub(crate) fn on_expired_gap(&mut self, device: usize, seqs: core::ops::RangeInclusive<u64>) {
        for seq in seqs {
            let named = self.device(device).named.get(&seq).cloned();
            match named {
                Some(Named::Message(Some(name))) => self.on_expired(name),
                Some(Named::Receipt(..)) => {
                    self.violate(Property::ExpiryInTime, format!("receipt {seq} of {device} expired"));
                }
                Some(Named::Message(None)) | None => {}
            }
        }
    }

    fn on_expired(&mut self, name: Name) {
        let latest_ms = self.server_unix_ms_max;
        let expires_ms = self.messages.get(&name).map_or(0, |message| message.expires_ms);
        if latest_ms < expires_ms {
            let early_ms = expires_ms.saturating_sub(latest_ms);
            self.violate(Property::ExpiryInTime, format!("{name:?} expired {early_ms} ms early"));
        }
    }

    /// The server told a device that numbers carry nothing.
    pub(crate) fn on_gap(&mut self, device: usize, seqs: core::ops::RangeInclusive<u64>) {
        self.device(device).gaps.extend(seqs);
    }

    /// A receipt told what became of a message.
    pub(crate) fn on_receipt(&mut self, name: Name, status: ReceiptStatus) {
        if status == ReceiptStatus::EXPIRED {
            self.on_expired(name);
        }
        let Some(message) = self.messages.get_mut(&name) else { return };
        let before = message.receipt.replace(status);
        let is_true = status != ReceiptStatus::DELIVERED || message.taken > 0;
        let is_wanted = message.wants_receipt == Wants::Receipt;
        if before.is_some() || !is_true || !is_wanted {
            let what = format!("{name:?}: receipt {status:?} after {before:?}, taken {}", message.taken);
            self.violate(Property::ReceiptTrue, what);
        }
    }

    /// The server has a cursor of a device.
    pub(crate) fn on_cursor(&mut self, device: usize, cursor: u64) {
        let known = self.device(device);
        known.server_cursor = known.server_cursor.max(cursor);
        self.compare_cursors(device);
    }

    /// The disk of a device has a cursor.
    pub(crate) fn on_durable_cursor(&mut self, device: usize, cursor: u64) {
        self.device(device).durable_cursor = cursor;
        self.compare_cursors(device);
    }

    fn compare_cursors(&mut self, device: usize) {
        let known = self.device(device);
        let (server_cursor, durable_cursor) = (known.server_cursor, known.durable_cursor);
        if server_cursor > durable_cursor {
            let what = format!("{device}: the server has {server_cursor}, the disk {durable_cursor}");
            self.violate(Property::AckAfterDurable, what);
        }
    }
}
