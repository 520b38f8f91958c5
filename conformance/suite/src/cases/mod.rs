//! The registry of cases, one module a chapter of the specification.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what a server may send besides the awaited is one thing here: not the awaited"
)]

mod carriers;
mod channel;
mod delivery;
mod framing;
mod registration;
mod session;
mod words;

use crate::case::Case;

/// Every case, in the order of the specification.
#[must_use]
pub fn all() -> Vec<Case> {
    [carriers::cases(), channel::cases(), framing::cases(), session::cases(), registration::cases(), delivery::cases()].into_iter().flatten().collect()
}
