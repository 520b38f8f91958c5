//! Where an operation works: the store's rows as they are, and the rows as they are to become.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mls_rs::error::IntoAnyError;
use mls_rs::mls_rs_codec::{MlsDecode as _, MlsEncode as _};
use mls_rs::psk::{ExternalPskId, PreSharedKey};
use mls_rs::storage_provider::KeyPackageData;
use mls_rs::{GroupStateStorage, KeyPackageStorage, PreSharedKeyStorage};
use mls_rs_core::group::{EpochRecord, GroupState};
use zeroize::Zeroizing;

use crate::change::{Change, Write};
use crate::error::Error;
use crate::mls::Standing;
use crate::record::Record;
use crate::row::{self, View};

type Rows = BTreeMap<Vec<u8>, Option<Zeroizing<Vec<u8>>>>;

/// Reads through to the view; writes are kept aside for the [`Change`].
#[derive(Clone)]
pub(crate) struct Desk<'a> {
    view: &'a dyn View,
    rows: Arc<Mutex<Rows>>,
    /// How many past epochs keep their secrets.
    window: u64,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(view: &'a dyn View, window: u64) -> Self {
        Self { view, rows: Arc::default(), window }
    }

    /// The rows that were written, and a result.
    pub(crate) fn into_change<T>(self, result: T) -> Change<T> {
        let rows = core::mem::take(&mut *self.rows());
        Change::new(rows.into_iter().map(|(key, value)| Write { key, value }).collect(), result)
    }

    fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn load(&self, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        if let Some(written) = self.rows().get(key) {
            return Ok(written.clone());
        }
        self.view.load(key).map_err(Error::Store)
    }

    pub(crate) fn put(&self, key: Vec<u8>, value: Zeroizing<Vec<u8>>) {
        self.rows().insert(key, Some(value));
    }

    pub(crate) fn remove(&self, key: Vec<u8>) {
        self.rows().insert(key, None);
    }

    /// The group's record.
    pub(crate) fn record(&self, group: &[u8]) -> Result<Option<Record>, Error> {
        self.load(&row::group(group))?.map(|octets| Record::decode(&octets)).transpose()
    }

    /// Notes where the device stands in a group, before its state is written.
    pub(crate) fn stand(&self, group: &[u8], standing: Standing) -> Result<(), Error> {
        let record = self.record(group)?.unwrap_or_else(|| Record::new(standing));
        self.put(row::group(group), Record { standing, ..record }.encode());
        Ok(())
    }

    /// Takes everything of a group away.
    pub(crate) fn forget(&self, group: &[u8]) -> Result<(), Error> {
        if let Some(record) = self.record(group)? {
            (record.first..record.next).for_each(|epoch| self.remove(row::epoch(group, epoch)));
            self.remove(row::group(group));
        }
        Ok(())
    }
}

impl IntoAnyError for Error {
    fn into_dyn_error(self) -> Result<Box<dyn core::error::Error + Send + Sync>, Self> {
        Ok(Box::new(self))
    }
}

impl GroupStateStorage for Desk<'_> {
    type Error = Error;

    fn state(&self, group: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        Ok(self.record(group)?.map(|record| record.state))
    }

    fn epoch(&self, group: &[u8], epoch: u64) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        self.load(&row::epoch(group, epoch))
    }

    fn write(
        &mut self,
        state: GroupState,
        inserts: Vec<EpochRecord>,
        updates: Vec<EpochRecord>,
    ) -> Result<(), Error> {
        let mut record = self.record(&state.id)?.unwrap_or_else(|| Record::new(Standing::Member));
        for epoch in updates {
            self.put(row::epoch(&state.id, epoch.id), epoch.data);
        }
        for epoch in inserts {
            if record.first == record.next {
                record.first = epoch.id;
            }
            record.next = epoch.id.saturating_add(1);
            self.put(row::epoch(&state.id, epoch.id), epoch.data);
        }
        while record.next.saturating_sub(record.first) > self.window {
            self.remove(row::epoch(&state.id, record.first));
            record.first = record.first.saturating_add(1);
        }
        record.state = state.data;
        self.put(row::group(&state.id), record.encode());
        Ok(())
    }

    fn max_epoch_id(&self, group: &[u8]) -> Result<Option<u64>, Error> {
        let record = self.record(group)?;
        Ok(record.and_then(|record| (record.first < record.next).then(|| record.next.saturating_sub(1))))
    }
}

impl KeyPackageStorage for Desk<'_> {
    type Error = Error;

    fn delete(&mut self, reference: &[u8]) -> Result<(), Error> {
        self.remove(row::key_package(reference));
        Ok(())
    }

    fn insert(&mut self, reference: Vec<u8>, data: KeyPackageData) -> Result<(), Error> {
        let octets = data.mls_encode_to_vec().map_err(|_| Error::StoredStateDamaged)?;
        self.put(row::key_package(&reference), Zeroizing::new(octets));
        Ok(())
    }

    fn get(&self, reference: &[u8]) -> Result<Option<KeyPackageData>, Error> {
        let octets = self.load(&row::key_package(reference))?;
        let data = octets.map(|octets| KeyPackageData::mls_decode(&mut octets.as_slice()));
        data.transpose().map_err(|_| Error::StoredStateDamaged)
    }
}

impl PreSharedKeyStorage for Desk<'_> {
    type Error = Error;

    fn get(&self, id: &ExternalPskId) -> Result<Option<PreSharedKey>, Error> {
        Ok(self.load(&row::shared_key(id))?.map(PreSharedKey::from))
    }
}
