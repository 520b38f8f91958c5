//! The device certificate.

use nom::Parser as _;

use crate::error::{DecodeError, EncodeError};
use crate::number::UnixS;
use crate::octets::{AccountId, DeviceId, IdentityKey, NoiseKey, Signature, SignatureKey};
use crate::parse::{Parsed, array, choice, number};
use crate::sink::{self, Sink};
use crate::structure::{Signed, SignedPart, Structure, decode_whole, signed_part};

/// Says that an account owns a device, signed by the identity key that it contains (REG-014 to REG-017).
///
/// ```text
/// DeviceCertificate { Version (8) = 1, Identity Key (256), Device (128), Noise Key (256), Signature Key (256), Account (128), Not After (i), Signature (512) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct DeviceCertificate<'a> {
    /// The account's key; it signs.
    pub identity_key: IdentityKey<'a>,
    /// Derived from the noise key.
    pub device: DeviceId,
    /// The device's static key.
    pub noise_key: NoiseKey<'a>,
    /// The device's signature key.
    pub signature_key: SignatureKey<'a>,
    /// Derived from the identity key.
    pub account: AccountId,
    /// Valid up to and with this second.
    pub not_after_s: UnixS,
    /// By the identity key, over [`Self::signed_part`].
    pub signature: Signature<'a>,
}

impl<'a> DeviceCertificate<'a> {
    /// The label of the signature.
    pub const LABEL: &'static str = "pinnace/1 device certificate";
    /// The version of the structure.
    pub const VERSION: u8 = 1;
    /// The shortest and the longest encoding, in octets.
    pub(crate) const LEN: (usize, usize) = (194, 201);

    pub(crate) fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let version = choice("version", |version| (version == Self::VERSION).then_some(()));
        let (rest, ((), identity_key, device, noise_key, signature_key, account, not_after_s, signature)) = (
            version,
            array("identity_key").map(IdentityKey::new),
            array("device").map(|octets| DeviceId::new(*octets)),
            array("noise_key").map(NoiseKey::new),
            array("signature_key").map(SignatureKey::new),
            array("account").map(|octets| AccountId::new(*octets)),
            number("not_after_s"),
            array("signature").map(Signature::new),
        )
            .parse(input)?;
        Ok((rest, Self { identity_key, device, noise_key, signature_key, account, not_after_s, signature }))
    }

    /// The structure that these octets are.
    ///
    /// # Errors
    /// The first thing that is wrong; its offset counts from the start of the structure.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        decode_whole("device_certificate", Self::parse, octets)
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
    /// `BufferTooSmall`.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        sink::encode(out, |meter| self.emit(meter), |writer| self.emit(writer))
    }
}

impl Signed for DeviceCertificate<'_> {
    fn emit_signed(&self, sink: &mut impl Sink) {
        sink.put_array([Self::VERSION]);
        sink.put_array(*self.identity_key.as_bytes());
        sink.put_array(*self.device.as_bytes());
        sink.put_array(*self.noise_key.as_bytes());
        sink.put_array(*self.signature_key.as_bytes());
        sink.put_array(*self.account.as_bytes());
        sink.number(self.not_after_s);
    }
}

impl Structure for DeviceCertificate<'_> {
    fn emit(&self, sink: &mut impl Sink) {
        self.emit_signed(sink);
        sink.put_array(*self.signature.as_bytes());
    }
}
