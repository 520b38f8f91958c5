//! The conversation of the vectors.
#![expect(clippy::unwrap_used, reason = "a table that does not hold must stop the generator")]

use blake2::{Blake2s256, Digest as _};
use serde::Deserialize;

use super::sample::{self, Size};
use super::table::Table;
use super::tree;

#[derive(Deserialize)]
struct Transcripts {
    transcript: Vec<Transcript>,
}

#[derive(Deserialize)]
struct Transcript {
    part: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    name: String,
    hex: String,
}

/// The id that follows from the origin in its golden vector, in the realm of the transcripts.
pub(crate) fn conversation(table: &Table) -> Vec<u8> {
    let origin = table.structure("conversation_origin");
    let golden = sample::fields(&origin.fields, Size::Golden, table);
    let octets = tree::octets(&tree::fields(&origin.fields, &golden, "", table));
    let digest = Blake2s256::new()
        .chain_update(origin.label.as_ref().unwrap())
        .chain_update([0])
        .chain_update(realm())
        .chain_update(octets)
        .finalize();
    digest.iter().take(16).copied().collect()
}

fn realm() -> Vec<u8> {
    let file: Transcripts = toml::from_str(include_str!("../../../spec/data/transcripts.toml")).unwrap();
    let mut parts = file.transcript.into_iter().flat_map(|transcript| transcript.part);
    let hex = parts.find(|part| part.name == "realm_id").unwrap().hex;
    let digits: Vec<char> = hex.chars().collect();
    let octet = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(octet).collect()
}
