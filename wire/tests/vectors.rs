//! The codec agrees with every vector: octets to value, value to octets, octets to the error and its place.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at JSON that it did not expect"
)]

mod everything;
mod generator;
mod json;

use std::collections::HashSet;

use pinnace_wire::{
    CommitAad, ConversationOrigin, DecodeError, DeviceCertificate, EdgeCertificate, EncodeError, MessageAad,
    Preface, RootSuccessor, ServerRecord, SignedDeviceList, frames,
};
use serde_json::{Value, json};

/// What a decoder made of the octets: the value, the error, the encodings of the value.
type Outcome = (Option<Value>, Option<Value>, Vec<Vec<u8>>);

#[test]
fn the_files_are_what_the_generator_writes() {
    let mut names: HashSet<String> = HashSet::new();
    for (name, content) in generator::files() {
        let found = std::fs::read_to_string(generator::folder().join(&name)).unwrap_or_default();
        assert!(found == content, "{name} differs: run `cargo run -p pinnace-wire --example vectors`");
        names.insert(name);
    }
    for entry in std::fs::read_dir(generator::folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_ours = names.contains(&name) || name == "schema.json" || !name.ends_with(".json");
        assert!(is_ours, "{name} is written by nobody");
    }
}

#[test]
fn the_codec_agrees_with_every_vector() {
    let mut ids = HashSet::new();
    for vector in vectors() {
        assert!(ids.insert(vector["id"].as_str().unwrap().to_owned()), "{} stands twice", vector["id"]);
        check(&vector);
    }
    assert!(ids.len() >= 1_500, "only {} vectors", ids.len());
}

#[test]
fn no_vector_makes_the_codec_allocate() {
    let mut out = vec![0; 65_535];
    for vector in vectors() {
        let octets = octets(&vector["hex"]);
        let mut sum = 0;
        let found = allocation_counter::measure(|| sum = everything::everything(&octets, &mut out));
        assert_eq!(found.count_total, 0, "{}, {sum}", vector["id"]);
    }
}

#[test]
fn the_allocation_counter_counts() {
    let found = allocation_counter::measure(|| drop(core::hint::black_box(Vec::<u8>::with_capacity(8))));
    assert_eq!(found.count_total, 1);
}

fn vectors() -> Vec<Value> {
    let parse = |content: String| serde_json::from_str::<Value>(&content).unwrap();
    let files = generator::files().into_iter().map(|(_, content)| parse(content));
    files.flat_map(|file| file["vectors"].as_array().unwrap().clone()).collect()
}

fn octets(hex: &Value) -> Vec<u8> {
    match hex {
        Value::String(text) => {
            let digits: Vec<char> = text.chars().collect();
            let pairs = digits.chunks(2).map(|pair| pair.iter().collect::<String>());
            pairs.map(|pair| u8::from_str_radix(&pair, 16).unwrap()).collect()
        }
        Value::Array(parts) => parts.iter().flat_map(octets).collect(),
        other => {
            let times = usize::try_from(other["repeat"][1].as_u64().unwrap()).unwrap();
            octets(&other["repeat"][0]).repeat(times)
        }
    }
}

/// Repeats written out, so that values compare.
fn plain(value: &Value) -> Value {
    match value {
        Value::Array(parts) if parts.iter().any(|part| part.get("repeat").is_some()) => {
            let octets = octets(value);
            Value::from(octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>())
        }
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(object) => object.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        other => other.clone(),
    }
}

fn encoded(encode: impl Fn(&mut [u8]) -> Result<usize, EncodeError>) -> Vec<u8> {
    let mut out = vec![0; 65_535];
    let len = encode(&mut out).unwrap();
    out.truncate(len);
    // Exactly enough room is enough, one octet less is told.
    assert_eq!(encode(&mut vec![0; len]), Ok(len));
    if len > 0 {
        assert_eq!(encode(&mut vec![0; len - 1]), Err(EncodeError::BufferTooSmall { needed: len }));
    }
    out
}

fn wrong(error: &DecodeError) -> Value {
    assert!(!error.field.is_empty(), "{error:?}: in no field");
    json!({"kind": error.kind.name(), "offset": error.offset, "code": error.code().name()})
}

/// The frames, the error after them, the encodings of the frames.
type Walked = (Vec<(String, Value)>, Option<Value>, Vec<Vec<u8>>);

fn record(octets: &[u8]) -> Walked {
    let (mut values, mut error, mut encodings) = (Vec::new(), None, Vec::new());
    for placed in frames(octets) {
        match placed {
            Ok(placed) => {
                values.push(json::frame(&placed.frame));
                encodings.push(encoded(|out| placed.frame.encode(out)));
            }
            Err(found) => error = Some(wrong(&found)),
        }
    }
    (values, error, encodings)
}

