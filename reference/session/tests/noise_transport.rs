//! The channel after the handshake: order, tampering, limits.

#[cfg(test)]
mod tests {
    use pinnace_session::noise::{
        EphemeralSeed, Handshake, MESSAGE_LEN_MAX, OpenError, PLAINTEXT_LEN_MAX, SealError, StaticSecret,
        TAG_LEN, Transport,
    };

    fn channel() -> (Transport, Transport) {
        let (device, edge) = (StaticSecret::from_bytes([1; 32]), StaticSecret::from_bytes([2; 32]));
        let seed = |byte| EphemeralSeed::new([byte; 32]);
        let mut one = Handshake::initiate_ik(b"", &device, edge.public(), seed(3)).unwrap();
        let mut two = Handshake::respond_ik(b"", &edge, seed(4)).unwrap();
        let mut wire = Vec::new();
        one.write_message(b"", &mut wire).unwrap();
        two.read_message(&wire, &mut Vec::new()).unwrap();
        wire.clear();
        two.write_message(b"", &mut wire).unwrap();
        one.read_message(&wire, &mut Vec::new()).unwrap();
        (one.into_established().unwrap().transport, two.into_established().unwrap().transport)
    }

    fn seal(from: &mut Transport, plaintext: &[u8]) -> Vec<u8> {
        let mut out = vec![0; MESSAGE_LEN_MAX];
        from.seal(plaintext, &mut out).unwrap().to_vec()
    }

    fn open(by: &mut Transport, record: &[u8]) -> Result<Vec<u8>, OpenError> {
        let mut out = vec![0; MESSAGE_LEN_MAX];
        by.open(record, &mut out).map(<[u8]>::to_vec)
    }

    /// The record is refused for this reason, and nothing passes after it, either way.
    #[track_caller]
    fn check_ends(mut two: Transport, record: &[u8], error: OpenError, good: &[u8]) {
        assert_eq!(open(&mut two, record), Err(error));
        assert_eq!(open(&mut two, good), Err(OpenError::Broken));
        assert_eq!(two.seal(b"", &mut [0; 16]), Err(SealError::Broken));
        assert_eq!((two.sealed_count(), two.opened_count()), (None, None));
    }

    #[test]
    fn records_are_counted_by_direction() {
        let (mut one, mut two) = channel();
        for count in 0..3 {
            assert_eq!((one.sealed_count(), two.opened_count()), (Some(count), Some(count)));
            let record = seal(&mut one, b"text");
            assert_eq!(record.len(), 4 + TAG_LEN);
            assert_eq!(open(&mut two, &record).unwrap(), b"text");
        }
        assert_eq!((one.opened_count(), two.sealed_count()), (Some(0), Some(0)));
    }

    #[test]
    fn every_changed_byte_ends_the_channel() {
        for place in 0..4 + TAG_LEN {
            let (mut one, two) = channel();
            let good = seal(&mut one, b"text");
            let mut bad = good.clone();
            bad[place] ^= 0x80;
            check_ends(two, &bad, OpenError::Forged, &good);
        }
    }

    #[test]
    fn forged_record_writes_no_plaintext() {
        let (mut one, mut two) = channel();
        let mut record = seal(&mut one, b"text");
        record[0] ^= 1;
        let mut out = [0xee; 4];
        assert_eq!(two.open(&record, &mut out), Err(OpenError::Forged));
        assert_eq!(out, [0xee; 4]);
    }

    #[test]
    fn replay_ends_the_channel() {
        let (mut one, mut two) = channel();
        let (first, second) = (seal(&mut one, b"first"), seal(&mut one, b"second"));
        open(&mut two, &first).unwrap();
        check_ends(two, &first, OpenError::Forged, &second);
    }

    #[test]
    fn gap_ends_the_channel() {
        let (mut one, two) = channel();
        let (first, second) = (seal(&mut one, b"first"), seal(&mut one, b"second"));
        check_ends(two, &second, OpenError::Forged, &first);
    }

    #[test]
    fn own_record_sent_back_ends_the_channel() {
        let (mut one, mut two) = channel();
        let (reflected, good) = (seal(&mut two, b"text"), seal(&mut one, b"text"));
        check_ends(two, &reflected, OpenError::Forged, &good);
    }

    #[test]
    fn record_without_room_for_a_tag_ends_the_channel() {
        for len in 0..TAG_LEN {
            let (mut one, two) = channel();
            let good = seal(&mut one, b"");
            check_ends(
                two,
                &good[..len],
                OpenError::RecordLen { len, min: TAG_LEN, max: MESSAGE_LEN_MAX },
                &good,
            );
        }
    }

    #[test]
    fn longest_record_passes_and_one_more_byte_does_not() {
        let (mut one, mut two) = channel();
        let text = vec![7; PLAINTEXT_LEN_MAX + 1];
        let mut out = vec![0; MESSAGE_LEN_MAX + 1];
        assert_eq!(
            one.seal(&text, &mut out),
            Err(SealError::PlaintextTooLong { len: PLAINTEXT_LEN_MAX + 1, max: PLAINTEXT_LEN_MAX })
        );
        let record = seal(&mut one, &text[..PLAINTEXT_LEN_MAX]);
        assert_eq!(record.len(), MESSAGE_LEN_MAX);
        assert_eq!(open(&mut two, &record).unwrap(), text[..PLAINTEXT_LEN_MAX]);
        let len = MESSAGE_LEN_MAX + 1;
        check_ends(two, &out, OpenError::RecordLen { len, min: TAG_LEN, max: MESSAGE_LEN_MAX }, &record);
    }

    #[test]
    fn short_buffer_changes_nothing() {
        let (mut one, mut two) = channel();
        assert_eq!(one.seal(b"text", &mut [0; 19]), Err(SealError::OutTooShort { len: 19, needed: 20 }));
        let mut record = [0; 20];
        let record = one.seal(b"text", &mut record).unwrap();
        assert_eq!(two.open(record, &mut [0; 3]), Err(OpenError::OutTooShort { len: 3, needed: 4 }));
        assert_eq!(two.open(record, &mut [0; 4]), Ok(b"text".as_slice()));
    }

    #[test]
    fn idle_channel_is_small() {
        // Two boxed keys of 32 bytes come on top.
        assert!(size_of::<Transport>() <= 160, "{}", size_of::<Transport>());
    }
}
