//! COMMIT.

use nom::Parser as _;

use crate::extension::Extensions;
use crate::frame::Body;
use crate::limits::COMMIT_LEN;
use crate::number::{ClientSeq, ConversationAlias, FrameType};
use crate::parse::{Bad, bytes, number};
use crate::sink::Sink;
use crate::structure::{ConversationOrigin, emit_structure};

/// Asks that a commit be the one that ends the current epoch of a conversation; of epoch 0 with its origin, that the
/// conversation begin. Spec: COMMIT.
///
/// ```text
/// COMMIT Body { Client Seq (i), Alias (i), Commit Length (i), Commit (8..458752), Welcome Length (i), Welcome (0..458752),
///     Extensions (..) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Commit<'a> {
    /// The number of this frame among those of the device (DLV-001).
    pub client_seq: ClientSeq,
    /// The conversation, by its alias in the direction of this frame.
    pub alias: ConversationAlias,
    /// An MLSMessage, 1 to 57,344 octets.
    pub commit: &'a [u8],
    /// The MLSMessage of the Welcome, at most 57,344 octets; empty when nobody needs one. Both fit one record.
    pub welcome: &'a [u8],
    /// What the conversation is between, when this commit begins it.
    pub origin: Option<ConversationOrigin>,
}

impl<'a> Commit<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::COMMIT;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (client_seq, alias, commit, welcome)) = (
            number("client_seq"),
            number("alias"),
            |rest| bytes(rest, "commit", (1, COMMIT_LEN)),
            |rest| bytes(rest, "welcome", (0, COMMIT_LEN)),
        )
            .parse(body)?;
        let mut frame = Self { client_seq, alias, commit, welcome, origin: None };
        let mut extensions = Extensions::new(rest);
        while let Some(extension) = extensions.next_type()? {
            match extension {
                2 => {
                    let origin =
                        extensions.structure("origin", ConversationOrigin::LEN, ConversationOrigin::parse)?;
                    frame.origin = Some(origin);
                }
                _ => extensions.unknown()?,
            }
        }
        Ok(frame)
    }
}

impl Body for Commit<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.client_seq);
        sink.number(self.alias);
        sink.bytes("commit", (1, COMMIT_LEN), self.commit);
        sink.bytes("welcome", (0, COMMIT_LEN), self.welcome);
        if let Some(origin) = &self.origin {
            sink.varint(2);
            emit_structure(origin, sink);
        }
    }
}
