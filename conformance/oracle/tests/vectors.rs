//! The oracle reads every vector of `spec/vectors` as the vector says: values, kinds of error, offsets.
#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test says what is missing by failing")]

use std::collections::BTreeSet;
use std::path::Path;

use pinnace_oracle::{DecodedFrame, NamedValue, OracleError, Value, decode_record, decode_structure};
use pinnace_spec::Kind;
use serde_json::{Map, Value as Json, json};

#[test]
fn every_vector_reads_as_it_says() {
    let mut seen = BTreeSet::new();
    for vector in vectors() {
        let what = vector["frame"].as_str().expect("frame").to_owned();
        if matches!(what.as_str(), "PREFACE" | "SERVER_RECORD") {
            // Cleartext before the channel is not of frames; the codec alone reads it.
            continue;
        }
        check(&what, &vector);
        seen.insert(what);
    }
    let tables = pinnace_spec::frames().expect("the tables hold");
    for name in tables.frames.iter().map(|frame| frame.name.clone()) {
        assert!(seen.contains(&name), "no vector of {name}");
    }
    for structure in &tables.structures {
        assert!(seen.contains(&structure.name.to_uppercase()), "no vector of {}", structure.name);
    }
}

fn vectors() -> Vec<Json> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/vectors");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("spec/vectors")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "json") && !path.ends_with("schema.json"))
        .collect();
    paths.sort();
    paths
        .iter()
        .flat_map(|path| {
            let text = std::fs::read_to_string(path).expect("a readable file");
            let file: Json = serde_json::from_str(&text).expect("JSON");
            file["vectors"].as_array().expect("vectors").clone()
        })
        .collect()
}

#[track_caller]
fn check(what: &str, vector: &Json) {
    let octets = octets(&vector["hex"]);
    let id = &vector["id"];
    let tables = pinnace_spec::frames().expect("the tables hold");
    let structure = tables.structures.iter().find(|structure| structure.name.to_uppercase() == what);
    let read = match structure {
        Some(structure) => decode_structure(&structure.name, &octets).map(|fields| plain_fields(&fields)),
        None => decode_record(&octets).map(|frames| match (what, frames.as_slice()) {
            ("RECORD", frames) => Json::Array(frames.iter().map(of_record).collect()),
            (_, [frame]) => of_frame(frame),
            (_, frames) => json!({ "frames": frames.len() }),
        }),
    };
    match (read, vector.get("error")) {
        (Ok(read), None) => assert_eq!(widened(&read), widened(&flat(&vector["value"])), "{id}"),
        (Err(OracleError { kind, offset, .. }), Some(error)) => {
            assert_eq!(json!({ "kind": kind.name(), "offset": offset }), plain_error(error), "{id}");
        }
        (read, error) => {
            assert!(read.is_err() && error.is_some(), "{id}: read {read:?}, the vector says {error:?}")
        }
    }
}

fn plain_error(error: &Json) -> Json {
    json!({ "kind": error["kind"], "offset": error["offset"] })
}

fn octets(hex: &Json) -> Vec<u8> {
    match hex {
        Json::String(hex) => hex
            .as_bytes()
            .chunks(2)
            .map(|pair| {
                let pair = core::str::from_utf8(pair).expect("hex");
                u8::from_str_radix(pair, 16).expect("hex")
            })
            .collect(),
        Json::Object(part) => {
            let count = part["repeat"][1].as_u64().expect("a count");
            octets(&part["repeat"][0]).repeat(usize::try_from(count).expect("a count"))
        }
        Json::Array(parts) => parts.iter().flat_map(octets).collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) => Vec::new(),
    }
}

fn of_record(frame: &DecodedFrame) -> Json {
    let mut value = Map::new();
    value.insert("frame".to_owned(), json!(frame.name));
    value.insert("value".to_owned(), of_frame(frame));
    Json::Object(value)
}

/// A frame as the vectors write it. What is unknown in a known frame is not in a vector's value.
fn of_frame(frame: &DecodedFrame) -> Json {
    let known: Vec<NamedValue> = frame
        .fields
        .iter()
        .chain(&frame.extensions)
        .filter(|named| !named.name.starts_with("unknown_"))
        .cloned()
        .collect();
    let mut value = plain_fields(&known);
    if frame.name == "UNKNOWN" {
        value["type"] = json!(frame.frame_type);
    }
    for extension in &frame.extensions {
        if is_flag(frame, &extension.name) {
            value[&extension.name] = json!(true);
        }
    }
    value
}

fn is_flag(frame: &DecodedFrame, name: &str) -> bool {
    let tables = pinnace_spec::frames().expect("the tables hold");
    let table = tables.frame_of_type(frame.frame_type);
    table.into_iter().flat_map(|table| &table.extensions).any(|extension| {
        extension.field.name == name && matches!(extension.field.kind, Kind::Rest { max: 0, .. })
    })
}

fn plain_fields(fields: &[NamedValue]) -> Json {
    Json::Object(fields.iter().map(|named| (named.name.clone(), plain(&named.value))).collect())
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Number(number) => json!(number),
        Value::Octets(octets) => json!(octets.iter().map(|octet| format!("{octet:02x}")).collect::<String>()),
        Value::Text(text) => json!(text),
        Value::List(items) => Json::Array(items.iter().map(|item| plain_fields(item)).collect()),
        Value::Structure(fields) => plain_fields(fields),
    }
}

/// A vector's value with its parts put together: long octets as one string of hex.
fn flat(value: &Json) -> Json {
    match value {
        Json::Array(parts) if parts.iter().any(|part| part.get("repeat").is_some()) => {
            json!(octets(value).iter().map(|octet| format!("{octet:02x}")).collect::<String>())
        }
        Json::Array(items) => Json::Array(items.iter().map(flat).collect()),
        Json::Object(members) => {
            Json::Object(members.iter().map(|(name, value)| (name.clone(), flat(value))).collect())
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => value.clone(),
    }
}

/// Every number as decimal text: above 2^53 the vectors write it so.
fn widened(value: &Json) -> Json {
    match value {
        Json::Number(number) => json!(number.to_string()),
        Json::Array(items) => Json::Array(items.iter().map(widened).collect()),
        Json::Object(members) => {
            Json::Object(members.iter().map(|(name, value)| (name.clone(), widened(value))).collect())
        }
        Json::Null | Json::Bool(_) | Json::String(_) => value.clone(),
    }
}
