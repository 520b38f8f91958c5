//! Structures that stand inside fields or in what an MLS message authenticates. The codec checks their form; signatures are
//! the session's to verify.

mod commit_aad;
mod conversation_origin;
mod device_certificate;
mod edge_certificate;
mod message_aad;
mod root_successor;
mod signed_device_list;

use core::fmt;

use nom::Offset as _;

use crate::error::DecodeError;
use crate::octets::Signature;
use crate::parse::{self, Parsed};
use crate::sink::{self, Sink, Writer};

pub use commit_aad::CommitAad;
pub use conversation_origin::ConversationOrigin;
pub use device_certificate::DeviceCertificate;
pub use edge_certificate::EdgeCertificate;
pub use message_aad::MessageAad;
pub use root_successor::RootSuccessor;
pub use signed_device_list::SignedDeviceList;

/// The longest part before a signature: that of the device list.
const SIGNED_LEN: usize = SignedDeviceList::LEN_MAX - Signature::LEN;

/// The octets of a structure before its signature: what is signed, after the label, a zero octet and the realm id.
#[derive(Clone, Copy)]
pub struct SignedPart {
    octets: [u8; SIGNED_LEN],
    len: usize,
}

impl SignedPart {
    /// Room is for the longest structure; a longer one is cut here and refused by its encoder.
    fn of(measured: usize, write: impl FnOnce(&mut Writer<'_>)) -> Self {
        let mut octets = [0; SIGNED_LEN];
        let len = measured.min(SIGNED_LEN);
        write(&mut Writer { room: &mut octets });
        Self { octets, len }
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.octets.get(..self.len).unwrap_or(&[])
    }
}

impl fmt::Debug for SignedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedPart({} octets)", self.len)
    }
}

/// How a structure is written.
pub(crate) trait Structure {
    fn emit(&self, sink: &mut impl Sink);
}

/// A structure whose last field is a signature over the octets before it.
pub(crate) trait Signed: Structure {
    fn emit_signed(&self, sink: &mut impl Sink);
}

fn signed_part(structure: &impl Signed) -> SignedPart {
    let len = sink::measure(|meter| structure.emit_signed(meter));
    SignedPart::of(len, |writer| structure.emit_signed(writer))
}

/// A structure behind its length, as a field or the value of an extension.
pub(crate) fn emit_structure(structure: &impl Structure, sink: &mut impl Sink) {
    sink.len(sink::measure(|meter| structure.emit(meter)));
    structure.emit(sink);
}

/// Octets that are one structure, of that name, and stand in no record.
pub(crate) fn decode_whole<'a, T>(
    name: &'static str,
    parser: impl Fn(&'a [u8]) -> Parsed<'a, T>,
    octets: &'a [u8],
) -> Result<T, DecodeError> {
    parse::whole(parser, octets, name).map_err(|error| {
        let fault = parse::fault(error, octets);
        DecodeError {
            kind: fault.kind,
            offset: octets.offset(fault.at),
            frame_type: None,
            field: fault.field,
        }
    })
}
