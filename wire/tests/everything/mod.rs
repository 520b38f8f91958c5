//! All that the codec can do with some octets, whatever they are.

use pinnace_wire::mls::{Envelope, KeyPackage};
use pinnace_wire::{
    CommitAad, ConversationOrigin, DeviceCertificate, EdgeCertificate, Frame, MessageAad, Preface,
    RootSuccessor, ServerRecord, SignedDeviceList, frames,
};

/// Decodes the octets as everything that they could be, encodes what came out. The sum keeps the compiler from leaving
/// any of it out.
pub(crate) fn everything(octets: &[u8], out: &mut [u8]) -> usize {
    let mut sum = 0;
    for placed in frames(octets) {
        match placed {
            Ok(placed) => {
                sum += placed.frame.encode(out).unwrap_or(0)
                    + placed.frame.encoded_len()
                    + placed.frame.body_len();
                if let Frame::Welcome(welcome) = placed.frame {
                    sum += welcome.exceptions.iter().count() + welcome.limits.iter().count();
                }
            }
            Err(error) => sum += error.offset,
        }
    }
    sum += Frame::decode(octets).map_or(0, |_| 1);
    sum += Preface::decode(octets).map_or(0, |(found, _)| found.encode(out).unwrap_or(0));
    sum += ServerRecord::decode(octets).map_or(0, |found| found.encode(out).unwrap_or(0));
    sum += EdgeCertificate::decode(octets).map_or(0, |found| found.signed_part().as_bytes().len());
    sum += RootSuccessor::decode(octets).map_or(0, |found| found.signed_part().as_bytes().len());
    sum += ConversationOrigin::decode(octets).map_or(0, |found| found.encode(out).unwrap_or(0));
    sum += MessageAad::decode(octets).map_or(0, |found| found.encode(out).unwrap_or(0));
    sum += CommitAad::decode(octets).map_or(0, |found| found.encode(out).unwrap_or(0));
    sum +=
        KeyPackage::decode(octets).map_or_else(|error| error.offset, |found| found.extensions.iter().count());
    sum += Envelope::decode(octets).map_or_else(|error| error.offset, |found| found.authenticated_data.len());
    sum += SignedDeviceList::decode(octets).map_or(0, |found| found.signed_part().as_bytes().len());
    sum + DeviceCertificate::decode(octets).map_or(0, |found| found.signed_part().as_bytes().len())
}
