//! What a fuzzer begins with: the vectors of the specification, and flights and schedules that this crate makes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pinnace_oracle::octets;
use pinnace_session::client::ClientEvent;
use pinnace_session::server::ServerEvent;
use pinnace_session::{ClientSession, Scratch, Seed};
use pinnace_wire::Pattern;
use serde_json::Value;

use crate::keys;

/// The seeds of a target.
///
/// # Panics
/// When the vectors cannot be read.
#[must_use]
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    match target {
        "content" => contents().into_iter().map(|(_, octets)| octets).collect(),
        "decode" | "deframe" => vectors(),
        "round_trip" => [vectors(), materials()].concat(),
        "split_invariance" => vectors()
            .into_iter()
            .step_by(12)
            .enumerate()
            .map(|(index, octets)| split(index, octets))
            .collect(),
        "no_amplification" => connections(),
        "session" => schedules(),
        "home" => histories(),
        "store_recovery" => damages(),
        other => panic!("no target {other}"),
    }
}

/// Entries that stand in the corpus of a target for good, under their names: walks of a table. An optimised build makes a
/// look-up of a table and one branch of several, and so the edges that a fuzzer counts do not tell them apart.
///
/// # Panics
/// When the tables of the specification cannot be read.
#[must_use]
pub fn kept(target: &str) -> Vec<(String, Vec<u8>)> {
    match target {
        // Each kind once: the shorter ones.
        "content" => contents().into_iter().filter(|(_, octets)| octets.len() <= 512).collect(),
        "decode" => [every_code(), key_packages(), envelopes()].concat(),
        "deframe" => ends(),
        "round_trip" => [every_reason(), prefaces()].concat(),
        _ => Vec::new(),
    }
}

/// CLOSE with each code that is assigned, and with those that lie beside them.
fn every_code() -> Vec<(String, Vec<u8>)> {
    let errors = pinnace_spec::errors().expect("errors.toml");
    let known = errors.entries.iter().map(|error| error.code);
    let codes: BTreeSet<u8> = known.flat_map(|code| [code, code.saturating_add(1), 128, 255]).collect();
    let close = |code: u8| octets::frame(16, &octets::varints(&[code.into(), 0, 0]));
    codes.into_iter().map(|code| (format!("close_{code}"), close(code))).collect()
}

/// A PrivateMessage, and a PublicMessage of each type of sender. No vector holds one.
fn envelopes() -> Vec<(String, Vec<u8>)> {
    let vector = octets::len_prefixed;
    let group = [&vector(&[1; 16])[..], &7_u64.to_be_bytes()].concat();
    let sealed = [vector(&[1]), vector(&[2; 28]), vector(&[3; 100])].concat();
    let private = [&[0, 1, 0, 2], &group[..], &[1], &sealed].concat();
    let public =
        |sender: &[u8]| [&[0, 1, 0, 1], &group[..], sender, &vector(&[1, 0, 0]), &[3], b"a commit"].concat();
    [
        ("private", private),
        ("member", public(&[1, 0, 0, 0, 9])),
        ("external", public(&[2, 0, 0, 0, 0])),
        ("new_member_proposal", public(&[3])),
        ("new_member_commit", public(&[4])),
    ]
    .map(|(name, octets)| (format!("envelope_{name}"), octets))
    .to_vec()
}

/// A KeyPackage of each suite, the one of them of last resort; and one with a doubled extension. No vector holds one.
fn key_packages() -> Vec<(String, Vec<u8>)> {
    let vector = octets::len_prefixed;
    let package = |suite: u8, extensions: &[u8]| {
        let keys = [vector(&[1; 32]), vector(&[2; 32]), vector(&[3; 32])].concat();
        let credential = [&[0, 1][..], &vector(&[4; 201])].concat();
        let capabilities = [[0, 1].as_slice(), &[0, suite], &[0, 10], &[], &[0, 1]].map(vector).concat();
        let lifetime =
            [&[1][..], &1_790_000_000_u64.to_be_bytes(), &1_797_776_000_u64.to_be_bytes()].concat();
        let leaf = [credential, capabilities, lifetime, vector(&[]), vector(&[5; 64])].concat();
        [&[0, 1, 0, suite], &keys[..], &leaf, &vector(extensions), &vector(&[6; 64])].concat()
    };
    [
        ("key_package_aes", package(1, &[])),
        ("key_package_chacha", package(3, &[0, 10, 0])),
        ("key_package_doubled", package(3, &[0, 10, 0, 0, 10, 0])),
    ]
    .map(|(name, octets)| (name.to_owned(), octets))
    .to_vec()
}

