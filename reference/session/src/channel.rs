//! From frames to records and back: what a session has of the secure channel.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::noise::{Established, Handshake, HandshakeError, PublicKey, TAG_LEN, Transport};
use crate::outbox::Outbox;
use crate::scratch::Scratch;

/// Whether the keys of a session are told for debugging. They open everything that it carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyLog {
    /// They are kept.
    #[default]
    Off,
    /// They are told once, as a line of text, and a client's tap runs. Takes the crate's feature `keylog`; without it
    /// nothing is told.
    On,
}

/// The keys that a session has.
#[derive(Debug, Default)]
pub(crate) enum Channel {
    /// None yet: records leave in the clear.
    #[default]
    Clear,
    /// The peer's last handshake message was read; ours leaves with the first frames. Boxed: it is large and soon gone.
    Answering(Box<Handshake>),
    /// The handshake is complete. Boxed: a session is moved about.
    Live(Box<Transport>),
    /// Nothing leaves any more.
    Ended,
}

/// What a finished handshake tells besides its keys.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) peer: PublicKey,
    pub(crate) key_log: Option<String>,
}

impl Channel {
    /// Turns a handshake whose last message has gone or come into a channel.
    pub(crate) fn establish(
        mut handshake: Handshake,
        key_log: KeyLog,
    ) -> Result<(Self, Finished), HandshakeError> {
        let keys = match key_log {
            KeyLog::On => expose(&mut handshake),
            KeyLog::Off => None,
        };
        let Established { transport, remote_static, handshake_hash } = handshake.into_established()?;
        let key_log = keys.map(|keys| key_log_line(&handshake_hash, &keys));
        Ok((Self::Live(Box::new(transport)), Finished { peer: remote_static, key_log }))
    }

    /// Seals the next record of the outbox to the end of `out` and tells its length.
    pub(crate) fn seal(&mut self, outbox: &mut Outbox, out: &mut Vec<u8>) -> Option<usize> {
        let Self::Live(transport) = self else { return None };
        let plaintext = outbox.front()?;
        let (start, len) = (out.len(), plaintext.len().saturating_add(TAG_LEN));
        out.resize(start.saturating_add(len), 0);
        match transport.seal(plaintext, out.get_mut(start..)?) {
            Ok(_) => {
                outbox.pop();
                Some(len)
            }
            // Only a spent key is left as a cause: the session was told to end long before.
            Err(_) => {
                out.truncate(start);
                *self = Self::Ended;
                None
            }
        }
    }

    /// Opens a record of the peer. `None` ends the connection (CHN-013).
    pub(crate) fn open<'s>(&mut self, record: &[u8], scratch: &'s mut Scratch) -> Option<&'s [u8]> {
        let Self::Live(transport) = self else { return None };
        transport.open(record, scratch.room(record.len())).ok()
    }

    /// How many records were sealed.
    pub(crate) fn sealed_count(&self) -> u64 {
        match self {
            Self::Live(transport) => transport.sealed_count().unwrap_or(0),
            Self::Clear | Self::Answering(_) | Self::Ended => 0,
        }
    }

    /// How many records the busier direction has used.
    pub(crate) fn used_count(&self) -> u64 {
        match self {
            Self::Live(transport) => {
                let counts = [transport.sealed_count(), transport.opened_count()];
                counts.into_iter().flatten().max().unwrap_or(0)
            }
            Self::Clear | Self::Answering(_) | Self::Ended => 0,
        }
    }

    /// Whether something could still leave.
    pub(crate) const fn is_ended(&self) -> bool {
        matches!(self, Self::Ended)
    }
}

/// Both keys, as the log writes them.
struct Keys {
    initiator: String,
    responder: String,
}

#[cfg(feature = "keylog")]
fn expose(handshake: &mut Handshake) -> Option<Keys> {
    let keys = handshake.expose_transport_keys().ok()?;
    Some(Keys { initiator: hex(keys.initiator.as_slice()), responder: hex(keys.responder.as_slice()) })
}

#[cfg(not(feature = "keylog"))]
const fn expose(_: &mut Handshake) -> Option<Keys> {
    None
}

fn key_log_line(handshake_hash: &[u8], keys: &Keys) -> String {
    ["PINNACE_SECRETS", &hex(handshake_hash), &keys.initiator, &keys.responder].join(" ")
}

fn hex(octets: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    octets
        .iter()
        .flat_map(|octet| [octet >> 4, octet & 15])
        .filter_map(|digit| DIGITS.get(usize::from(digit)))
        .collect()
}
