//! The rows of the end-to-end encryption as they will be once what waits is written.

use pinnace_e2ee::{Unavailable, View};
use zeroize::Zeroizing;

use crate::store::{DeviceWrite, Store, Write};

/// The rows of the store under the writes of this turn.
#[derive(Debug)]
pub struct Rows<'a> {
    store: &'a Store,
    pending: &'a [Write],
}

impl<'a> Rows<'a> {
    /// The rows of this store, once these writes are made.
    #[must_use]
    pub const fn new(store: &'a Store, pending: &'a [Write]) -> Self {
        Self { store, pending }
    }
}

impl View for Rows<'_> {
    fn load(&self, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Unavailable> {
        let written = self.pending.iter().rev().find_map(|write| {
            if let Write::Device(DeviceWrite::Row(row)) = write
                && row.key == key
            {
                return Some(row.value.clone());
            }
            None
        });
        match written {
            Some(value) => Ok(value),
            None => self.store.row(key).map_err(|error| Unavailable(Box::new(error))),
        }
    }
}
