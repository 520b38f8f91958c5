//! The registry of cases, one module a chapter of the specification.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what a server may send besides the awaited is one thing here: not the awaited"
)]

mod bounds;
mod carriers;
mod channel;
mod conversations;
mod delivery;
mod devices;
mod durability;
mod errors;
mod framing;
mod keys;
mod races;
mod registration;
mod session;
pub(crate) mod walk;
mod words;

use crate::case::Case;

/// Every case, in the order of the specification.
#[must_use]
pub fn all() -> Vec<Case> {
    [
        carriers::cases(),
        channel::cases(),
        framing::cases(),
        session::cases(),
        registration::cases(),
        delivery::cases(),
        errors::cases(),
        races::cases(),
        durability::cases(),
        bounds::cases(),
        devices::cases(),
        keys::cases(),
        conversations::cases(),
        walk::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
