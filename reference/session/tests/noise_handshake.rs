//! Handshakes of both patterns, from both sides, and everything that must make them fail.

#[cfg(test)]
mod tests {
    use pinnace_session::noise::{
        EphemeralSeed, Established, Handshake, HandshakeError, MESSAGE_LEN_MAX, Pattern, PublicKey,
        StaticSecret, Turn,
    };

    const PROLOGUE: &[u8] = b"prologue";

    fn device() -> StaticSecret {
        StaticSecret::from_bytes([1; 32])
    }

    fn edge() -> StaticSecret {
        StaticSecret::from_bytes([2; 32])
    }

    fn initiator(pattern: Pattern, prologue: &[u8]) -> Handshake {
        let seed = EphemeralSeed::new([3; 32]);
        match pattern {
            Pattern::Ik => Handshake::initiate_ik(prologue, &device(), edge().public(), seed),
            Pattern::Xx => Handshake::initiate_xx(prologue, &device(), seed),
        }
        .unwrap()
    }

    fn responder(pattern: Pattern, prologue: &[u8], local: &StaticSecret) -> Handshake {
        let seed = EphemeralSeed::new([4; 32]);
        match pattern {
            Pattern::Ik => Handshake::respond_ik(prologue, local, seed),
            Pattern::Xx => Handshake::respond_xx(prologue, local, seed),
        }
        .unwrap()
    }

    fn pair(pattern: Pattern) -> (Handshake, Handshake) {
        (initiator(pattern, PROLOGUE), responder(pattern, PROLOGUE, &edge()))
    }

    /// Passes the next message over; the middle may change it.
    fn pass(
        sender: &mut Handshake,
        receiver: &mut Handshake,
        payload: &[u8],
        change: impl FnOnce(&mut Vec<u8>),
    ) -> Result<Vec<u8>, HandshakeError> {
        let (mut message, mut heard) = (Vec::new(), Vec::new());
        sender.write_message(payload, &mut message)?;
        change(&mut message);
        receiver.read_message(&message, &mut heard)?;
        Ok(heard)
    }

    /// Passes `count` messages over, unchanged; returns who is to write and who is to read.
    fn after(pattern: Pattern, count: usize) -> (Handshake, Handshake) {
        let (mut writer, mut reader) = pair(pattern);
        for _ in 0..count {
            assert_eq!(pass(&mut writer, &mut reader, b"payload", |_| {}).unwrap(), b"payload");
            (writer, reader) = (reader, writer);
        }
        (writer, reader)
    }

    const fn message_count(pattern: Pattern) -> usize {
        match pattern {
            Pattern::Ik => 2,
            Pattern::Xx => 3,
        }
    }

    const BOTH: [Pattern; 2] = [Pattern::Ik, Pattern::Xx];

    #[test]
    fn both_sides_agree_on_peer_and_hash() {
        for pattern in BOTH {
            let (writer, reader) = after(pattern, message_count(pattern));
            // After an odd number of messages the sides have changed places.
            let (initiator, responder) =
                if pattern == Pattern::Ik { (writer, reader) } else { (reader, writer) };
            let (initiator, responder) =
                (initiator.into_established().unwrap(), responder.into_established().unwrap());
            assert_eq!(initiator.remote_static, *edge().public());
            assert_eq!(responder.remote_static, *device().public());
            assert_eq!(initiator.handshake_hash, responder.handshake_hash);
            talk(initiator, responder);
        }
    }

    fn talk(mut one: Established, mut other: Established) {
        for text in [b"first".as_slice(), b"second", b""] {
            let (mut record, mut plaintext) = ([0; 64], [0; 64]);
            let record = one.transport.seal(text, &mut record).unwrap();
            assert_eq!(other.transport.open(record, &mut plaintext), Ok(text));
            (one, other) = (other, one);
        }
    }

