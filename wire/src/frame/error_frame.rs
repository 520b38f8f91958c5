//! ERROR.

use nom::Parser as _;

use crate::extension::Extensions;
use crate::frame::Body;
use crate::number::{ClientSeq, DurationMs, FrameCode, FrameType, Subject};
use crate::parse::{Bad, number, text};
use crate::sink::Sink;

/// Says that one frame was not done, and why; the session goes on. Spec: ERROR.
///
/// ```text
/// ERROR Body { Code (i), Frame Type (i), Subject (i), Detail Length (i), Detail (0..1024),
///     Extensions (..) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct ErrorFrame<'a> {
    /// Why.
    pub code: FrameCode,
    /// The type of the frame that it answers (ERR-005).
    pub frame_type: FrameType,
    /// The client_seq of the SEND or VOID that it answers (ERR-006), the request of a query, otherwise 0.
    pub subject: Subject,
    /// For people who read logs, 0 to 128 octets; never for people who write messages.
    pub detail: &'a str,
    /// When to come again.
    pub retry_after_ms: Option<DurationMs>,
    /// The next number, with SEQ_GAP (DLV-005).
    pub expected: Option<ClientSeq>,
}

impl<'a> ErrorFrame<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::ERROR;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (code, frame_type, subject, detail)) =
            (number("code"), number("frame_type"), number("subject"), text("detail", 0, 128)).parse(body)?;
        let mut frame = Self { code, frame_type, subject, detail, retry_after_ms: None, expected: None };
        let mut extensions = Extensions::new(rest);
        while let Some(extension) = extensions.next_type()? {
            match extension {
                3 => frame.retry_after_ms = Some(extensions.number("retry_after_ms")?),
                5 => frame.expected = Some(extensions.number("expected")?),
                _ => extensions.unknown()?,
            }
        }
        Ok(frame)
    }
}

impl Body for ErrorFrame<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.code);
        sink.number(self.frame_type);
        sink.number(self.subject);
        sink.bytes("detail", (0, 128), self.detail.as_bytes());
        sink.number_extension(3, self.retry_after_ms);
        sink.number_extension(5, self.expected);
    }
}
