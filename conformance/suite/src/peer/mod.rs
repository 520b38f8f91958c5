//! The suite's side of the protocol: keys, secure channel, carriers, sessions, and the words that cases use.
//!
//! It shares nothing with the reference: another Noise engine, octets written one by one, frames read by the
//! oracle, which walks the specification's own tables.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what a server may send besides the awaited is one thing here: not the awaited"
)]

pub mod account;
pub mod ask;
pub mod carrier;
mod code;
pub mod conversation;
mod decode;
pub mod device;
pub mod directory;
pub mod greeting;
pub mod ids;
pub mod key_package;
pub mod list;
pub mod mls;
pub mod noise;
pub mod opening;
mod probe;
pub mod say;
pub mod seen;
pub mod session;
pub mod talk;

pub use code::Code;
pub use conversation::Talk;
pub use decode::decode;
pub use device::Device;
pub use ids::{ConversationId, DeviceId};
pub use opening::{Confirm, Opening, Via};
pub use pinnace_oracle::octets;
pub use probe::probe;
pub use seen::Seen;
pub use session::{Session, closed_with};

/// The octets of the edge certificate in the payload of the second XX message.
#[must_use]
pub fn certificate_of(payload: &[u8]) -> Option<Vec<u8>> {
    let frames = pinnace_oracle::decode_record(payload).ok()?;
    let frame = frames.iter().find(|frame| frame.name == "CERTIFICATE")?;
    let end = frame.offset.checked_add(frame.len)?;
    let body = payload.get(end.checked_sub(frame.body_len)?..end)?;
    // A certificate has 108 octets and more, so that its length is a varint of two octets.
    let [high, low, rest @ ..] = body else { return None };
    let len = usize::from(u16::from_be_bytes([high & 0x3f, *low]));
    rest.get(..len).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod read_back {
    /// Frames that were written by hand say this when the second decoder reads them.
    pub(super) fn reads_as(octets: &[u8], line: &str) {
        let frames = pinnace_oracle::decode_record(octets).unwrap();
        let lines: Vec<String> = frames.iter().map(ToString::to_string).collect();
        assert_eq!(lines.join("; "), line);
    }
}