    #[test]
    fn remote_static_is_known_when_its_message_was_read() {
        let known = |pattern, count: usize| {
            let (writer, reader) = after(pattern, count);
            let (one, two) = if count.is_multiple_of(2) { (writer, reader) } else { (reader, writer) };
            (one.remote_static().is_some(), two.remote_static().is_some())
        };
        assert_eq!(
            [0, 1, 2].map(|count| known(Pattern::Ik, count)),
            [(true, false), (true, true), (true, true)]
        );
        assert_eq!(
            [0, 1, 2, 3].map(|count| known(Pattern::Xx, count)),
            [(false, false), (false, false), (true, false), (true, true)]
        );
    }

    #[test]
    fn turns_alternate_until_finished() {
        for pattern in BOTH {
            for count in 0..message_count(pattern) {
                let (mut writer, mut reader) = after(pattern, count);
                assert_eq!((writer.turn(), reader.turn()), (Turn::Write, Turn::Read));
                assert_eq!(
                    writer.read_message(&[0; 96], &mut Vec::new()),
                    Err(HandshakeError::OutOfTurn { turn: Turn::Write })
                );
                assert_eq!(
                    reader.write_message(b"", &mut Vec::new()),
                    Err(HandshakeError::OutOfTurn { turn: Turn::Read })
                );
                assert_eq!(pass(&mut writer, &mut reader, b"goes on", |_| {}).unwrap(), b"goes on");
            }
            let (writer, reader) = after(pattern, message_count(pattern));
            assert_eq!((writer.turn(), reader.turn()), (Turn::Finished, Turn::Finished));
        }
    }

    #[test]
    fn unfinished_handshake_is_no_channel() {
        for pattern in BOTH {
            for count in 0..message_count(pattern) {
                let (writer, reader) = after(pattern, count);
                let of = |handshake: Handshake| handshake.into_established().map(|_| ()).unwrap_err();
                assert_eq!(of(writer), HandshakeError::OutOfTurn { turn: Turn::Write });
                assert_eq!(of(reader), HandshakeError::OutOfTurn { turn: Turn::Read });
            }
        }
    }

    #[test]
    fn wrong_prologue_fails() {
        let (mut one, mut two) =
            (initiator(Pattern::Ik, PROLOGUE), responder(Pattern::Ik, b"another", &edge()));
        assert_eq!(pass(&mut one, &mut two, b"", |_| {}), Err(HandshakeError::Forged));
        let (mut one, mut two) =
            (initiator(Pattern::Xx, PROLOGUE), responder(Pattern::Xx, b"another", &edge()));
        assert_eq!(pass(&mut one, &mut two, b"", |_| {}), Ok(vec![]));
        assert_eq!(pass(&mut two, &mut one, b"", |_| {}), Err(HandshakeError::Forged));
    }

    #[test]
    fn ik_to_another_edge_fails_at_its_first_message() {
        let mut two = responder(Pattern::Ik, PROLOGUE, &StaticSecret::from_bytes([9; 32]));
        let failed = pass(&mut initiator(Pattern::Ik, PROLOGUE), &mut two, b"early", |_| {});
        assert_eq!(failed, Err(HandshakeError::Forged));
        assert_eq!((two.turn(), two.remote_static()), (Turn::Failed, None));
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        for pattern in BOTH {
            for count in 0..message_count(pattern) {
                let (mut writer, _) = after(pattern, count);
                let mut message = Vec::new();
                writer.write_message(b"payload", &mut message).unwrap();
                for place in 0..message.len() {
                    let (mut writer, mut reader) = after(pattern, count);
                    let passed = pass(&mut writer, &mut reader, b"payload", |message| message[place] ^= 1);
                    if (pattern, count) == (Pattern::Xx, 0) {
                        // Message 1 of XX has no tag: the change shows in message 2.
                        assert_eq!(pass(&mut reader, &mut writer, b"", |_| {}), Err(HandshakeError::Forged));
                        assert_eq!(writer.turn(), Turn::Failed);
                    } else {
                        assert_eq!(
                            passed,
                            Err(HandshakeError::Forged),
                            "{pattern:?} message {count} byte {place}"
                        );
                        assert_eq!(reader.turn(), Turn::Failed);
                    }
                }
            }
        }
    }

