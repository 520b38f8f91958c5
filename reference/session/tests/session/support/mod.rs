//! What the tests share: fixed keys, configurations, frames, a pair of sessions, and the walk of a table.

mod conversations;
mod devices;
mod frames;
mod keys;
mod pair;
mod raw;
pub(crate) mod table;

pub(crate) use conversations::{bind_conversation, conversation, post};
pub(crate) use devices::*;
pub(crate) use frames::*;
pub(crate) use keys::*;
pub(crate) use pair::Pair;
pub(crate) use raw::*;