fn structure<T>(
    decoded: Result<T, DecodeError>,
    value: impl Fn(&T) -> Value,
    encode: impl Fn(&T, &mut [u8]) -> Result<usize, EncodeError>,
    encoded_len: impl Fn(&T) -> usize,
) -> Outcome {
    match decoded {
        Ok(found) => {
            let encoding = encoded(|out| encode(&found, out));
            assert_eq!(encoded_len(&found), encoding.len());
            (Some(value(&found)), None, vec![encoding])
        }
        Err(error) => (None, Some(wrong(&error)), Vec::new()),
    }
}

/// Of a structure that nobody signs.
fn unsigned(what: &str, octets: &[u8]) -> Outcome {
    match what {
        "CONVERSATION_ORIGIN" => structure(
            ConversationOrigin::decode(octets),
            json::conversation_origin,
            ConversationOrigin::encode,
            ConversationOrigin::encoded_len,
        ),
        "MESSAGE_AAD" => structure(
            MessageAad::decode(octets),
            json::message_aad,
            MessageAad::encode,
            MessageAad::encoded_len,
        ),
        _ => {
            structure(CommitAad::decode(octets), json::commit_aad, CommitAad::encode, CommitAad::encoded_len)
        }
    }
}

fn outcome(what: &str, octets: &[u8]) -> Outcome {
    match what {
        "EDGE_CERTIFICATE" => structure(
            EdgeCertificate::decode(octets),
            json::edge_certificate,
            EdgeCertificate::encode,
            EdgeCertificate::encoded_len,
        ),
        "ROOT_SUCCESSOR" => structure(
            RootSuccessor::decode(octets),
            json::root_successor,
            RootSuccessor::encode,
            RootSuccessor::encoded_len,
        ),
        "DEVICE_CERTIFICATE" => structure(
            DeviceCertificate::decode(octets),
            json::device_certificate,
            DeviceCertificate::encode,
            DeviceCertificate::encoded_len,
        ),
        "SIGNED_DEVICE_LIST" => structure(
            SignedDeviceList::decode(octets),
            json::signed_device_list,
            SignedDeviceList::encode,
            SignedDeviceList::encoded_len,
        ),
        "CONVERSATION_ORIGIN" | "MESSAGE_AAD" | "COMMIT_AAD" => unsigned(what, octets),
        "SERVER_RECORD" => match ServerRecord::decode(octets) {
            Ok(found) => {
                let encoding = encoded(|out| found.encode(out));
                assert_eq!(found.encoded_len(), encoding.len());
                (Some(json::server_record(&found)), None, vec![encoding])
            }
            Err(error) => {
                (None, Some(json!({"kind": error.kind.name(), "offset": error.offset})), Vec::new())
            }
        },
        "PREFACE" => match Preface::decode(octets) {
            Ok((found, noise)) => {
                let encoding = encoded(|out| found.encode(out));
                assert_eq!(found.encoded_len(), encoding.len());
                let encoding = [encoding.as_slice(), noise].concat();
                (Some(json::preface(&found, noise)), None, vec![encoding])
            }
            Err(error) => {
                let code = error.kind.reason().name().unwrap();
                (
                    None,
                    Some(json!({"kind": error.kind.name(), "offset": error.offset, "code": code})),
                    Vec::new(),
                )
            }
        },
        "RECORD" => {
            let (values, error, encodings) = record(octets);
            let list = values.into_iter().map(|(frame, value)| json!({"frame": frame, "value": value}));
            (Some(list.collect()), error, encodings)
        }
        name => {
            let (mut values, error, encodings) = record(octets);
            assert!(values.len() <= 1, "{name} is one frame");
            let value = values.pop().map(|(found, value)| {
                assert_eq!(found, name);
                value
            });
            (value, error, encodings)
        }
    }
}

#[track_caller]
fn check(vector: &Value) {
    let id = &vector["id"];
    let what = vector["frame"].as_str().unwrap();
    let octets = octets(&vector["hex"]);
    let (value, error, encodings) = outcome(what, &octets);
    assert_eq!(error.as_ref(), vector.get("error"), "{id}: error");
    assert_eq!(value, vector.get("value").map(plain), "{id}: value");
    if error.is_none() && vector.get("canonical") != Some(&Value::Bool(false)) {
        assert_eq!(encodings.concat(), octets, "{id}: encoding");
    }
}
