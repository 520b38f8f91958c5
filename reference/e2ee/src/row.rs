//! The rows of a client's store: their keys, and how an operation reads them.

use core::fmt;

use zeroize::Zeroizing;

/// What an operation reads: the rows as the last transaction left them.
///
/// It must be one moment's view: no other transaction may change it until the [`Change`](crate::Change) that came of it is
/// stored or dropped.
pub trait View: Sync {
    /// The row with this key, if there is one.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] when the store cannot say.
    fn load(&self, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Unavailable>;
}

/// The store did not answer.
#[derive(Debug)]
pub struct Unavailable(pub Box<dyn core::error::Error + Send + Sync>);

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store of keys is not available: {}", self.0)
    }
}

impl core::error::Error for Unavailable {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&*self.0)
    }
}

const GROUP: u8 = 1;
const EPOCH: u8 = 2;
const KEY_PACKAGE: u8 = 3;
const SHARED_KEY: u8 = 4;

/// The group's record.
pub(crate) fn group(id: &[u8]) -> Vec<u8> {
    [&[GROUP], id].concat()
}

/// The secrets of a past epoch. The epoch has a fixed length and stands last, so that two pairs never share a key.
pub(crate) fn epoch(group: &[u8], epoch: u64) -> Vec<u8> {
    [&[EPOCH], group, &epoch.to_be_bytes()].concat()
}

/// The secrets of a KeyPackage.
pub(crate) fn key_package(reference: &[u8]) -> Vec<u8> {
    [&[KEY_PACKAGE], reference].concat()
}

/// An external pre-shared key.
pub(crate) fn shared_key(id: &[u8]) -> Vec<u8> {
    [&[SHARED_KEY], id].concat()
}
