//! Parts of files, until the file is complete and saved. Parts may come in any order and again.

use pinnace_wire::DeviceId;
use redb::{ReadableDatabase, ReadableTable, WriteTransaction};

use super::octets::{Reader, Writer};
use super::{PARTS, Store, StoreError, TRANSFERS};

/// Unfinished files at most. One more, and the one that was fed longest ago is given up.
const TRANSFERS_MAX: usize = 64;

/// Octets of unfinished files at most, all together; over it, the one that was fed longest ago is given up.
const TRANSFERS_LEN_MAX: u64 = 1 << 30;

/// Names a file on its way: who sends it, and the number that the sender drew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TransferKey {
    /// The sender.
    pub source: DeviceId,
    /// Drawn by the sender.
    pub transfer: [u8; 8],
}

/// Names a part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartKey {
    /// The file.
    pub file: TransferKey,
    /// From 0.
    pub index: u64,
}

/// A file of which parts are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// Which.
    pub key: TransferKey,
    /// The parts that it has.
    pub count: u64,
    /// The parts that are here.
    pub present: u64,
    /// The name that the sender gave, once part 0 is here.
    pub name: Option<String>,
    /// Where it is being saved, once that was decided.
    pub path: Option<String>,
}

impl StoredFile {
    /// Whether all parts are here.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.present == self.count
    }
}

/// What a part says about its file.
pub(super) struct News {
    pub(super) count: u64,
    pub(super) number: u64,
    pub(super) name: Option<String>,
}

/// What is kept of a file beside its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Head {
    count: u64,
    number: u64,
    name: Option<String>,
    present: u64,
    len: u64,
    path: Option<String>,
}

impl TransferKey {
    fn to_bytes(self) -> [u8; 24] {
        let mut octets = [0; 24];
        for (place, octet) in octets.iter_mut().zip(self.source.as_bytes().iter().chain(&self.transfer)) {
            *place = *octet;
        }
        octets
    }

    fn from_bytes(octets: &[u8]) -> Option<Self> {
        let mut octets = Reader(octets);
        let key = Self { source: DeviceId::new(octets.array()?), transfer: octets.array()? };
        octets.end()?;
        Some(key)
    }
}

impl PartKey {
    fn to_bytes(self) -> Vec<u8> {
        [self.file.to_bytes().as_slice(), &self.index.to_be_bytes()].concat()
    }
}

impl Head {
    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.u64(self.count).u64(self.number).u64(self.present).u64(self.len);
        for text in [&self.name, &self.path] {
            let octets = text.as_deref().unwrap_or_default().as_bytes();
            out.u8(text.is_some().into()).u64(octets.len() as u64).octets(octets);
        }
        out.0
    }

    fn from_bytes(octets: &[u8]) -> Option<Self> {
        let mut octets = Reader(octets);
        let (count, number) = (octets.u64()?, octets.u64()?);
        let (present, len) = (octets.u64()?, octets.u64()?);
        let mut text = || {
            let there = octets.u8()? != 0;
            let len = usize::try_from(octets.u64()?).ok()?;
            let (text, rest) = octets.0.split_at_checked(len)?;
            octets.0 = rest;
            let text = String::from_utf8(text.to_vec()).ok()?;
            Some(there.then_some(text))
        };
        Some(Self { name: text()?, path: text()?, count, number, present, len })
    }
}

const DAMAGED: StoreError = StoreError::Damaged { place: "transfers" };

