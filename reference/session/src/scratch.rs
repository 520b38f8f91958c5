//! The room in which records are opened.

use alloc::vec::Vec;
use core::fmt;

/// A buffer for the plaintext of one record, lent to a session for one call.
///
/// It grows to the longest record. Sessions of one thread share one, so that an idle session holds none.
#[derive(Default)]
pub struct Scratch(Vec<u8>);

impl Scratch {
    /// An empty buffer.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// At least `len` octets of room.
    pub(crate) fn room(&mut self, len: usize) -> &mut [u8] {
        if self.0.len() < len {
            self.0.resize(len, 0);
        }
        &mut self.0
    }
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scratch({} octets)", self.0.len())
    }
}
