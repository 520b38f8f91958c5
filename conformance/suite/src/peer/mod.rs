//! The suite's side of the protocol: keys, secure channel, carriers, sessions, and the words that cases use.
//!
//! It shares nothing with the reference: another Noise engine, octets written one by one, frames read by the
//! oracle, which walks the specification's own tables.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what a server may send besides the awaited is one thing here: not the awaited"
)]

pub mod account;
pub mod carrier;
mod code;
mod decode;
pub mod device;
pub mod greeting;
pub mod ids;
pub mod noise;
pub mod octets;
pub mod opening;
mod probe;
pub mod say;
pub mod seen;
pub mod session;

pub use code::Code;
pub use decode::decode;
pub use device::Device;
pub use ids::DeviceId;
pub use opening::{Confirm, Opening, Via};
pub use probe::probe;
pub use seen::Seen;
pub use session::{Session, closed_with};

/// The edge certificate in the payload of the second XX message.
#[must_use]
pub fn certificate_of(payload: &[u8]) -> Option<Vec<u8>> {
    let frames = pinnace_oracle::decode_record(payload).ok()?;
    let mut aliases = std::collections::BTreeMap::new();
    frames.iter().find_map(|frame| match Seen::read(frame, &mut aliases) {
        Seen::Certificate { certificate } => Some(certificate),
        _ => None,
    })
}
