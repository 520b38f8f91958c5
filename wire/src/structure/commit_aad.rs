//! The authenticated data of a commit.

use nom::Parser as _;

use crate::error::{DecodeError, EncodeError};
use crate::limits::COMMIT_DEVICES;
use crate::list::{List, list};
use crate::octets::DeviceId;
use crate::parse::{Parsed, choice};
use crate::sink::{self, Sink};
use crate::structure::{Structure, decode_whole};

/// Which devices a commit adds to a conversation and which it removes, in the clear, so that the server keeps the roster.
///
/// ```text
/// CommitAad { Version (8) = 1, Added Count (i), Added [Device (128)], Removed Count (i), Removed [Device (128)] }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct CommitAad<'a> {
    /// The devices that come, at most 256. The codec does not judge their order.
    pub added: List<'a, DeviceId>,
    /// The devices that go, at most 256. The codec does not judge their order.
    pub removed: List<'a, DeviceId>,
}

impl<'a> CommitAad<'a> {
    /// The version of the structure.
    pub const VERSION: u8 = 1;
    /// The longest encoding, in octets.
    pub const LEN_MAX: usize = 8_197;

    fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
        let version = choice("version", |version| (version == Self::VERSION).then_some(()));
        let (rest, ((), added, removed)) =
            (version, list("added", 0, COMMIT_DEVICES), list("removed", 0, COMMIT_DEVICES)).parse(input)?;
        Ok((rest, Self { added, removed }))
    }

    /// The structure that these octets are.
    ///
    /// # Errors
    /// The first thing that is wrong; its offset counts from the start of the structure.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        decode_whole("commit_aad", Self::parse, octets)
    }

    /// The length of the encoding in octets.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        sink::measure(|meter| self.emit(meter))
    }

    /// Writes the structure into the front of `out` and tells its length.
    ///
    /// # Errors
    /// `Invalid` when there are too many devices. `BufferTooSmall`.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        sink::encode(out, |meter| self.emit(meter), |writer| self.emit(writer))
    }
}

impl Structure for CommitAad<'_> {
    fn emit(&self, sink: &mut impl Sink) {
        sink.put_array([Self::VERSION]);
        sink.list("added", (0, COMMIT_DEVICES), self.added);
        sink.list("removed", (0, COMMIT_DEVICES), self.removed);
    }
}
