//! What an MLS signature is over.

use crate::error::EncodeError;
use crate::sink::{self, Sink};

/// `SignContent` (RFC 9420, 5.1.2): a label that starts with `MLS 1.0 `, and octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SignContent<'a> {
    /// The label, without its start.
    pub label: &'static str,
    /// The octets.
    pub content: &'a [u8],
}

impl SignContent<'_> {
    /// The start of each label.
    const START: &'static str = "MLS 1.0 ";

    /// The length of the encoding in octets.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        sink::measure(|meter| self.emit(meter))
    }

    /// Writes what is signed into the front of `out` and tells its length.
    ///
    /// # Errors
    /// `BufferTooSmall` tells the length that is needed.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        sink::encode(out, |meter| self.emit(meter), |writer| self.emit(writer))
    }

    fn emit(&self, sink: &mut impl Sink) {
        sink.len(Self::START.len() + self.label.len());
        sink.put(Self::START.as_bytes());
        sink.put(self.label.as_bytes());
        sink.len(self.content.len());
        sink.put(self.content);
    }
}
