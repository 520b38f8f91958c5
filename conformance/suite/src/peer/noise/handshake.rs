//! One handshake and the keys that come out of it.

use noise_protocol::patterns::{noise_ik, noise_xx};
use noise_protocol::{CipherState, HandshakeState};

use super::cipher::ChaChaPoly;
use super::dh::{Secret, X25519};
use super::hash::Blake2s;
use super::{KEY_LEN, TAG_LEN};

/// Which side of the handshake we are. The suite itself is always the initiator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Speaks first: the client.
    Initiator,
    /// Answers: the server, in the suite's own tests.
    Responder,
}

/// Why a message could not be written or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoiseFailure {
    /// It is shorter than its pattern's keys and tags.
    Short,
    /// Its tag does not fit: another key, another prologue, or it was changed.
    Sealed,
}

/// A running handshake. `clone` keeps a fork of it, for a case that sends one message twice.
#[derive(Clone)]
pub struct Handshake {
    state: HandshakeState<X25519, ChaChaPoly, Blake2s>,
    role: Role,
}

impl core::fmt::Debug for Handshake {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Handshake").field("role", &self.role).finish_non_exhaustive()
    }
}

impl Handshake {
    /// XX: neither side knows the other's static key.
    #[must_use]
    pub fn xx(role: Role, prologue: &[u8], fixed: Secret, ephemeral: Secret) -> Self {
        let is_initiator = role == Role::Initiator;
        let (fixed, ephemeral) = (Some(fixed), Some(ephemeral));
        let state = HandshakeState::new(noise_xx(), is_initiator, prologue, fixed, ephemeral, None, None);
        Self { state, role }
    }

    /// IK as initiator: the responder's static key is known.
    #[must_use]
    pub fn ik(prologue: &[u8], fixed: Secret, ephemeral: Secret, responder: [u8; KEY_LEN]) -> Self {
        let (fixed, ephemeral) = (Some(fixed), Some(ephemeral));
        let state = HandshakeState::new(noise_ik(), true, prologue, fixed, ephemeral, Some(responder), None);
        Self { state, role: Role::Initiator }
    }

    /// IK as responder.
    #[must_use]
    pub fn ik_responder(prologue: &[u8], fixed: Secret, ephemeral: Secret) -> Self {
        let (fixed, ephemeral) = (Some(fixed), Some(ephemeral));
        let state = HandshakeState::new(noise_ik(), false, prologue, fixed, ephemeral, None, None);
        Self { state, role: Role::Responder }
    }

    /// The next message of ours, with this payload.
    ///
    /// # Errors
    /// [`NoiseFailure::Sealed`]; the engine knows no other here.
    pub fn write(&mut self, payload: &[u8]) -> Result<Vec<u8>, NoiseFailure> {
        let len = payload.len().saturating_add(self.state.get_next_message_overhead());
        let mut message = vec![0; len];
        self.state.write_message(payload, &mut message).map_err(|_| NoiseFailure::Sealed)?;
        Ok(message)
    }

    /// Opens the next message of the peer and gives its payload.
    ///
    /// # Errors
    /// [`NoiseFailure`].
    pub fn read(&mut self, message: &[u8]) -> Result<Vec<u8>, NoiseFailure> {
        let overhead = self.state.get_next_message_overhead();
        let len = message.len().checked_sub(overhead).ok_or(NoiseFailure::Short)?;
        let mut payload = vec![0; len];
        self.state.read_message(message, &mut payload).map_err(|_| NoiseFailure::Sealed)?;
        Ok(payload)
    }

    /// The peer's static key, once a message or the pattern has told it.
    #[must_use]
    pub fn peer_static(&self) -> Option<[u8; KEY_LEN]> {
        self.state.get_rs()
    }

    /// The keys of the session. Only after the last message of the pattern.
    #[must_use]
    pub fn split(&self) -> Transport {
        let (to_responder, to_initiator) = self.state.get_ciphers();
        match self.role {
            Role::Initiator => Transport { seal: to_responder, open: to_initiator },
            Role::Responder => Transport { seal: to_initiator, open: to_responder },
        }
    }
}

/// The keys of an open session, one a direction.
pub struct Transport {
    seal: CipherState<ChaChaPoly>,
    open: CipherState<ChaChaPoly>,
}

