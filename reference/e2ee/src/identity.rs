//! Who a device is, and the key by which it signs.

use core::fmt;

use zeroize::Zeroizing;

/// A device's credential and its private signature key.
#[derive(Clone)]
pub struct Identity {
    pub(crate) credential: Vec<u8>,
    pub(crate) private_key: Zeroizing<Vec<u8>>,
}

impl Identity {
    /// The octets of the device certificate, and the private key of the signature key in it: the 32-octet seed of RFC 8032
    /// (for suites of other curves, the private scalar).
    #[must_use]
    pub fn new(certificate: &[u8], private_key: &[u8]) -> Self {
        Self { credential: certificate.to_vec(), private_key: Zeroizing::new(private_key.to_vec()) }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("credential", &self.credential).finish_non_exhaustive()
    }
}
