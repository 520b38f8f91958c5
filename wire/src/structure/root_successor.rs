//! The root successor.

use nom::Parser as _;

use crate::error::{DecodeError, EncodeError};
use crate::number::UnixS;
use crate::octets::{RootKey, Signature};
use crate::parse::{Parsed, array, choice, number};
use crate::sink::{self, Sink};
use crate::structure::{Signed, SignedPart, Structure, decode_whole, signed_part};

/// Names the root key that follows the current one, signed by the current one.
///
/// ```text
/// RootSuccessor { Version (8) = 1, Root Key (256), Not Before (i), Signature (512) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct RootSuccessor<'a> {
    /// The next root key.
    pub root_key: RootKey<'a>,
    /// In force from this second on.
    pub not_before_s: UnixS,
    /// By the current root, over [`Self::signed_part`].
    pub signature: Signature<'a>,
}

impl<'a> RootSuccessor<'a> {
    /// The label of the signature.
    pub const LABEL: &'static str = "pinnace/1 root successor";
    /// The version of the structure.
    pub const VERSION: u8 = 1;
    /// The shortest and the longest encoding, in octets.
    pub(crate) const LEN: (usize, usize) = (98, 105);

    pub(crate) fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let version = choice("version", |version| (version == Self::VERSION).then_some(()));
        let (rest, ((), root_key, not_before_s, signature)) = (
            version,
            array("root_key").map(RootKey::new),
            number("not_before_s"),
            array("signature").map(Signature::new),
        )
            .parse(input)?;
        Ok((rest, Self { root_key, not_before_s, signature }))
    }

    /// The structure that these octets are.
    ///
    /// # Errors
    /// The first thing that is wrong; its offset counts from the start of the structure.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        decode_whole("root_successor", Self::parse, octets)
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

impl Signed for RootSuccessor<'_> {
    fn emit_signed(&self, sink: &mut impl Sink) {
        sink.put_array([Self::VERSION]);
        sink.put_array(*self.root_key.as_bytes());
        sink.number(self.not_before_s);
    }
}

impl Structure for RootSuccessor<'_> {
    fn emit(&self, sink: &mut impl Sink) {
        self.emit_signed(sink);
        sink.put_array(*self.signature.as_bytes());
    }
}
