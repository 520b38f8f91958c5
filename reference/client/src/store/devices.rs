//! What the store holds of identity and devices: certificate, own list, KeyPackages, the rows of the end-to-end encryption,
//! and what was seen of others.

use pinnace_wire::AccountId;
use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use zeroize::Zeroizing;

use super::device_record::{
    link_from_bytes, link_to_bytes, package_from_bytes, package_to_bytes, pin_from_bytes, pin_to_bytes,
    standing_from_octets, standing_to_octet,
};
use super::{META, Store, StoreError};
use crate::devices::{LinkRecord, Pin};
use crate::identity::{KeptPackage, Reference, Standing};
use crate::keys::Keys;

const ROWS: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("e2ee");
const PACKAGES: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("packages");
const OCTETS: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("package_octets");
const PINS: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("pins");

/// The keys of the meta table.
mod meta {
    pub(super) const CERTIFICATE: &str = "certificate";
    pub(super) const OWN_LIST: &str = "own_list";
    pub(super) const STANDING: &str = "standing";
    pub(super) const LINK: &str = "link";
}

/// One change of what the store holds of identity and devices.
#[derive(Clone, Debug)]
pub enum DeviceWrite {
    /// The certificate of this device.
    Certificate(Vec<u8>),
    /// The list of the own account in force.
    OwnList(Vec<u8>),
    /// How the device stands with the server.
    Standing(Standing),
    /// How far the device has come in being linked.
    Link(LinkRecord),
    /// The keys, with the account's identity key.
    Keys(Box<Keys>),
    /// A KeyPackage was made.
    Package(KeptPackage, Vec<u8>),
    /// The server has these KeyPackages, or had them.
    Published(Vec<Reference>),
    /// Nothing that uses this KeyPackage can still come.
    Forget(Reference),
    /// A row of the end-to-end encryption.
    Row(pinnace_e2ee::Write),
    /// What was seen of an account.
    Pin(Pin),
    /// What was seen of an account is forgotten: its next list is taken on trust.
    Unpin(AccountId),
}

/// What a starting client reads of identity and devices.
#[derive(Clone, Debug, Default)]
pub struct KeptDevice {
    /// The certificate of this device.
    pub certificate: Option<Vec<u8>>,
    /// The list of the own account, as it was seen last.
    pub own_list: Option<Vec<u8>>,
    /// How the device stands with the server.
    pub standing: Standing,
    /// How far the device has come in being linked; `None` where it never asked.
    pub link: Option<LinkRecord>,
    /// The KeyPackages of this device.
    pub packages: Vec<KeptPackage>,
}

/// Makes the tables that an older version left out.
pub(super) fn prepare(transaction: &WriteTransaction) -> Result<(), StoreError> {
    for table in [ROWS, PACKAGES, OCTETS, PINS] {
        transaction.open_table(table)?;
    }
    Ok(())
}

