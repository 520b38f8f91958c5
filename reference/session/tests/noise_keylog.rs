//! The key log's keys are the channel's keys.

#![cfg(feature = "keylog")]

#[cfg(test)]
mod tests {
    use chacha20poly1305::aead::{AeadInOut, KeyInit};
    use chacha20poly1305::{ChaCha20Poly1305, Nonce, Tag};
    use pinnace_session::noise::{EphemeralSeed, Handshake, HandshakeError, StaticSecret, Turn};

    #[test]
    fn logged_keys_open_the_records_of_both_sides() {
        let (device, edge) = (StaticSecret::from_bytes([1; 32]), StaticSecret::from_bytes([2; 32]));
        let mut one =
            Handshake::initiate_ik(b"", &device, edge.public(), EphemeralSeed::new([3; 32])).unwrap();
        let mut two = Handshake::respond_ik(b"", &edge, EphemeralSeed::new([4; 32])).unwrap();
        let refused = one.expose_transport_keys().map(|_| ()).unwrap_err();
        assert_eq!(refused, HandshakeError::OutOfTurn { turn: Turn::Write });
        let mut wire = Vec::new();
        one.write_message(b"", &mut wire).unwrap();
        two.read_message(&wire, &mut Vec::new()).unwrap();
        wire.clear();
        two.write_message(b"", &mut wire).unwrap();
        one.read_message(&wire, &mut Vec::new()).unwrap();

        let (keys, same) = (one.expose_transport_keys().unwrap(), two.expose_transport_keys().unwrap());
        assert_eq!((&keys.initiator, &keys.responder), (&same.initiator, &same.responder));
        for (side, key) in [(one, keys.initiator), (two, keys.responder)] {
            let mut record = [0; 20];
            side.into_established().unwrap().transport.seal(b"text", &mut record).unwrap();
            let (body, tag) = record.split_at_mut(4);
            let cipher = ChaCha20Poly1305::new((&*key).into());
            let tag = Tag::try_from(&*tag).unwrap();
            cipher.decrypt_inout_detached(&Nonce::default(), b"", (&mut *body).into(), &tag).unwrap();
            assert_eq!(body, b"text");
        }
    }
}
