//! The origin of a conversation.

use nom::Parser as _;

use crate::error::{DecodeError, EncodeError};
use crate::number::Generation;
use crate::octets::{AccountId, SecondParty};
use crate::parse::{Parsed, array, choice, number};
use crate::registry::ConversationKind;
use crate::sink::{self, Sink};
use crate::structure::{Structure, decode_whole};

/// Says what a conversation is between. Its digest is the conversation's id; nobody signs it.
///
/// ```text
/// ConversationOrigin { Version (8) = 1, Kind (8), First (128), Second (128), Generation (i) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct ConversationOrigin {
    /// What it is between.
    pub kind: ConversationKind,
    /// An account: that of all devices, the lower of two, or that of the creator of a group.
    pub first: AccountId,
    /// The same account, the higher of two, or a random nonce.
    pub second: SecondParty,
    /// Tells apart what is otherwise the same.
    pub generation: Generation,
}

impl ConversationOrigin {
    /// The label of the digest.
    pub const LABEL: &'static str = "pinnace/1 conversation";
    /// The version of the structure.
    pub const VERSION: u8 = 1;
    /// The longest encoding, in octets.
    pub const LEN_MAX: usize = 42;
    /// The shortest and the longest encoding, in octets.
    pub(crate) const LEN: (usize, usize) = (35, Self::LEN_MAX);

    pub(crate) fn parse(input: &[u8]) -> Parsed<'_, Self> {
        let version = choice("version", |version| (version == Self::VERSION).then_some(()));
        let (rest, ((), kind, first, second, generation)) = (
            version,
            choice("kind", ConversationKind::from_wire),
            array("first").map(|octets| AccountId::new(*octets)),
            array("second").map(|octets| SecondParty::new(*octets)),
            number("generation"),
        )
            .parse(input)?;
        Ok((rest, Self { kind, first, second, generation }))
    }

    /// The structure that these octets are.
    ///
    /// # Errors
    /// The first thing that is wrong; its offset counts from the start of the structure.
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        decode_whole("conversation_origin", Self::parse, octets)
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

impl Structure for ConversationOrigin {
    fn emit(&self, sink: &mut impl Sink) {
        sink.put_array([Self::VERSION, self.kind.value()]);
        sink.put_array(*self.first.as_bytes());
        sink.put_array(*self.second.as_bytes());
        sink.number(self.generation);
    }
}