/// What no further octet makes a frame: a type that is reserved or refused, a body that fits no record.
fn ends() -> Vec<(String, Vec<u8>)> {
    let long = [octets::varint(20), octets::varint(65_536)].concat();
    [("type_reserved", vec![0, 0]), ("type_refused", vec![62, 0]), ("body_long", long)]
        .map(|(name, octets)| (name.to_owned(), octets))
        .to_vec()
}

/// REJECT with each reason that is assigned and with one more, and a record without a kind.
fn every_reason() -> Vec<(String, Vec<u8>)> {
    let reject = |reason: u8| (format!("reject_{reason}"), vec![2, reason, 0, 0, 0, 9, 1]);
    (1..=7).map(reject).chain([("record_empty".to_owned(), Vec::new())]).collect()
}

/// A preface with each of its octets after the magic out of its range.
fn prefaces() -> Vec<(String, Vec<u8>)> {
    let parts = ["version", "suite", "pattern", "token_len"].into_iter().enumerate();
    parts
        .map(|(place, part)| {
            let mut octets = *b"PNCE\x01\x01\x01\x00";
            octets[4 + place] = 99;
            (format!("preface_{part}"), octets.to_vec())
        })
        .collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/vectors")
}

/// The octets of every vector.
fn vectors() -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder()).expect("spec/vectors").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut all: Vec<Vec<u8>> = files.iter().flat_map(|path| of_file(path)).collect();
    all.sort();
    all.dedup();
    all
}

/// The contents of the vectors, without their padding, which the target puts on again.
fn contents() -> Vec<(String, Vec<u8>)> {
    let text = fs::read_to_string(folder().join("content/content.json")).expect("vectors of contents");
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let vectors = file["vectors"].as_array().cloned().unwrap_or_default();
    let named = vectors.iter().filter_map(|vector| {
        let mut octets = hex(vector["hex"].as_str()?)?;
        if vector["error"].is_null() {
            octets.truncate(octets.iter().rposition(|octet| *octet == 0x80)?);
        }
        Some((vector["id"].as_str()?.replace('/', "_"), octets))
    });
    named.collect()
}

fn of_file(path: &Path) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(path).expect("a file of vectors");
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let vectors = file["vectors"].as_array().cloned().unwrap_or_default();
    vectors.iter().filter_map(|vector| hex(vector["hex"].as_str()?)).collect()
}

fn hex(text: &str) -> Option<Vec<u8>> {
    (0..text.len() / 2)
        .map(|place| u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok())
        .collect()
}

/// Material of long texts and lists: more than their fields may hold.
fn materials() -> Vec<Vec<u8>> {
    [40, 60, 90, 200, 400].map(|len| vec![b'A'; len]).to_vec()
}

fn split(index: usize, octets: Vec<u8>) -> Vec<u8> {
    let octet = u8::try_from(index % 251).unwrap_or(0);
    [vec![octet, octet, 1, octet / 2, 7], octets].concat()
}

/// Records as TCP carries them.
fn carried(records: &[Vec<u8>]) -> Vec<u8> {
    let with_len = |record: &Vec<u8>| {
        let len = u16::try_from(record.len()).unwrap_or(u16::MAX).to_be_bytes();
        [&len[..], record].concat()
    };
    records.iter().flat_map(with_len).collect()
}