    #[test]
    fn every_shortened_message_is_refused() {
        for pattern in BOTH {
            for count in 0..message_count(pattern) {
                let (mut writer, _) = after(pattern, count);
                let mut message = Vec::new();
                writer.write_message(b"", &mut message).unwrap();
                let (min, max) = (message.len(), MESSAGE_LEN_MAX);
                for len in 0..min {
                    let (mut writer, mut reader) = after(pattern, count);
                    let passed = pass(&mut writer, &mut reader, b"", |message| message.truncate(len));
                    assert_eq!(passed, Err(HandshakeError::MessageLen { len, min, max }));
                    assert_eq!(reader.turn(), Turn::Failed);
                }
            }
        }
    }

    #[test]
    fn longest_message_passes_and_one_more_byte_does_not() {
        for pattern in BOTH {
            for count in 0..message_count(pattern) {
                let (mut writer, mut reader) = after(pattern, count);
                let mut empty = Vec::new();
                after(pattern, count).0.write_message(b"", &mut empty).unwrap();
                let max = MESSAGE_LEN_MAX - empty.len();
                let payload = vec![7; max + 1];
                assert_eq!(
                    writer.write_message(&payload, &mut Vec::new()),
                    Err(HandshakeError::PayloadTooLong { len: max + 1, max })
                );
                assert_eq!(pass(&mut writer, &mut reader, &payload[..max], |_| {}).unwrap(), payload[..max]);
            }
        }
        let (mut writer, mut reader) = after(Pattern::Ik, 1);
        let passed = pass(&mut writer, &mut reader, b"", |message| message.resize(MESSAGE_LEN_MAX + 1, 0));
        let too_long = HandshakeError::MessageLen { len: MESSAGE_LEN_MAX + 1, min: 48, max: MESSAGE_LEN_MAX };
        assert_eq!(passed, Err(too_long));
    }

    #[test]
    fn keys_of_small_order_are_refused() {
        let weak = PublicKey([0; 32]);
        let mut one =
            Handshake::initiate_ik(PROLOGUE, &device(), &weak, EphemeralSeed::new([3; 32])).unwrap();
        assert_eq!(one.write_message(b"", &mut Vec::new()), Err(HandshakeError::WeakKey));
        assert_eq!(one.turn(), Turn::Failed);
        let mut two = responder(Pattern::Xx, PROLOGUE, &edge());
        two.read_message(&[0; 32], &mut Vec::new()).unwrap();
        assert_eq!(two.write_message(b"", &mut Vec::new()), Err(HandshakeError::WeakKey));
    }

    #[test]
    fn vectors_keep_what_they_held() {
        let (mut one, mut two) = pair(Pattern::Ik);
        let (mut wire, mut heard) = (b"kept".to_vec(), b"kept".to_vec());
        one.write_message(b"payload", &mut wire).unwrap();
        assert_eq!((&wire[..4], wire.len()), (b"kept".as_slice(), 4 + 96 + 7));
        wire[4 + 95] ^= 1;
        assert_eq!(two.read_message(&wire[4..], &mut heard), Err(HandshakeError::Forged));
        assert_eq!(heard, b"kept");
    }

    #[test]
    fn debug_shows_no_secret() {
        let secret = StaticSecret::from_bytes([0xa7; 32]);
        let (one, _) = pair(Pattern::Ik);
        let shown = format!("{secret:?} {:?} {one:?}", EphemeralSeed::new([0xa7; 32]));
        assert!(!shown.contains("a7a7") && !shown.contains("167"), "{shown}");
    }

    #[test]
    fn handshakes_move_between_threads() {
        const fn check<T: Send + Sync>() {}
        check::<Handshake>();
        check::<Established>();
        check::<StaticSecret>();
    }
}
