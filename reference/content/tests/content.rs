//! Contents and their vectors; the code and the definition that it follows from.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what is missing by failing")]

mod definition;
mod generator;

use pinnace_content::{Content, ContentError, ContentId, Kind, Text, TooLong};
use proptest::prelude::*;
use serde_json::Value;

fn vectors() -> Vec<(String, Vec<u8>, Value)> {
    let path = definition::spec().join("vectors/content/content.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let octets = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    let vectors = file["vectors"].as_array().unwrap().iter();
    vectors
        .map(|vector| {
            (
                vector["id"].as_str().unwrap().to_owned(),
                octets(vector["hex"].as_str().unwrap()),
                vector.clone(),
            )
        })
        .collect()
}

#[test]
fn the_code_is_what_follows_from_the_definition() {
    let found = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/proto.rs")).unwrap();
    assert!(found == definition::code(), "run `cargo run -p pinnace-content --example content_code`");
}

#[test]
fn the_vectors_are_what_the_generator_writes() {
    let path = definition::spec().join("vectors/content/content.json");
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == generator::file(), "run `cargo run -p pinnace-content --example content_vectors`");
}

#[test]
fn the_reader_agrees_with_every_vector() {
    let vectors = vectors();
    assert!(vectors.len() > 50, "{}", vectors.len());
    for (id, octets, vector) in vectors {
        match (Content::parse(&octets), vector["error"].as_str()) {
            (Ok(content), None) => check_good(&id, &content, &octets, &vector),
            (Err(error), Some(expected)) => assert_eq!(error.name(), expected, "{id}"),
            (found, expected) => panic!("{id}: {found:?}, expected {expected:?}"),
        }
    }
}

#[track_caller]
fn check_good(id: &str, content: &Content, octets: &[u8], vector: &Value) {
    if let Some(field) = vector["unknown"].as_u64() {
        assert!(
            matches!(&content.kind, Kind::Unknown { field: found, .. } if u64::from(*found) == field),
            "{id}"
        );
    } else {
        assert_eq!(generator::value(octets), vector["value"], "{id}: by the definition alone");
    }
    if vector["canonical"] != false {
        assert_eq!(content.encode().unwrap(), octets, "{id}");
    }
}

#[test]
fn what_is_not_known_is_skipped_but_for_the_kind_which_is_kept() {
    let find = |name: &str| {
        let (_, octets, _) = vectors().into_iter().find(|(id, ..)| id == name).unwrap();
        (Content::parse(&octets).unwrap(), octets)
    };
    for name in ["content/unknown_field", "content/unknown_field_within"] {
        assert_eq!(find(name).0.kind, Kind::Text(Text::plain("a")), "{name}");
    }
    let (content, octets) = find("content/unknown_kind");
    let Kind::Unknown { field: 127, octets: kept } = &content.kind else { panic!("{content:?}") };
    assert!(octets.starts_with(kept) && kept.len() < octets.len());
    assert_eq!(content.id, ContentId([7; 16]));
    assert_eq!(content.encode().unwrap(), octets, "it is passed on as it came");
}

#[test]
fn every_content_has_one_of_the_padded_lengths() {
    let mut lens = Vec::new();
    for len in (1..32_768).step_by(97) {
        let said = Content::new(ContentId([1; 16]), 1, Kind::Text(Text::plain(&"a".repeat(len))));
        lens.push(said.encode().unwrap().len());
    }
    lens.dedup();
    assert!(lens.is_sorted() && lens.len() <= 18, "{lens:?}");
}

#[test]
fn what_is_out_of_its_bounds_is_not_written() {
    let said = |kind| Content::new(ContentId([1; 16]), 1, kind).encode();
    assert_eq!(said(Kind::Text(Text::plain(""))), Err(TooLong::Field { field: "body" }));
    assert_eq!(said(Kind::Text(Text::plain(&"a".repeat(32_769)))), Err(TooLong::Field { field: "body" }));
    assert_eq!(said(Kind::Delete { targets: Vec::new() }), Err(TooLong::Field { field: "targets" }));
    let (_, media) = generator::good().into_iter().find(|(name, _)| *name == "media").unwrap();
    let Kind::Media(mut media) = media.kind else { panic!("a media") };
    (media.caption, media.preview) = ("a".repeat(32_768), vec![1; 32_768]);
    assert!(said(Kind::Media(media)).is_err(), "each is within its bounds, but not both");
}

#[test]
fn every_truncation_and_every_flipped_bit_is_read_without_a_panic() {
    for (id, octets, _) in vectors().into_iter().filter(|(_, octets, _)| octets.len() <= 512) {
        for len in 0..octets.len() {
            assert!(Content::parse(&octets[..len]).is_err() || len == 128 || len == 192, "{id} {len}");
        }
        for bit in 0..octets.len() * 8 {
            let mut bent = octets.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            again(&bent);
        }
    }
}

/// What is read is read the same again from what is written.
fn again(octets: &[u8]) {
    match Content::parse(octets) {
        Ok(content) => {
            // What was skipped may have made it longer than it is now.
            let written = content.encode().unwrap();
            assert_eq!(Content::parse(&written).unwrap(), content);
        }
        Err(ContentError::Malformed | ContentError::Padding | ContentError::Length { .. }) => {}
        Err(ContentError::Version { .. } | ContentError::Kinds { .. } | ContentError::OutOfRange { .. }) => {}
    }
}

proptest! {
    #[test]
    fn any_octets_are_read_without_a_panic(mut octets in prop::collection::vec(any::<u8>(), 0..200)) {
        again(&octets);
        octets.push(0x80);
        octets.resize(pinnace_content::bucket(octets.len() - 1).unwrap(), 0);
        again(&octets);
    }
}
