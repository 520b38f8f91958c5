//! A view into the channel, for debugging.

use pinnace_session::Direction;

/// Is shown what the channel hides. For debugging only: whoever holds what it is shown can read everything.
pub trait Observe: Send {
    /// The keys of a session, one line: `PINNACE_SECRETS`, handshake hash, the key of each direction.
    fn on_keys(&mut self, line: &str);

    /// The frames of one record, decrypted.
    fn on_record(&mut self, direction: Direction, plaintext: &[u8]);
}