/// Keeps a part. One that is here changes nothing; one that contradicts the count of its file ends the file.
pub(super) fn put(
    transaction: &WriteTransaction,
    key: &PartKey,
    octets: &[u8],
    news: News,
) -> Result<(), StoreError> {
    let mut transfers = transaction.open_table(TRANSFERS)?;
    let file = key.file.to_bytes();
    let kept = transfers.get(file.as_slice())?.map(|octets| Head::from_bytes(octets.value()).ok_or(DAMAGED));
    let kept = kept.transpose()?;
    let mut head = kept.unwrap_or_else(|| Head { count: news.count, ..Head::default() });
    let mut parts = transaction.open_table(PARTS)?;
    let part = key.to_bytes();
    if head.count != news.count {
        drop((transfers, parts));
        return remove(transaction, &key.file);
    }
    if parts.get(part.as_slice())?.is_some() {
        return Ok(());
    }
    parts.insert(part.as_slice(), octets)?;
    head.present = head.present.saturating_add(1);
    head.len = head.len.saturating_add(octets.len() as u64);
    head.number = news.number;
    head.name = news.name.or(head.name);
    transfers.insert(file.as_slice(), head.to_bytes().as_slice())?;
    drop((transfers, parts));
    make_room(transaction, &key.file)
}

/// Gives up the files that were fed longest ago until the rest is within its bounds.
fn make_room(transaction: &WriteTransaction, fed: &TransferKey) -> Result<(), StoreError> {
    let mut files = Vec::new();
    for row in transaction.open_table(TRANSFERS)?.iter()? {
        let (key, head) = row?;
        let key = TransferKey::from_bytes(key.value()).ok_or(DAMAGED)?;
        let head = Head::from_bytes(head.value()).ok_or(DAMAGED)?;
        files.push((head.number, key, head.len));
    }
    files.sort_unstable();
    let mut count = files.len();
    let mut len = files.iter().fold(0_u64, |sum, (_, _, len)| sum.saturating_add(*len));
    for (_, key, file_len) in files {
        if (count <= TRANSFERS_MAX && len <= TRANSFERS_LEN_MAX) || key == *fed {
            continue;
        }
        remove(transaction, &key)?;
        count = count.saturating_sub(1);
        len = len.saturating_sub(file_len);
    }
    Ok(())
}

pub(super) fn save_to(
    transaction: &WriteTransaction,
    key: &TransferKey,
    path: String,
) -> Result<(), StoreError> {
    let mut transfers = transaction.open_table(TRANSFERS)?;
    let file = key.to_bytes();
    let kept = transfers.get(file.as_slice())?.map(|octets| Head::from_bytes(octets.value()).ok_or(DAMAGED));
    let Some(head) = kept.transpose()? else { return Ok(()) };
    transfers.insert(file.as_slice(), Head { path: Some(path), ..head }.to_bytes().as_slice())?;
    Ok(())
}

pub(super) fn remove(transaction: &WriteTransaction, key: &TransferKey) -> Result<(), StoreError> {
    transaction.open_table(TRANSFERS)?.remove(key.to_bytes().as_slice())?;
    let first = PartKey { file: *key, index: 0 }.to_bytes();
    let last = PartKey { file: *key, index: u64::MAX }.to_bytes();
    transaction.open_table(PARTS)?.retain_in(first.as_slice()..=last.as_slice(), |_, _| false)?;
    Ok(())
}

impl Store {
    /// The files of which parts are kept.
    ///
    /// # Errors
    ///
    /// [`StoreError::Engine`] and [`StoreError::Damaged`].
    pub fn files(&self) -> Result<Vec<StoredFile>, StoreError> {
        let mut files = Vec::new();
        for row in self.database.begin_read()?.open_table(TRANSFERS)?.iter()? {
            let (key, head) = row?;
            let key = TransferKey::from_bytes(key.value()).ok_or(DAMAGED)?;
            let Head { count, name, present, path, .. } = Head::from_bytes(head.value()).ok_or(DAMAGED)?;
            files.push(StoredFile { key, count, present, name, path });
        }
        Ok(files)
    }

    /// One part of a file, or `None` while it is not here.
    ///
    /// # Errors
    ///
    /// [`StoreError::Engine`].
    pub fn part(&self, key: PartKey) -> Result<Option<Vec<u8>>, StoreError> {
        let table = self.database.begin_read()?.open_table(PARTS)?;
        Ok(table.get(key.to_bytes().as_slice())?.map(|octets| octets.value().to_vec()))
    }
}