impl core::fmt::Debug for Transport {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}

impl Transport {
    /// Seals the plaintext of one record.
    pub fn seal(&mut self, plaintext: &[u8]) -> Vec<u8> {
        let mut record = vec![0; plaintext.len().saturating_add(TAG_LEN)];
        self.seal.encrypt(plaintext, &mut record);
        record
    }

    /// Opens one record.
    ///
    /// # Errors
    /// [`NoiseFailure`].
    pub fn open(&mut self, record: &[u8]) -> Result<Vec<u8>, NoiseFailure> {
        let len = record.len().checked_sub(TAG_LEN).ok_or(NoiseFailure::Short)?;
        let mut plaintext = vec![0; len];
        self.open.decrypt(record, &mut plaintext).map_err(|()| NoiseFailure::Sealed)?;
        Ok(plaintext)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::{Handshake, Role};
    use crate::hex;
    use crate::peer::noise::public_key;

    #[derive(Deserialize)]
    struct Vector {
        protocol_name: String,
        init_prologue: String,
        init_static: String,
        init_ephemeral: String,
        resp_static: String,
        resp_ephemeral: String,
        messages: Vec<Message>,
    }

    #[derive(Deserialize)]
    struct Message {
        payload: String,
        ciphertext: String,
    }

    fn key(text: &str) -> [u8; 32] {
        hex::decode(text).unwrap().try_into().unwrap()
    }

    /// Both sides of one published vector: every message byte for byte, the transport messages too.
    fn check(vector: &Vector) {
        let prologue = hex::decode(&vector.init_prologue).unwrap();
        let (is, ie) = (key(&vector.init_static), key(&vector.init_ephemeral));
        let (rs, re) = (key(&vector.resp_static), key(&vector.resp_ephemeral));
        let (mut ours, mut theirs) = if vector.protocol_name.contains("_XX_") {
            (
                Handshake::xx(Role::Initiator, &prologue, is, ie),
                Handshake::xx(Role::Responder, &prologue, rs, re),
            )
        } else {
            (Handshake::ik(&prologue, is, ie, public_key(&rs)), Handshake::ik_responder(&prologue, rs, re))
        };
        let handshake_len = if vector.protocol_name.contains("_XX_") { 3 } else { 2 };
        for (index, message) in vector.messages.iter().take(handshake_len).enumerate() {
            let (from, to) = if index % 2 == 0 { (&mut ours, &mut theirs) } else { (&mut theirs, &mut ours) };
            let payload = hex::decode(&message.payload).unwrap();
            let sent = from.write(&payload).unwrap();
            assert_eq!(hex::encode(&sent), message.ciphertext, "{} {index}", vector.protocol_name);
            assert_eq!(to.read(&sent).unwrap(), payload);
        }
        assert_eq!(ours.peer_static(), Some(public_key(&rs)));
        assert_eq!(theirs.peer_static(), Some(public_key(&is)));
        let (mut ours, mut theirs) = (ours.split(), theirs.split());
        for (index, message) in vector.messages.iter().enumerate().skip(handshake_len) {
            let (from, to) = if index % 2 == 0 { (&mut ours, &mut theirs) } else { (&mut theirs, &mut ours) };
            let payload = hex::decode(&message.payload).unwrap();
            let sealed = from.seal(&payload);
            assert_eq!(hex::encode(&sealed), message.ciphertext, "{} {index}", vector.protocol_name);
            assert_eq!(to.open(&sealed).unwrap(), payload);
        }
    }

    #[test]
    fn published_vectors_of_both_patterns_are_met_octet_for_octet() {
        let vectors: Vec<Vector> = serde_json::from_str(include_str!("vectors.json")).unwrap();
        assert_eq!(vectors.len(), 2);
        vectors.iter().for_each(check);
    }

    #[test]
    fn another_prologue_cannot_be_opened() {
        let mut ours = Handshake::ik(b"one", [1; 32], [2; 32], public_key(&[3; 32]));
        let mut theirs = Handshake::ik_responder(b"two", [3; 32], [4; 32]);
        let sent = ours.write(b"hello").unwrap();
        assert_eq!(theirs.read(&sent), Err(super::NoiseFailure::Sealed));
        assert_eq!(theirs.read(&[0; 5]), Err(super::NoiseFailure::Short));
    }
}
