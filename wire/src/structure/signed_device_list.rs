//! The device list as its account signed it.

use nom::Parser as _;

use crate::error::{DecodeError, EncodeError};
use crate::limits::LISTED_DEVICES;
use crate::list::{Codec, List, list};
use crate::number::{ListVersion, UnixS};
use crate::octets::{DeviceId, IdentityKey, ListDigest, Signature};
use crate::parse::{Parsed, array, choice, number};
use crate::sink::{self, Sink};
use crate::structure::{Signed, SignedPart, Structure, decode_whole, signed_part};

/// Says which devices an account has, signed by the identity key that it contains; each list names the one before it.
///
/// ```text
/// SignedDeviceList { Version (8) = 1, Identity Key (256), List Version (i), Previous (256), Issued S (i),
///     Devices Count (i), Devices [Device (128)], Signature (512) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct SignedDeviceList<'a> {
    /// The account's key; it signs.
    pub identity_key: IdentityKey<'a>,
    /// One more than that of the list before it.
    pub list_version: ListVersion,
    /// The digest of the list before it; all zero in the first.
    pub previous: ListDigest<'a>,
    /// When it was signed.
    pub issued_s: UnixS,
    /// The devices, 1 to 64. The codec does not judge their order.
    pub devices: List<'a, DeviceId>,
    /// By the identity key, over [`Self::signed_part`].
    pub signature: Signature<'a>,
}

impl<'a> SignedDeviceList<'a> {
    /// The label of the signature and of the digest.
    pub const LABEL: &'static str = "pinnace/1 device list";
    /// The version of the structure.
    pub const VERSION: u8 = 1;
    /// The longest encoding, in octets.
    pub const LEN_MAX: usize = 1_171;
    /// The shortest and the longest encoding, in octets.
    pub(crate) const LEN: (usize, usize) = (148, Self::LEN_MAX);

    pub(crate) fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let version = choice("version", |version| (version == Self::VERSION).then_some(()));
        let (rest, ((), identity_key, list_version, previous, issued_s, devices, signature)) = (
            version,
            array("identity_key").map(IdentityKey::new),
            number("list_version"),
            array("previous").map(ListDigest::new),
            number("issued_s"),
            list("devices", 1, LISTED_DEVICES),
            array("signature").map(Signature::new),
        )
            .parse(input)?;
        Ok((rest, Self { identity_key, list_version, previous, issued_s, devices, signature }))
    }

    /// The structure that these octets are.
    ///
    /// # Errors
    /// The first thing that is wrong; its offset counts from the start of the structure.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        decode_whole("signed_device_list", Self::parse, octets)
    }

    /// What is signed: the octets before the signature.
    #[must_use]
    pub fn signed_part(&self) -> SignedPart {
        signed_part(self)
    }

    /// The length of the encoding in octets.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        sink::measure(|meter| self.emit(meter))
    }

    /// Writes the structure into the front of `out` and tells its length.
    ///
    /// # Errors
    /// `Invalid` when there are no devices or too many. `BufferTooSmall`.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        sink::encode(out, |meter| self.emit(meter), |writer| self.emit(writer))
    }
}

impl Signed for SignedDeviceList<'_> {
    fn emit_signed(&self, sink: &mut impl Sink) {
        sink.put_array([Self::VERSION]);
        sink.put_array(*self.identity_key.as_bytes());
        sink.number(self.list_version);
        sink.put_array(*self.previous.as_bytes());
        sink.number(self.issued_s);
        sink.list("devices", (1, LISTED_DEVICES), self.devices);
    }
}

impl Structure for SignedDeviceList<'_> {
    fn emit(&self, sink: &mut impl Sink) {
        self.emit_signed(sink);
        sink.put_array(*self.signature.as_bytes());
    }
}

impl<'a> Codec<'a> for DeviceId {
    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        array("device").map(|octets| Self::new(*octets)).parse(input)
    }

    fn emit(&self, sink: &mut impl Sink) {
        sink.put_array(*self.as_bytes());
    }
}
