//! The records of a server until the handshake is complete: in the clear, and the same in every version (INV-003, INV-004).

use nom::number::complete::{be_u8, be_u32};
use nom::{Offset as _, Parser as _};

use crate::error::{DecodeError, DecodeErrorKind, EncodeError};
use crate::parse::{self, Bad, bad};
use crate::registry::RejectReason;
use crate::sink::{self, Sink};

/// One record of a server before the end of the handshake.
///
/// ```text
/// HANDSHAKE { Kind (8) = 0, Noise Message (..) }
/// RETRY     { Kind (8) = 1 }
/// REJECT    { Kind (8) = 2, Reason (8), Retry After ms (32), Highest Version (8) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum ServerRecord<'a> {
    /// A Noise handshake message.
    Handshake(&'a [u8]),
    /// The IK message could not be opened: start XX on this connection (CHN-006).
    Retry,
    /// The connection ends. Not authenticated: a client lowers nothing and forgets nothing because of it (CHN-017).
    Reject {
        /// Why.
        reason: RejectReason,
        /// When to come again.
        retry_after_ms: u32,
        /// The highest version that the server speaks.
        highest_version: u8,
    },
}

impl<'a> ServerRecord<'a> {
    /// The meaning of a whole record.
    ///
    /// # Errors
    /// `OutOfRange` for an unknown kind, `Truncated` and `Trailing`; on each the client ends the connection.
    pub fn decode(record: &'a [u8]) -> Result<Self, DecodeError> {
        parse_record(record).map_err(|error| {
            let fault = parse::fault(error, record);
            let field = if fault.field.is_empty() { "record" } else { fault.field };
            DecodeError { kind: fault.kind, offset: record.offset(fault.at), frame_type: None, field }
        })
    }

    /// The length of the encoding in octets.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        sink::measure(|meter| self.emit(meter))
    }

    /// Writes the record into the front of `out` and tells its length.
    ///
    /// # Errors
    /// `BufferTooSmall`.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, EncodeError> {
        sink::encode(out, |meter| self.emit(meter), |writer| self.emit(writer))
    }

    fn emit(&self, sink: &mut impl Sink) {
        match self {
            Self::Handshake(message) => {
                sink.put_array([0]);
                sink.put(message);
            }
            Self::Retry => sink.put_array([1]),
            Self::Reject { reason, retry_after_ms, highest_version } => {
                sink.put_array([2, reason.value()]);
                sink.put_array(retry_after_ms.to_be_bytes());
                sink.put_array([*highest_version]);
            }
        }
    }
}

fn parse_record(record: &[u8]) -> Result<ServerRecord<'_>, Bad<'_>> {
    let (rest, kind) = be_u8(record)?;
    match kind {
        0 => Ok(ServerRecord::Handshake(rest)),
        1 => parse::whole(|rest| Ok((rest, ServerRecord::Retry)), rest, "record"),
        2 => parse::whole(
            |rest| {
                let (rest, (reason, retry_after_ms, highest_version)) = (be_u8, be_u32, be_u8).parse(rest)?;
                let reason = RejectReason::from_wire(reason);
                Ok((rest, ServerRecord::Reject { reason, retry_after_ms, highest_version }))
            },
            rest,
            "record",
        ),
        _ => Err(bad(record, DecodeErrorKind::OutOfRange, "record_kind")),
    }
}
