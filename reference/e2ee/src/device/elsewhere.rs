//! KeyPackages, keys and trees that come from elsewhere: what the working group's vectors need and the profile does not.

use mls_rs::group::ExportedTree;
use mls_rs::mls_rs_codec::{MlsDecode as _, MlsEncode as _};
use mls_rs::storage_provider::KeyPackageData;
use mls_rs::{CryptoProvider as _, KeyPackage};
use zeroize::Zeroizing;

use super::{Device, keys, reading};
use crate::change::{Change, Write};
use crate::error::Error;
use crate::mls::Joined;
use crate::row::{self, View};
use crate::rules::Breach;

impl Device {
    /// Takes a KeyPackage (the bare structure) whose private keys were made elsewhere.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`], [`Error::NotInProfile`] for the suite.
    pub fn import_key_package(
        &self,
        octets: &[u8],
        init_private: &[u8],
        leaf_private: &[u8],
    ) -> Result<Change<()>, Error> {
        let key_package = KeyPackage::mls_decode(&mut &*octets).map_err(|_| Error::Malformed)?;
        let provider = self.crypto().cipher_suite_provider(key_package.cipher_suite());
        let provider = provider.ok_or(Error::NotInProfile(Breach::Suite))?;
        let reference = key_package.to_reference(&provider)?;
        let until_s = key_package.expiration()?.seconds_since_epoch();
        let data = KeyPackageData::new(
            octets.to_vec(),
            init_private.to_vec().into(),
            leaf_private.to_vec().into(),
            until_s,
        );
        let value = data.mls_encode_to_vec().map_err(|_| Error::Malformed)?;
        Ok(keys::rows(vec![Write { key: row::key_package(&reference), value: Some(Zeroizing::new(value)) }]))
    }

    /// Takes an external pre-shared key.
    pub fn import_shared_key(&self, id: &[u8], secret: &[u8]) -> Change<()> {
        keys::rows(vec![Write { key: row::shared_key(id), value: Some(Zeroizing::new(secret.to_vec())) }])
    }

    /// As [`Mls::join`](crate::Mls::join), with the ratchet tree beside the Welcome.
    ///
    /// # Errors
    ///
    /// As [`Mls::join`](crate::Mls::join).
    pub fn join_with_tree(
        &self,
        view: &dyn View,
        welcome: &[u8],
        ratchet_tree: &[u8],
    ) -> Result<Change<Joined>, Error> {
        let tree = ExportedTree::from_bytes(ratchet_tree)?;
        reading::join(self, view, welcome, Some(tree))
    }
}