/// Whether the tables are there.
pub(super) fn is_prepared(database: &Database) -> Result<bool, StoreError> {
    // They are made together.
    match database.begin_read()?.open_table(PINS) {
        Ok(_) => Ok(true),
        Err(redb::TableError::TableDoesNotExist(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn apply(transaction: &WriteTransaction, write: DeviceWrite) -> Result<(), StoreError> {
    let put = |key, octets: &[u8]| -> Result<(), StoreError> {
        transaction.open_table(META)?.insert(key, octets)?;
        Ok(())
    };
    match write {
        DeviceWrite::Certificate(octets) => put(meta::CERTIFICATE, &octets),
        DeviceWrite::OwnList(octets) => put(meta::OWN_LIST, &octets),
        DeviceWrite::Link(link) => put(meta::LINK, &link_to_bytes(&link)),
        DeviceWrite::Keys(keys) => put(super::meta::KEYS, keys.to_bytes().as_slice()),
        DeviceWrite::Standing(standing) => put(meta::STANDING, &[standing_to_octet(standing)]),
        DeviceWrite::Package(package, octets) => {
            let reference = package.reference.as_slice();
            transaction.open_table(PACKAGES)?.insert(reference, package_to_bytes(&package).as_slice())?;
            transaction.open_table(OCTETS)?.insert(reference, octets.as_slice())?;
            Ok(())
        }
        DeviceWrite::Published(references) => published(transaction, &references),
        DeviceWrite::Forget(reference) => {
            transaction.open_table(PACKAGES)?.remove(reference.as_slice())?;
            transaction.open_table(OCTETS)?.remove(reference.as_slice())?;
            Ok(())
        }
        DeviceWrite::Row(row) => {
            let mut table = transaction.open_table(ROWS)?;
            match row.value {
                Some(value) => table.insert(row.key.as_slice(), value.as_slice())?,
                None => table.remove(row.key.as_slice())?,
            };
            Ok(())
        }
        DeviceWrite::Pin(pin) => {
            transaction
                .open_table(PINS)?
                .insert(pin.account.as_bytes().as_slice(), pin_to_bytes(&pin).as_slice())?;
            Ok(())
        }
        DeviceWrite::Unpin(account) => {
            transaction.open_table(PINS)?.remove(account.as_bytes().as_slice())?;
            Ok(())
        }
    }
}

/// The octets of a KeyPackage are needed until the server has them.
fn published(transaction: &WriteTransaction, references: &[Reference]) -> Result<(), StoreError> {
    let mut table = transaction.open_table(PACKAGES)?;
    let mut octets = transaction.open_table(OCTETS)?;
    for reference in references {
        let kept = table.get(reference.as_slice())?.map(|kept| package_from_bytes(*reference, kept.value()));
        let Some(kept) = kept else { continue };
        let kept = kept.ok_or(StoreError::Damaged { place: "packages" })?;
        let kept = KeptPackage { is_published: true, ..kept };
        table.insert(reference.as_slice(), package_to_bytes(&kept).as_slice())?;
        octets.remove(reference.as_slice())?;
    }
    Ok(())
}

/// Reads what is kept of identity and devices.
pub(super) fn kept(transaction: &ReadTransaction) -> Result<KeptDevice, StoreError> {
    let table = transaction.open_table(META)?;
    let entry = |key: &'static str| -> Result<Option<Vec<u8>>, StoreError> {
        Ok(table.get(key)?.map(|octets| octets.value().to_vec()))
    };
    let standing = entry(meta::STANDING)?.map(|octets| standing_from_octets(&octets));
    let mut packages = Vec::new();
    for row in transaction.open_table(PACKAGES)?.iter()? {
        let (reference, octets) = row?;
        let reference = reference.value().try_into().ok();
        let package = reference.and_then(|reference| package_from_bytes(reference, octets.value()));
        packages.push(package.ok_or(StoreError::Damaged { place: "packages" })?);
    }
    Ok(KeptDevice {
        certificate: entry(meta::CERTIFICATE)?,
        own_list: entry(meta::OWN_LIST)?,
        standing: standing
            .unwrap_or(Some(Standing::New))
            .ok_or(StoreError::Damaged { place: meta::STANDING })?,
        link: entry(meta::LINK)?
            .map(|octets| link_from_bytes(&octets).ok_or(StoreError::Damaged { place: meta::LINK }))
            .transpose()?,
        packages,
    })
}

impl Store {
    /// A row of the end-to-end encryption.
    ///
    /// # Errors
    ///
    /// [`StoreError::Engine`].
    pub fn row(&self, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let table = self.database.begin_read()?.open_table(ROWS)?;
        Ok(table.get(key)?.map(|octets| Zeroizing::new(octets.value().to_vec())))
    }

    /// The rows whose keys begin so, rising, at most so many.
    ///
    /// # Errors
    ///
    /// [`StoreError::Engine`].
    pub fn rows(&self, prefix: &[u8], count_max: usize) -> Result<Vec<crate::conversation::Row>, StoreError> {
        let table = self.database.begin_read()?.open_table(ROWS)?;
        let mut rows = Vec::new();
        for row in table.range(prefix..)?.take(count_max) {
            let (key, value) = row?;
            if !key.value().starts_with(prefix) {
                break;
            }
            rows.push((key.value().to_vec(), Zeroizing::new(value.value().to_vec())));
        }
        Ok(rows)
    }

    /// The octets of a KeyPackage that the server is not known to have.
    ///
    /// # Errors
    ///
    /// [`StoreError::Engine`].
    pub fn package(&self, reference: Reference) -> Result<Option<Vec<u8>>, StoreError> {
        let table = self.database.begin_read()?.open_table(OCTETS)?;
        Ok(table.get(reference.as_slice())?.map(|octets| octets.value().to_vec()))
    }

    /// What was seen of an account.
    ///
    /// # Errors
    ///
    /// [`StoreError::Engine`] and [`StoreError::Damaged`].
    pub fn pin(&self, account: AccountId) -> Result<Option<Pin>, StoreError> {
        let table = self.database.begin_read()?.open_table(PINS)?;
        let Some(octets) = table.get(account.as_bytes().as_slice())? else { return Ok(None) };
        let pin = pin_from_bytes(account, octets.value());
        pin.map(Some).ok_or(StoreError::Damaged { place: "pins" })
    }
}
