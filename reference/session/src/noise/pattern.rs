//! The two handshake patterns, and what each of their messages adds to its payload.

use super::TAG_LEN;
use super::keys::KEY_LEN;

/// Which handshake is run. Noise 7.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// First contact: three messages, both static keys are sent. The payload of message 1 is in clear, that
    /// of message 2 goes to somebody who has not proved who he is.
    Xx,
    /// The initiator knows the responder's static key: two messages. The payload of message 1 can be
    /// replayed, and is readable by whoever learns the responder's static secret later.
    Ik,
}

/// An ephemeral key, in clear.
const E: usize = KEY_LEN;
/// A static key, sealed.
const S: usize = KEY_LEN + TAG_LEN;

impl Pattern {
    /// The name that starts the handshake hash.
    pub(super) const fn protocol_name(self) -> &'static str {
        match self {
            Self::Xx => "Noise_XX_25519_ChaChaPoly_BLAKE2s",
            Self::Ik => "Noise_IK_25519_ChaChaPoly_BLAKE2s",
        }
    }

    /// How many bytes message `index` (from 0) adds to its payload; 0 where the pattern has no such message.
    pub(super) const fn overhead(self, index: usize) -> usize {
        match (self, index) {
            (Self::Xx, 0) => E,
            (Self::Xx, 1) => E + S + TAG_LEN,
            (Self::Xx, 2) => S + TAG_LEN,
            (Self::Ik, 0) => E + S + TAG_LEN,
            (Self::Ik, 1) => E + TAG_LEN,
            (Self::Xx | Self::Ik, _) => 0,
        }
    }
}
