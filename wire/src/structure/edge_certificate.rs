//! The edge certificate.

use nom::Parser as _;

use crate::error::{DecodeError, EncodeError};
use crate::number::UnixS;
use crate::octets::{NoiseKey, RootKeyId, Signature};
use crate::parse::{Parsed, array, choice, number, text};
use crate::sink::{self, Sink};
use crate::structure::{Signed, SignedPart, Structure, decode_whole, signed_part};

/// Says that the realm certified an edge's static key for a time (CHN-019).
///
/// ```text
/// EdgeCertificate { Version (8) = 1, Edge Key (256), Root Key Id (64), Region Length (i), Region (0..256), Not Before (i), Not After (i), Signature (512) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct EdgeCertificate<'a> {
    /// The edge's static key.
    pub edge_key: NoiseKey<'a>,
    /// The root that signed.
    pub root_key_id: RootKeyId,
    /// Where the edge stands, 0 to 32 octets of UTF-8.
    pub region: &'a str,
    /// Valid from this second on.
    pub not_before_s: UnixS,
    /// Valid up to and with this second.
    pub not_after_s: UnixS,
    /// By the root, over [`Self::signed_part`].
    pub signature: Signature<'a>,
}

impl<'a> EdgeCertificate<'a> {
    /// The label of the signature.
    pub const LABEL: &'static str = "pinnace/1 edge certificate";
    /// The version of the structure.
    pub const VERSION: u8 = 1;
    /// The shortest and the longest encoding, in octets.
    pub(crate) const LEN: (usize, usize) = (108, 154);

    pub(crate) fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let version = choice("version", |version| (version == Self::VERSION).then_some(()));
        let (rest, ((), edge_key, root_key_id, region, not_before_s, not_after_s, signature)) = (
            version,
            array("edge_key").map(NoiseKey::new),
            array("root_key_id").map(|octets| RootKeyId::new(*octets)),
            text("region", 0, 32),
            number("not_before_s"),
            number("not_after_s"),
            array("signature").map(Signature::new),
        )
            .parse(input)?;
        Ok((rest, Self { edge_key, root_key_id, region, not_before_s, not_after_s, signature }))
    }

    /// The structure that these octets are.
    ///
    /// # Errors
    /// The first thing that is wrong; its offset counts from the start of the structure.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        decode_whole("edge_certificate", Self::parse, octets)
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
    /// `Invalid` when the region is too long; `BufferTooSmall`.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        sink::encode(out, |meter| self.emit(meter), |writer| self.emit(writer))
    }
}

impl Signed for EdgeCertificate<'_> {
    fn emit_signed(&self, sink: &mut impl Sink) {
        sink.put_array([Self::VERSION]);
        sink.put_array(*self.edge_key.as_bytes());
        sink.put_array(*self.root_key_id.as_bytes());
        sink.bytes("region", (0, 32), self.region.as_bytes());
        sink.number(self.not_before_s);
        sink.number(self.not_after_s);
    }
}

impl Structure for EdgeCertificate<'_> {
    fn emit(&self, sink: &mut impl Sink) {
        self.emit_signed(sink);
        sink.put_array(*self.signature.as_bytes());
    }
}
