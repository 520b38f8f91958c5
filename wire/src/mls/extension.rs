//! Extensions of a KeyPackage or of a leaf.

use core::fmt;

use super::vector::{uint16, vector};
use crate::error::DecodeErrorKind;
use crate::parse::{Parsed, bad};

/// A list of extensions, each type at most once (RFC 9420, 13.4). Checked when it was decoded, walked without failing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Extensions<'a>(&'a [u8]);

impl<'a> Extensions<'a> {
    /// `last_resort`: the KeyPackage may be used more than once (its number is from the registry of MLS extension types).
    pub const LAST_RESORT: u16 = 0x000a;

    pub(super) fn parse(field: &'static str) -> impl Fn(&'a [u8]) -> Parsed<'a, Self> {
        move |input| {
            let (rest, octets) = vector(field)(input)?;
            let (mut left, mut seen) = (octets, Seen::default());
            while !left.is_empty() {
                let (after, (extension, _)) = entry(left)?;
                if !seen.insert(extension) {
                    return Err(bad(left, DecodeErrorKind::ExtensionDuplicate, "extension_type"));
                }
                left = after;
            }
            Ok((rest, Self(octets)))
        }
    }

    /// The octets of the list, without its length.
    #[must_use]
    pub const fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Type and data of each, in their order.
    #[must_use]
    pub const fn iter(self) -> ExtensionIter<'a> {
        ExtensionIter(self.0)
    }

    /// The data of the extension of that type.
    #[must_use]
    pub fn data(self, extension: u16) -> Option<&'a [u8]> {
        self.iter().find(|(found, _)| *found == extension).map(|(_, data)| data)
    }
}

impl<'a> IntoIterator for Extensions<'a> {
    type Item = (u16, &'a [u8]);
    type IntoIter = ExtensionIter<'a>;

    fn into_iter(self) -> ExtensionIter<'a> {
        self.iter()
    }
}

impl fmt::Debug for Extensions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Type and data of the extensions of a list.
#[derive(Clone, Debug)]
pub struct ExtensionIter<'a>(&'a [u8]);

impl<'a> Iterator for ExtensionIter<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        // The decoder has read each once: what fails is the end.
        let (rest, found) = entry(self.0).ok()?;
        self.0 = rest;
        Some(found)
    }
}

impl core::iter::FusedIterator for ExtensionIter<'_> {}

fn entry(input: &[u8]) -> Parsed<'_, (u16, &[u8])> {
    let (rest, extension) = uint16("extension_type")(input)?;
    let (rest, data) = vector("extension_data")(rest)?;
    Ok((rest, (extension, data)))
}

/// The types of a list as a set of bits, so that a long list costs no more than its length.
struct Seen([u64; 1024]);

impl Default for Seen {
    fn default() -> Self {
        Self([0; 1024])
    }
}

impl Seen {
    /// Whether the type was not there before.
    fn insert(&mut self, extension: u16) -> bool {
        let bit = 1 << (extension % 64);
        match self.0.get_mut(usize::from(extension / 64)) {
            Some(word) if *word & bit == 0 => {
                *word |= bit;
                true
            }
            Some(_) | None => false,
        }
    }
}
