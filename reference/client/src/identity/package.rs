//! A KeyPackage of this device, as it keeps it beside the private part.

use pinnace_session::Resort;
use pinnace_session::digest::labelled_digest;
use pinnace_session::label::Label;

const LABEL: Label = Label::new("pinnace/1 key package");

/// The reference of a KeyPackage in the key directory: the first 16 octets of digest("pinnace/1 key package", octets).
pub type Reference = [u8; 16];

/// The reference of these octets.
#[must_use]
pub fn reference(octets: &[u8]) -> Reference {
    labelled_digest(LABEL, octets).first_chunk().copied().unwrap_or_default()
}

/// A KeyPackage of this device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPackage {
    /// Its reference in the key directory.
    pub reference: Reference,
    /// Its reference in MLS, by which its private part is forgotten.
    pub mls_reference: Vec<u8>,
    /// Its suite.
    pub suite: u16,
    /// How often it may serve.
    pub resort: Resort,
    /// The last second of its life, since 1970.
    pub not_after_s: u64,
    /// Whether the server is known to have it, or to have had it.
    pub is_published: bool,
}
