//! What the tests share: fixed keys, configurations, frames, and a pair of sessions.

mod frames;
mod keys;
mod pair;
mod raw;

pub(crate) use frames::*;
pub(crate) use keys::*;
pub(crate) use pair::Pair;
pub(crate) use raw::*;
