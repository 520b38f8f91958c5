//! KeyPackages: what is read of them, and each way in which octets are none.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at what it did not expect")]

use pinnace_wire::mls::{Extensions, KeyPackage, SignContent};
use pinnace_wire::{DecodeErrorKind, EncodeError, MlsSuite};

/// A vector: its length in one or two octets, then it.
fn vector(octets: &[u8]) -> Vec<u8> {
    let len = u16::try_from(octets.len()).unwrap();
    let length =
        if len < 64 { vec![octets.len().to_le_bytes()[0]] } else { (len | 0x4000).to_be_bytes().to_vec() };
    [length, octets.to_vec()].concat()
}

fn extension(kind: u16, data: &[u8]) -> Vec<u8> {
    [kind.to_be_bytes().to_vec(), vector(data)].concat()
}

/// The pieces of a KeyPackage under their names, in the order of RFC 9420.
type Parts = Vec<(&'static str, Vec<u8>)>;

fn parts() -> Parts {
    vec![
        ("version", vec![0, 1]),
        ("cipher_suite", vec![0, 3]),
        ("init_key", vector(&[0x11; 32])),
        ("encryption_key", vector(&[0x22; 32])),
        ("signature_key", vector(&[0x33; 32])),
        ("credential_type", vec![0, 1]),
        ("identity", vector(&[0x44; 201])),
        ("capabilities.versions", vector(&[0, 1])),
        ("capabilities.cipher_suites", vector(&[0, 1, 0, 3])),
        ("capabilities.extensions", vector(&[0, 10])),
        ("capabilities.proposals", vector(&[])),
        ("capabilities.credentials", vector(&[0, 1, 0x0a, 0x0a])),
        ("leaf_node_source", vec![1]),
        ("not_before", 1_790_000_000_u64.to_be_bytes().to_vec()),
        ("not_after", 1_797_776_000_u64.to_be_bytes().to_vec()),
        ("leaf_extensions", vector(&extension(0xf0f0, b"leaf"))),
        ("leaf_signature", vector(&[0x55; 64])),
        ("extensions", vector(&[extension(10, &[]), extension(0x1a1a, b"grease")].concat())),
        ("signature", vector(&[0x66; 64])),
    ]
}

fn octets(parts: &Parts) -> Vec<u8> {
    parts.iter().flat_map(|(_, octets)| octets.clone()).collect()
}

/// Where a piece begins.
fn start(parts: &Parts, name: &str) -> usize {
    parts.iter().take_while(|(found, _)| *found != name).map(|(_, octets)| octets.len()).sum()
}

fn with(name: &str, octets: &[u8]) -> Parts {
    let mut parts = parts();
    let part = parts.iter_mut().find(|(found, _)| *found == name).unwrap();
    part.1 = octets.to_vec();
    parts
}

/// With that piece the KeyPackage is refused, so many octets after the piece begins.
#[track_caller]
fn check(name: &str, piece: &[u8], kind: DecodeErrorKind, (field, after): (&str, usize)) {
    let parts = with(name, piece);
    let error = KeyPackage::decode(&octets(&parts)).unwrap_err();
    let place = start(&parts, name) + after;
    assert_eq!((error.kind, error.field, error.offset, error.frame_type), (kind, field, place, None));
}

#[test]
fn every_field_is_read() {
    let parts = parts();
    let octets = octets(&parts);
    let found = KeyPackage::decode(&octets).unwrap();
    assert_eq!((found.suite, found.init_key), (MlsSuite::CHACHA20POLY1305, &[0x11; 32][..]));
    assert_eq!((found.leaf.encryption_key, found.leaf.signature_key), (&[0x22; 32][..], &[0x33; 32][..]));
    assert_eq!(found.leaf.identity, [0x44; 201]);
    assert_eq!((found.leaf.not_before_s, found.leaf.not_after_s), (1_790_000_000, 1_797_776_000));
    assert_eq!((found.leaf.signature, found.signature), (&[0x55; 64][..], &[0x66; 64][..]));
    let raw = start(&parts, "capabilities.versions")..start(&parts, "leaf_node_source");
    assert_eq!(found.leaf.capabilities, &octets[raw]);
    let leaf = start(&parts, "encryption_key")..start(&parts, "leaf_signature");
    assert_eq!(found.leaf.signed, &octets[leaf]);
    assert_eq!(found.signed, &octets[..start(&parts, "signature")]);
    assert_eq!(found.leaf.extensions.iter().collect::<Vec<_>>(), [(0xf0f0, &b"leaf"[..])]);
    let extensions: Vec<_> = found.extensions.into_iter().collect();
    assert_eq!(extensions, [(Extensions::LAST_RESORT, &[][..]), (0x1a1a, b"grease")]);
    assert_eq!(found.extensions.as_bytes().len(), 3 + 9);
    assert_eq!(format!("{:?}", found.leaf.extensions), "[(61680, [108, 101, 97, 102])]");
    assert!(found.is_last_resort());
}

#[test]
fn without_the_extension_it_is_not_of_last_resort() {
    let octets = octets(&with("extensions", &vector(&extension(11, &[]))));
    let found = KeyPackage::decode(&octets).unwrap();
    assert!(!found.is_last_resort());
    assert_eq!((found.extensions.data(11), found.extensions.data(10)), (Some(&[][..]), None));
}

#[test]
fn lists_may_be_empty() {
    let octets = octets(&with("extensions", &[0]));
    assert_eq!(KeyPackage::decode(&octets).unwrap().extensions.iter().next(), None);
}

#[test]
fn every_truncation_is_told_where_it_is() {
    let parts = parts();
    let octets = octets(&parts);
    for cut in 0..octets.len() {
        let error = KeyPackage::decode(&octets[..cut]).unwrap_err();
        let name = parts.iter().rev().find(|(name, _)| start(&parts, name) <= cut).unwrap().0;
        assert_eq!((error.kind, error.offset), (DecodeErrorKind::Truncated, cut), "{cut}");
        assert_eq!(error.field, name, "{cut}");
    }
}

#[test]
fn nothing_follows_a_key_package() {
    let mut octets = octets(&parts());
    octets.push(0);
    let error = KeyPackage::decode(&octets).unwrap_err();
    assert_eq!((error.kind, error.offset), (DecodeErrorKind::Trailing, octets.len() - 1));
}

#[test]
fn other_forms_are_out_of_range() {
    let kind = DecodeErrorKind::OutOfRange;
    for (name, piece) in [
        // An MLSMessage begins with version and wire format.
        ("version", [0, 0].as_slice()),
        ("version", &[0, 2]),
        ("cipher_suite", &[0, 0]),
        ("credential_type", &[0, 2]),
        ("credential_type", &[0x0a, 0x0a]),
        ("leaf_node_source", &[0]),
        ("leaf_node_source", &[2]),
        ("leaf_node_source", &[3]),
    ] {
        check(name, piece, kind, (name, 0));
    }
}

#[test]
fn lengths_are_minimal_and_have_at_most_four_octets() {
    let vectors: Vec<_> = parts()
        .into_iter()
        .filter(|(name, piece)| {
            piece.len() > 8 || name.starts_with("capabilities") || name.contains("extensions")
        })
        .collect();
    assert_eq!(vectors.len(), 13);
    for (name, piece) in vectors {
        let (len, content) =
            if piece[0] < 64 { (usize::from(piece[0]), &piece[1..]) } else { (piece.len() - 2, &piece[2..]) };
        let wide = [&(u32::try_from(len).unwrap() | 0x8000_0000).to_be_bytes(), content].concat();
        check(name, &wide, DecodeErrorKind::NonMinimal, (name, 0));
        let wider = [&(len as u64 | 0xc000_0000_0000_0000).to_be_bytes(), content].concat();
        check(name, &wider, DecodeErrorKind::NonMinimal, (name, 0));
        let long = [&(1_u64 << 30 | 0xc000_0000_0000_0000).to_be_bytes(), content].concat();
        check(name, &long, DecodeErrorKind::OverLimit, (name, 0));
    }
    check("init_key", &[0x40, 1, 0], DecodeErrorKind::NonMinimal, ("init_key", 0));
}

#[test]
fn a_length_that_passes_the_end_is_truncated() {
    let all = octets(&parts()).len();
    let error = KeyPackage::decode(&octets(&with("signature", &[0x7f, 0xff, 0]))).unwrap_err();
    assert_eq!((error.kind, error.offset), (DecodeErrorKind::Truncated, all - 66 + 3));
}

#[test]
fn items_fill_their_vector() {
    check("capabilities.proposals", &[3, 0, 1, 0], DecodeErrorKind::Truncated, ("capabilities.proposals", 4));
    check("extensions", &[1, 0], DecodeErrorKind::Truncated, ("extension_type", 2));
    check("extensions", &[2, 0, 10], DecodeErrorKind::Truncated, ("extension_data", 3));
    check("extensions", &[3, 0, 10, 1], DecodeErrorKind::Truncated, ("extension_data", 4));
    check("leaf_extensions", &[5, 0, 10, 0x40, 1, 0], DecodeErrorKind::NonMinimal, ("extension_data", 3));
}

#[test]
fn an_extension_stands_once() {
    let kind = DecodeErrorKind::ExtensionDuplicate;
    let twice = vector(&[extension(10, &[]), extension(74, &[1]), extension(10, &[2])].concat());
    check("extensions", &twice, kind, ("extension_type", 1 + 3 + 4));
    check("leaf_extensions", &twice, kind, ("extension_type", 1 + 3 + 4));
    let many: Vec<u8> = (0..=u16::MAX).step_by(64).flat_map(|kind| extension(kind, &[])).collect();
    assert!(KeyPackage::decode(&octets(&with("extensions", &vector(&many)))).is_ok());
}

#[test]
fn what_is_signed_is_a_label_and_the_octets() {
    let octets = octets(&parts());
    let found = KeyPackage::decode(&octets).unwrap();
    assert_signed(found.sign_content(), b"\x15MLS 1.0 KeyPackageTBS", found.signed);
    assert_signed(found.leaf.sign_content(), b"\x13MLS 1.0 LeafNodeTBS", found.leaf.signed);
}

#[track_caller]
fn assert_signed(content: SignContent<'_>, label: &[u8], signed: &[u8]) {
    let expected = [label, &vector(signed)].concat();
    let mut out = vec![0; content.encoded_len()];
    assert_eq!(content.encode(&mut out), Ok(expected.len()));
    assert_eq!(out, expected);
    let needed = expected.len();
    assert_eq!(content.encode(&mut out[1..]), Err(EncodeError::BufferTooSmall { needed }));
}