/// Openings: every preface of the vectors, and those of clients of ours with what they say next.
fn connections() -> Vec<Vec<u8>> {
    let openings = of_file(&folder().join("preface.json"));
    let mut all: Vec<Vec<u8>> =
        openings.iter().map(|opening| carried(core::slice::from_ref(opening))).collect();
    let [xx, ik] = [Pattern::Xx, Pattern::Ik].map(client_records);
    // An IK opening that does not open is answered by RETRY; XX may follow it.
    let mut torn = ik.clone();
    torn[0][40] ^= 1;
    all.extend([carried(&xx), carried(&ik), carried(&torn), carried(&[torn[0].clone(), xx[0].clone()])]);
    all
}

/// What a client of ours sends until it waits for WELCOME.
fn client_records(pattern: Pattern) -> Vec<Vec<u8>> {
    let (config, first) = (keys::client_config(pattern), keys::first_flight());
    let mut client =
        ClientSession::new(config, &first, Seed::new([10; 32]), keys::START).expect("a first flight");
    let (mut server, mut scratch) = (keys::server(), Scratch::new());
    let (mut records, mut record) = (Vec::new(), Vec::new());
    while client.poll_transmit(&mut record).is_some() {
        server.on_record(&record, &mut scratch, keys::START).expect("a record is wanted");
        records.push(core::mem::take(&mut record));
        while server.poll_transmit(&mut record).is_some() {
            client.on_record(&record, &mut scratch, keys::START).expect("a record is wanted");
            record.clear();
        }
        while client.poll_event().is_some_and(|event| !matches!(event, ClientEvent::Closed(_))) {}
        while server.poll_event().is_some_and(|event| !matches!(event, ServerEvent::Closed(_))) {}
    }
    records
}

/// Each vector said by an end by hand, and walks of two machines.
fn schedules() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    // A handshake costs more than a thousand decodings: some vectors must do.
    let some = vectors().into_iter().filter(|octets| octets.len() < 250).step_by(12);
    for (index, octets) in some.enumerate() {
        let len = u8::try_from(octets.len()).unwrap_or(u8::MAX);
        // Said by hand, carried, an answer of the store, time.
        let (to_peer, mode) = ([0, 2][index / 2 % 2], 2 + u8::try_from(index % 4).unwrap_or(0));
        let to_peer = if mode < 4 { 0 } else { to_peer.max(2) };
        let said = [vec![5, 255, len], octets, vec![to_peer, 0, 12, 3, 0, 4, 0, 1, 0]].concat();
        all.push([vec![mode, 5, 255, 0, to_peer, 0], said].concat());
    }
    for mode in [0, 1] {
        // Carried both ways until HELLO is at the store; answered; messages, items, answers, the end.
        let start = [vec![mode], [0, 0, 2, 0].repeat(4), vec![11, 0, 0], [2, 0, 0, 0].repeat(3)].concat();
        let talk = [8, 0, 3, 5, 0, 0, 12, 4, 0, 14, 0, 3, 2, 0, 8, 6, 9, 0, 0, 0].repeat(4);
        for end in [vec![15, 0, 0, 0], vec![15, 1, 0, 0], vec![15, 4, 9, 0], vec![4, 255, 255, 1]] {
            all.push([start.clone(), talk.clone(), end].concat());
        }
    }
    all
}

/// Acts in turn, with each of the others among them.
fn histories() -> Vec<Vec<u8>> {
    let each = 0..24_u8;
    each.map(|act| {
        let turn =
            |device: u8| vec![device, 2, (device + 1) % 3, 0, device, act, 130, 1, 2, device, 15, 4, 0, 0];
        [turn(0), turn(1), turn(2), turn(0), turn(1)].concat()
    })
    .collect()
}

/// Each kind of change in each part of each file.
fn damages() -> Vec<Vec<u8>> {
    let parts = (0..12_u8).flat_map(|file| (0..5_u8).map(move |what| (file, what)));
    parts.map(|(file, what)| vec![file, what, file * 7, what * 50, 0xee, 3]).collect()
}
