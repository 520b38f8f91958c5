//! What a starting client reads from its store.

use pinnace_session::RealmId;
use pinnace_session::client::KnownEdge;
use pinnace_wire::{MailboxSeq, NackReason};
use redb::ReadableDatabase;

use super::devices::{self, KeptDevice};
use super::octets::{Reader, Writer};
use super::{INBOX, META, OUTBOX, Store, StoreError, meta, record};
use crate::address::ServerAddress;
use crate::intake::Intake;
use crate::keys::Keys;
use crate::rejected::Rejected;

/// What a starting client reads from its store.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The keys of the device.
    pub keys: Keys,
    /// The server that the device registered with, realm included.
    pub server: Option<ServerAddress>,
    /// The realm that the device belongs to.
    pub realm: Option<RealmId>,
    /// The root key that follows the realm's, where it was announced.
    pub successor: Option<Successor>,
    /// The edge whose certificate held last.
    pub edge: Option<KnownEdge>,
    /// What the server wants to see in the preface; empty is none.
    pub route_token: Vec<u8>,
    /// The counter of the latest HELLO; 0 is none.
    pub hello_counter: u64,
    /// The number of the latest message; 0 is none.
    pub numbered: u64,
    /// Every message up to this number has an outcome.
    pub settled: u64,
    /// Octets of the payloads without an outcome.
    pub outbox_len: usize,
    /// The mailbox items that are durable here.
    pub intake: Intake,
    /// The items that are rejected, as far as the server may not know it.
    pub rejected: Rejected,
    /// The number of the latest item of the inbox; 0 is none.
    pub filed: u64,
    /// The application took every item up to this number.
    pub taken: u64,
    /// Octets of the items that the application has not taken.
    pub inbox_len: usize,
    /// The telephone number under which the device is registered, as far as this device knows.
    pub e164: Option<String>,
    /// What is kept of identity and devices.
    pub device: KeptDevice,
}

/// A root key that follows the realm's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Successor {
    /// The key.
    pub root: [u8; 32],
    /// In force from this second since 1970 on.
    pub not_before_s: u64,
}

impl Successor {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        let mut out = Writer::default();
        out.octets(&self.root).u64(self.not_before_s);
        out.0
    }

    fn from_bytes(octets: &[u8]) -> Option<Self> {
        let mut octets = Reader(octets);
        let successor = Self { root: octets.array()?, not_before_s: octets.u64()? };
        octets.end()?;
        Some(successor)
    }
}

impl Store {
    /// Reads everything but the messages.
    ///
    /// # Errors
    ///
    /// [`StoreError::Engine`], and [`StoreError::Damaged`] with the entry that does not read.
    pub fn kept(&self) -> Result<Kept, StoreError> {
        let transaction = self.database.begin_read()?;
        let table = transaction.open_table(META)?;
        let entry = |key: &'static str| -> Result<Option<Vec<u8>>, StoreError> {
            Ok(table.get(key)?.map(|octets| octets.value().to_vec()))
        };
        let number = |key: &'static str| -> Result<u64, StoreError> {
            let octets = entry(key)?;
            octets.map_or(Some(0), |octets| Reader(&octets).u64()).ok_or(StoreError::Damaged { place: key })
        };
        let (settled, taken) = (number(meta::SETTLED)?, number(meta::TAKEN)?);
        let mut outbox_len = 0_usize;
        for row in transaction.open_table(OUTBOX)?.range(settled.saturating_add(1)..)? {
            let octets = row?.1;
            let record =
                record::outbox_from_bytes(octets.value()).ok_or(StoreError::Damaged { place: "outbox" })?;
            outbox_len = outbox_len.saturating_add(record.payload.len());
        }
        let mut inbox_len = 0_usize;
        for row in transaction.open_table(INBOX)?.range(taken.saturating_add(1)..)? {
            inbox_len = inbox_len.saturating_add(row?.1.value().len());
        }
        let parsed = |key: &'static str| StoreError::Damaged { place: key };
        let intake =
            entry(meta::INTAKE)?.map_or_else(|| Some(Intake::default()), |octets| intake_from_bytes(&octets));
        Ok(Kept {
            keys: entry(meta::KEYS)?
                .and_then(|octets| Keys::from_bytes(&octets))
                .ok_or_else(|| parsed(meta::KEYS))?,
            server: entry(meta::SERVER)?
                .map(|octets| String::from_utf8_lossy(&octets).parse())
                .transpose()
                .map_err(|_| parsed(meta::SERVER))?,
            realm: entry(meta::REALM)?.and_then(|octets| octets.try_into().ok()).map(RealmId),
            successor: entry(meta::SUCCESSOR)?.and_then(|octets| Successor::from_bytes(&octets)),
            edge: entry(meta::EDGE)?.and_then(|octets| KnownEdge::from_bytes(&octets)),
            route_token: entry(meta::ROUTE_TOKEN)?.unwrap_or_default(),
            hello_counter: number(meta::HELLO_COUNTER)?,
            numbered: number(meta::NUMBERED)?,
            settled,
            outbox_len,
            intake: intake.ok_or_else(|| parsed(meta::INTAKE))?,
            rejected: rejected_from_bytes(&entry(meta::REJECTED)?.unwrap_or_default())
                .ok_or_else(|| parsed(meta::REJECTED))?,
            filed: number(meta::FILED)?,
            taken,
            inbox_len,
            e164: entry(meta::REGISTRATION)?.and_then(|octets| String::from_utf8(octets).ok()),
            device: devices::kept(&transaction)?,
        })
    }
}

pub(super) fn intake_to_bytes(intake: &Intake) -> Vec<u8> {
    let mut out = Writer::default();
    out.u64(intake.cursor().value());
    for (first, last) in intake.runs() {
        out.u64(first).u64(last);
    }
    out.0
}

fn intake_from_bytes(octets: &[u8]) -> Option<Intake> {
    let mut octets = Reader(octets);
    let cursor = octets.u64()?;
    let mut runs = Vec::new();
    while !octets.0.is_empty() {
        runs.push((octets.u64()?, octets.u64()?));
    }
    Some(Intake::from_parts(cursor, runs))
}

pub(super) fn rejected_to_bytes(rejected: &Rejected) -> Vec<u8> {
    let mut out = Writer::default();
    for (seq, reason) in rejected.parts() {
        out.u64(seq.value()).u64(reason.value());
    }
    out.0
}

fn rejected_from_bytes(octets: &[u8]) -> Option<Rejected> {
    let mut octets = Reader(octets);
    let mut parts = Vec::new();
    while !octets.0.is_empty() {
        parts.push((MailboxSeq::new(octets.u64()?)?, NackReason::new(octets.u64()?)?));
    }
    Some(Rejected::from_parts(parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rejected_come_back() {
        let parts = [
            (MailboxSeq::FIRST, NackReason::MALFORMED),
            (MailboxSeq::new(9).unwrap(), NackReason::UNSUPPORTED),
        ];
        let rejected = Rejected::from_parts(parts);
        let octets = rejected_to_bytes(&rejected);
        assert_eq!(rejected_from_bytes(&octets), Some(rejected));
        assert_eq!(rejected_from_bytes(&octets[1..]), None);
        assert_eq!(rejected_from_bytes(&[]), Some(Rejected::default()));
    }

    #[test]
    fn the_intake_comes_back() {
        let mut intake = Intake::default();
        for seq in [1, 3, 4, 9] {
            intake.take(MailboxSeq::new(seq).unwrap());
        }
        assert_eq!(intake_from_bytes(&intake_to_bytes(&intake)), Some(intake));
    }
}
