//! CLOSE.

use nom::Parser as _;

use crate::extension::Extensions;
use crate::frame::Body;
use crate::number::{Code, DurationMs, FrameType, HelloCounter, Offset};
use crate::parse::{Bad, number, text};
use crate::sink::Sink;

/// Ends the session; nothing follows it. Spec: CLOSE.
///
/// ```text
/// CLOSE Body { Code (i), Frame Type (i), Detail Length (i), Detail (0..1024), Extensions (..) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Close<'a> {
    /// Why; 0 is in good order.
    pub code: Code,
    /// The frame that gave rise to it.
    pub frame_type: Option<FrameType>,
    /// For people who read logs, 0 to 128 octets; never for people who write messages.
    pub detail: &'a str,
    /// When to come again.
    pub retry_after_ms: Option<DurationMs>,
    /// The stored counter, with STALE_HELLO (SES-006).
    pub hello_counter: Option<HelloCounter>,
    /// The first bad octet of the record, with an error of grammar (FRM-018).
    pub offset: Option<Offset>,
}

impl<'a> Close<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::CLOSE;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, (code, frame_type, detail)) =
            (number("code"), number("frame_type"), text("detail", 0, 128)).parse(body)?;
        let mut frame =
            Self { code, frame_type, detail, retry_after_ms: None, hello_counter: None, offset: None };
        let mut extensions = Extensions::new(rest);
        while let Some(extension) = extensions.next_type()? {
            match extension {
                3 => frame.retry_after_ms = Some(extensions.number("retry_after_ms")?),
                5 => frame.hello_counter = Some(extensions.number("hello_counter")?),
                7 => frame.offset = Some(extensions.number("offset")?),
                _ => extensions.unknown()?,
            }
        }
        Ok(frame)
    }
}

impl Body for Close<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        sink.number(self.code);
        sink.number(self.frame_type);
        sink.bytes("detail", (0, 128), self.detail.as_bytes());
        sink.number_extension(3, self.retry_after_ms);
        sink.number_extension(5, self.hello_counter);
        sink.number_extension(7, self.offset);
    }
}
