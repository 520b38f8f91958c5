//! Envelopes of messages: what is read of them, and each way in which octets are none.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use pinnace_wire::DecodeErrorKind;
use pinnace_wire::mls::{ContentType, Envelope, Epoch, Form, Sender};

/// A vector: its length in one or two octets, then it.
fn vector(octets: &[u8]) -> Vec<u8> {
    let len = u16::try_from(octets.len()).unwrap();
    let length =
        if len < 64 { vec![u8::try_from(len).unwrap()] } else { (len | 0x4000).to_be_bytes().to_vec() };
    [length, octets.to_vec()].concat()
}

/// The pieces of a message under their names, in the order of RFC 9420.
type Parts = Vec<(&'static str, Vec<u8>)>;

fn private() -> Parts {
    vec![
        ("version", vec![0, 1]),
        ("wire_format", vec![0, 2]),
        ("group_id", vector(&[0x11; 16])),
        ("epoch", 0x0102_0304_0506_0708_u64.to_be_bytes().to_vec()),
        ("content_type", vec![1]),
        ("authenticated_data", vector(&[1])),
        ("encrypted_sender_data", vector(&[0x22; 28])),
        ("ciphertext", vector(&[0x33; 300])),
    ]
}

fn public(sender: &[u8]) -> Parts {
    vec![
        ("version", vec![0, 1]),
        ("wire_format", vec![0, 1]),
        ("group_id", vector(&[0x11; 16])),
        ("epoch", 7_u64.to_be_bytes().to_vec()),
        ("sender_type", sender.to_vec()),
        ("authenticated_data", vector(&[0x44; 100])),
        ("content_type", vec![3]),
    ]
}

fn octets(parts: &Parts) -> Vec<u8> {
    parts.iter().flat_map(|(_, octets)| octets.clone()).collect()
}

/// Where a piece begins.
fn start(parts: &Parts, name: &str) -> usize {
    parts.iter().take_while(|(found, _)| *found != name).map(|(_, octets)| octets.len()).sum()
}

fn with(mut parts: Parts, name: &str, octets: &[u8]) -> Parts {
    let part = parts.iter_mut().find(|(found, _)| *found == name).unwrap();
    part.1 = octets.to_vec();
    parts
}

/// With that piece the message is refused, where the piece begins.
#[track_caller]
fn check(parts: Parts, name: &str, piece: &[u8], kind: DecodeErrorKind) {
    let parts = with(parts, name, piece);
    let error = Envelope::decode(&octets(&parts)).unwrap_err();
    let place = start(&parts, name);
    assert_eq!((error.kind, error.field, error.offset, error.frame_type), (kind, name, place, None));
}

#[track_caller]
fn check_truncations(parts: &Parts) {
    let octets = octets(parts);
    assert!(Envelope::decode(&octets).is_ok());
    for cut in 0..octets.len() {
        let error = Envelope::decode(&octets[..cut]).unwrap_err();
        assert_eq!((error.kind, error.offset), (DecodeErrorKind::Truncated, cut), "{cut}");
    }
}

#[test]
fn a_private_message_is_read_to_its_last_octet() {
    let mut octets = octets(&private());
    let expected = Envelope {
        form: Form::Private,
        group_id: &[0x11; 16],
        epoch: Epoch::new(0x0102_0304_0506_0708),
        content_type: ContentType::Application,
        authenticated_data: &[1],
    };
    assert_eq!(Envelope::decode(&octets), Ok(expected));
    octets.push(0);
    let error = Envelope::decode(&octets).unwrap_err();
    assert_eq!((error.kind, error.offset), (DecodeErrorKind::Trailing, octets.len() - 1));
}

#[test]
fn a_public_message_is_read_up_to_its_content() {
    for (octets_of, sender) in [
        ([1, 0, 0, 1, 2].as_slice(), Sender::Member { leaf_index: 258 }),
        (&[2, 0xff, 0xff, 0xff, 0xff], Sender::External { sender_index: u32::MAX }),
        (&[3], Sender::NewMemberProposal),
        (&[4], Sender::NewMemberCommit),
    ] {
        let expected = Envelope {
            form: Form::Public { sender },
            group_id: &[0x11; 16],
            epoch: Epoch::new(7),
            content_type: ContentType::Commit,
            authenticated_data: &[0x44; 100],
        };
        let octets = octets(&public(octets_of));
        assert_eq!(Envelope::decode(&octets), Ok(expected));
        let longer = [octets.as_slice(), b"what the members judge"].concat();
        assert_eq!(Envelope::decode(&longer), Ok(expected));
    }
}

#[test]
fn each_content_type_has_its_number() {
    let types = [(1, ContentType::Application), (2, ContentType::Proposal), (3, ContentType::Commit)];
    for (number, content_type) in types {
        for parts in [private(), public(&[4])] {
            let octets = octets(&with(parts, "content_type", &[number]));
            assert_eq!(Envelope::decode(&octets).unwrap().content_type, content_type);
        }
    }
}

#[test]
fn vectors_may_be_empty() {
    let mut parts = private();
    for name in ["group_id", "authenticated_data", "encrypted_sender_data", "ciphertext"] {
        parts = with(parts, name, &[0]);
    }
    let octets = octets(&parts);
    let found = Envelope::decode(&octets).unwrap();
    assert_eq!((found.group_id, found.authenticated_data), (&[][..], &[][..]));
}

#[test]
fn every_truncation_is_told_where_it_is() {
    check_truncations(&private());
    for sender in [[1, 0, 0, 0, 9].as_slice(), &[2, 0, 0, 0, 9], &[3], &[4]] {
        check_truncations(&public(sender));
    }
}

#[test]
fn other_forms_are_out_of_range() {
    let kind = DecodeErrorKind::OutOfRange;
    for parts in [private(), public(&[4])] {
        for version in [[0, 0], [0, 2], [1, 1]] {
            check(parts.clone(), "version", &version, kind);
        }
        // A Welcome, a GroupInfo and a KeyPackage have none of this.
        for format in [[0, 0], [0, 3], [0, 4], [0, 5], [1, 1], [0xff, 2]] {
            check(parts.clone(), "wire_format", &format, kind);
        }
        for content_type in [0, 4, 255] {
            check(parts.clone(), "content_type", &[content_type], kind);
        }
    }
    for sender in [0, 5, 255] {
        check(public(&[4]), "sender_type", &[sender], kind);
    }
}

#[test]
fn lengths_are_minimal_and_have_at_most_four_octets() {
    for parts in [private(), public(&[1, 0, 0, 0, 9])] {
        let is_vector =
            |name: &str| ["version", "wire_format", "epoch", "content_type", "sender_type"].contains(&name);
        for (name, piece) in parts.clone().into_iter().filter(|(name, _)| !is_vector(name)) {
            let (len, content) = if piece[0] < 64 {
                (usize::from(piece[0]), &piece[1..])
            } else {
                (piece.len() - 2, &piece[2..])
            };
            let wide = [&(u32::try_from(len).unwrap() | 0x8000_0000).to_be_bytes(), content].concat();
            check(parts.clone(), name, &wide, DecodeErrorKind::NonMinimal);
            let wider = [&(len as u64 | 0xc000_0000_0000_0000).to_be_bytes(), content].concat();
            check(parts.clone(), name, &wider, DecodeErrorKind::NonMinimal);
            let long = [&(1_u64 << 30 | 0xc000_0000_0000_0000).to_be_bytes(), content].concat();
            check(parts.clone(), name, &long, DecodeErrorKind::OverLimit);
        }
    }
}

#[test]
fn a_length_that_passes_the_end_is_truncated() {
    let octets = octets(&with(private(), "ciphertext", &[0x7f, 0xff, 0]));
    let error = Envelope::decode(&octets).unwrap_err();
    assert_eq!(
        (error.kind, error.field, error.offset),
        (DecodeErrorKind::Truncated, "ciphertext", octets.len())
    );
}

#[test]
fn an_epoch_follows_another_until_the_numbers_end() {
    assert_eq!(Epoch::FIRST.next(), Some(Epoch::new(1)));
    assert_eq!(Epoch::new(u64::MAX - 1).next(), Some(Epoch::new(u64::MAX)));
    assert_eq!(Epoch::new(u64::MAX).next(), None);
    assert!(Epoch::FIRST < Epoch::new(1) && Epoch::FIRST.value() == 0);
}
