//! The key log's source: the two keys of a channel, for a debugging tool. Off unless feature `keylog` is on.

use core::fmt;

use zeroize::Zeroizing;

use super::handshake::Handshake;
use super::handshake_error::HandshakeError;
use super::keys::KEY_LEN;

/// The keys of a channel. Whoever has them reads and forges everything in it.
pub struct TransportKeys {
    /// Seals what the initiator sends.
    pub initiator: Zeroizing<[u8; KEY_LEN]>,
    /// Seals what the responder sends.
    pub responder: Zeroizing<[u8; KEY_LEN]>,
}

impl Handshake {
    /// The keys of the channel that this finished handshake is about to become.
    ///
    /// # Errors
    ///
    /// [`HandshakeError::OutOfTurn`] before the last message.
    pub fn expose_transport_keys(&mut self) -> Result<TransportKeys, HandshakeError> {
        let (initiator, responder) = self.finished()?.dangerously_get_raw_split();
        Ok(TransportKeys { initiator: Zeroizing::new(initiator), responder: Zeroizing::new(responder) })
    }
}

impl fmt::Debug for TransportKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransportKeys(..)")
    }
}
