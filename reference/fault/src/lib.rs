//! Faults planted in the reference server, by which the conformance suite is proven.
//!
//! A fault stands here by name, with the requirements that it breaks, and is asked about at the one place where the
//! rule lives. Without the feature `gallery` the answer is a constant, and nothing of the fault is compiled.
//!
//! Every requirement that binds a server has a fault here, or a reason in `unplanted.toml` why it has none.
//!
//! ```
//! use pinnace_fault::session as fault;
//! assert!(!fault::PING_UNANSWERED.is_on());
//! ```
#![no_std]

#[macro_use]
mod table;

pub mod carrier;
pub mod channel;
pub mod conversations;
pub mod delivery;
pub mod devices;
pub mod framing;
pub mod keys;
pub mod limits;
pub mod mailbox;
pub mod outcome;
pub mod registration;
pub mod session;

#[cfg(feature = "gallery")]
mod gallery;

#[cfg(feature = "gallery")]
pub use gallery::{Named, all, named};
pub use table::{Fault, Kind};
