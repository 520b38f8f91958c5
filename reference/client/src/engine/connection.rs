//! The connection of the engine, as far as it knows of one.

use pinnace_session::ClientSession;

/// The connection of the engine.
#[derive(Debug)]
pub(super) enum Connection {
    /// None.
    Down,
    /// One in the making.
    Connecting,
    /// One that is made. Its session begins, with this hello_counter, once that is durable.
    Opening(u64),
    /// One with a session on it.
    Up(Box<ClientSession>),
}
