//! From a record to its frames.

use core::num::NonZeroUsize;

use nom::Offset as _;

use crate::error::{DecodeError, DecodeErrorKind};
use crate::frame::{Frame, dispatch};
use crate::limits::RECORD_LEN;
use crate::number::FrameType;
use crate::parse::{self, Bad, bad};

/// A frame and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed<'a> {
    /// The frame.
    pub frame: Frame<'a>,
    /// The place of its type's first octet, from the start of the record.
    pub offset: usize,
    /// The length of its body in octets, unknown extensions included: what it costs of the credit in octets.
    pub body_len: usize,
}

/// What the front of some octets holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a box would allocate")]
pub enum Deframed<'a> {
    /// One whole frame, and the octets after it.
    Frame {
        /// The frame; its offset is 0.
        placed: Placed<'a>,
        /// The octets after it.
        rest: &'a [u8],
    },
    /// Nothing is wrong; more octets are needed.
    Incomplete {
        /// How many octets the part that is cut (type, length or body) still lacks. More may be needed after them.
        needed: NonZeroUsize,
    },
}

impl<'a> Frame<'a> {
    /// The first frame of some octets that may be cut anywhere. For whole records use [`frames`].
    ///
    /// # Errors
    /// The first thing that is wrong, see the crate's documentation. That octets are missing is not an error, unless the
    /// frame could not end within any record.
    pub fn decode(octets: &'a [u8]) -> Result<Deframed<'a>, DecodeError> {
        match head(octets, octets) {
            Ok((body, head)) if body.len() < head.body_len => {
                missing(octets, head.body_len - body.len(), Some(head.frame_type))
            }
            Ok(_) => {
                let mut walk = frames(octets);
                let placed = walk.next().transpose()?;
                let incomplete = Deframed::Incomplete { needed: NonZeroUsize::MIN };
                Ok(placed.map_or(incomplete, |placed| Deframed::Frame { placed, rest: walk.rest }))
            }
            Err(error) if error.kind == DecodeErrorKind::Truncated => {
                let type_len = error.frame_type.map_or(0, |_| varint_len(octets));
                let cut = octets.get(type_len..).unwrap_or(&[]);
                missing(octets, varint_len(cut).saturating_sub(cut.len()), error.frame_type)
            }
            Err(error) => Err(error),
        }
    }
}

/// The length of the varint that these octets begin; 1 when there are none.
fn varint_len(octets: &[u8]) -> usize {
    octets.first().map_or(1, |first| 1 << (first >> 6))
}

fn missing<'a>(
    octets: &'a [u8],
    len: usize,
    frame_type: Option<FrameType>,
) -> Result<Deframed<'a>, DecodeError> {
    match NonZeroUsize::new(len) {
        Some(needed) if len <= RECORD_LEN.saturating_sub(octets.len()) => Ok(Deframed::Incomplete { needed }),
        Some(_) | None => {
            let (kind, offset) = (DecodeErrorKind::Truncated, octets.len());
            Err(DecodeError { kind, offset, frame_type, field: "body" })
        }
    }
}

#[derive(Clone, Copy)]
struct Head {
    frame_type: FrameType,
    body_len: usize,
    /// The place of the type in the record.
    offset: usize,
}

/// Type and length of the frame at the front of `rest`, the end of `record`; what follows them.
#[inline]
fn head<'a>(record: &[u8], rest: &'a [u8]) -> Result<(&'a [u8], Head), DecodeError> {
    let (after_type, value) =
        parse::varint(rest, "type").map_err(|error| located(error, rest, record, None))?;
    let Some(frame_type) = FrameType::new(value) else {
        return Err(located(bad(rest, DecodeErrorKind::ReservedType, "type"), rest, record, None));
    };
    let known = Some(frame_type);
    if frame_type.is_refused() {
        return Err(located(bad(rest, DecodeErrorKind::UnknownFrame, "type"), rest, record, known));
    }
    let (body, body_len) = parse::length(after_type, "length", (0, usize::MAX))
        .map_err(|error| located(error, after_type, record, known))?;
    Ok((body, Head { frame_type, body_len, offset: record.len() - rest.len() }))
}

#[cold]
fn located<'a>(error: Bad<'a>, input: &'a [u8], record: &[u8], frame_type: Option<FrameType>) -> DecodeError {
    let fault = parse::fault(error, input);
    DecodeError { kind: fault.kind, offset: record.offset(fault.at), frame_type, field: fault.field }
}

/// The frames of one whole record, in order, up to the first error (CHN-014, FRM-016). A record may be empty (FRM-017).
#[must_use]
pub const fn frames(record: &[u8]) -> Frames<'_> {
    Frames { record, rest: record }
}

/// Walks a record; ends after the first error.
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    record: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<Placed<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        // Whatever is wrong ends the walk; a frame lets it go on.
        let start = core::mem::take(&mut self.rest);
        let (rest, head) = match head(self.record, start) {
            Ok(found) => found,
            Err(error) => return Some(Err(error)),
        };
        match parse::octets(rest, "body", head.body_len) {
            Ok((rest, body)) => {
                self.rest = rest;
                let Head { frame_type, offset, .. } = head;
                dispatch(Decoder { walk: self, frame_type, offset, body })
            }
            Err(error) => Some(Err(located(error, rest, self.record, Some(head.frame_type)))),
        }
    }
}

/// A body that is there and the walk that found it.
pub(crate) struct Decoder<'w, 'a> {
    walk: &'w mut Frames<'a>,
    pub(crate) frame_type: FrameType,
    /// The place of the type in the record.
    offset: usize,
    body: &'a [u8],
}

impl<'a> Decoder<'_, 'a> {
    /// The body as that of one frame; an error ends the walk. The item is made in one place, since moving it costs more
    /// than decoding a small frame.
    #[inline]
    pub(crate) fn run<B: Into<Frame<'a>>>(
        self,
        parse: impl FnOnce(&'a [u8]) -> Result<B, Bad<'a>>,
    ) -> Option<Result<Placed<'a>, DecodeError>> {
        let Self { walk, frame_type, offset, body } = self;
        match parse(body) {
            Ok(frame) => Some(Ok(Placed { frame: frame.into(), offset, body_len: body.len() })),
            Err(error) => {
                walk.rest = &[];
                Some(Err(located(error, body, walk.record, Some(frame_type))))
            }
        }
    }
}

impl core::iter::FusedIterator for Frames<'_> {}
