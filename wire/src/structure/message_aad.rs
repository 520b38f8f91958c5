//! The authenticated data of a message.

use crate::error::{DecodeError, EncodeError};
use crate::parse::{Parsed, choice};
use crate::sink::{self, Sink};
use crate::structure::{Structure, decode_whole};

/// What a message of a conversation authenticates beside its payload: that it is of this form.
///
/// ```text
/// MessageAad { Version (8) = 1 }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct MessageAad;

impl MessageAad {
    /// The version of the structure.
    pub const VERSION: u8 = 1;
    /// The longest encoding, in octets.
    pub const LEN_MAX: usize = 1;

    fn parse(input: &[u8]) -> Parsed<'_, Self> {
        choice("version", |version| (version == Self::VERSION).then_some(Self))(input)
    }

    /// The structure that these octets are.
    ///
    /// # Errors
    /// The first thing that is wrong; its offset counts from the start of the structure.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        decode_whole("message_aad", Self::parse, octets)
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

impl Structure for MessageAad {
    fn emit(&self, sink: &mut impl Sink) {
        sink.put_array([Self::VERSION]);
    }
}
