//! KEYS_PUBLISH.

use nom::Parser as _;

use crate::extension::Extensions;
use crate::frame::Body;
use crate::limits::{KEY_PACKAGE_LEN, KEY_PACKAGES};
use crate::list::{Codec, List, list};
use crate::number::{FrameType, RequestId};
use crate::parse::{Bad, Parsed, bytes, number};
use crate::sink::Sink;

/// Files KeyPackages of this device with the server; empty, it asks for the stock. Spec: KEYS_PUBLISH.
///
/// ```text
/// KEYS_PUBLISH Body { Request (i), Key Packages Count (i), Key Packages [Length (i), Key Package (8..24576)],
///     Extensions (..) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct KeysPublish<'a> {
    /// Comes back in KEYS.
    pub request: RequestId,
    /// One-time KeyPackages, at most 16.
    pub key_packages: List<'a, KeyPackageItem<'a>>,
    /// A KeyPackage of last resort: takes the place of the one of its suite. 1 to 3,072 octets.
    pub last_resort: Option<&'a [u8]>,
}

impl<'a> KeysPublish<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::KEYS_PUBLISH;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (request, key_packages)) =
            (number("request"), list("key_packages", 0, KEY_PACKAGES)).parse(body)?;
        let mut frame = Self { request, key_packages, last_resort: None };
        let mut extensions = Extensions::new(rest);
        while let Some(extension) = extensions.next_type()? {
            match extension {
                2 => frame.last_resort = Some(extensions.bytes("last_resort", 1, KEY_PACKAGE_LEN)?),
                _ => extensions.unknown()?,
            }
        }
        Ok(frame)
    }
}

impl Body for KeysPublish<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.request);
        sink.list("key_packages", (0, KEY_PACKAGES), self.key_packages);
        sink.bytes_extension("last_resort", 2, (1, KEY_PACKAGE_LEN), self.last_resort);
    }
}

/// A KeyPackage in a list: its octets as they came; [`crate::mls::KeyPackage`] reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct KeyPackageItem<'a> {
    /// 1 to 3,072 octets.
    pub key_package: &'a [u8],
}

impl<'a> Codec<'a> for KeyPackageItem<'a> {
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let (rest, key_package) = bytes(input, "key_package", (1, KEY_PACKAGE_LEN))?;
        Ok((rest, Self { key_package }))
    }

    fn emit(&self, sink: &mut impl Sink) {
        sink.bytes("key_package", (1, KEY_PACKAGE_LEN), self.key_package);
    }
}
