//! CERTIFICATE.

use crate::extension::Extensions;
use crate::frame::Body;
use crate::number::FrameType;
use crate::parse::{Bad, structure};
use crate::sink::Sink;
use crate::structure::{EdgeCertificate, RootSuccessor, emit_structure};

/// Proves, inside handshake message 2 of XX, that the realm certified this edge's static key. Spec: CERTIFICATE.
///
/// ```text
/// CERTIFICATE Body { Certificate Length (i), Certificate (864..1232), Extensions (..) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Certificate<'a> {
    /// The realm's word for this edge (CHN-019).
    pub certificate: EdgeCertificate<'a>,
    /// The root that will follow.
    pub successor: Option<RootSuccessor<'a>>,
}

impl<'a> Certificate<'a> {
    /// The frame's type.
    pub const TYPE: FrameType = FrameType::CERTIFICATE;

    #[inline]
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Bad<'a>> {
        let (rest, certificate) =
            structure("certificate", EdgeCertificate::LEN, EdgeCertificate::parse)(body)?;
        let mut frame = Self { certificate, successor: None };
        let mut extensions = Extensions::new(rest);
        while let Some(extension) = extensions.next_type()? {
            match extension {
                13 => {
                    frame.successor =
                        Some(extensions.structure("successor", RootSuccessor::LEN, RootSuccessor::parse)?)
                }
                _ => extensions.unknown()?,
            }
        }
        Ok(frame)
    }
}

impl Body for Certificate<'_> {
    #[inline]
    fn emit(&self, sink: &mut impl Sink) {
        emit_structure(&self.certificate, sink);
        if let Some(successor) = &self.successor {
            sink.varint(13);
            emit_structure(successor, sink);
        }
    }
}
