//! JSON by hand: names keep the order of the table, one vector is one line.

use core::fmt::Write as _;

use super::Vector;
use super::sample::Value;

/// Runs of one octet from this length on are written as a repeat.
const RUN: usize = 256;

pub(crate) fn vector(vector: &Vector) -> String {
    let mut text = format!(
        "{{\"id\": \"{}\", \"frame\": \"{}\", \"direction\": \"{}\", \"hex\": {}",
        vector.id,
        vector.frame,
        vector.direction,
        octets(&vector.octets)
    );
    if let Some(found) = &vector.value {
        text += &format!(", \"value\": {}", value(found));
    }
    if !vector.is_canonical {
        text += ", \"canonical\": false";
    }
    if let Some(error) = &vector.error {
        text += &format!(", \"error\": {{\"kind\": \"{}\", \"offset\": {}", error.kind, error.offset);
        if let Some(code) = error.code {
            text += &format!(", \"code\": \"{code}\"");
        }
        text.push('}');
    }
    text.push('}');
    text
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        // Writing to a string does not fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// A string of hex, or where a long run is in it an array of strings and repeats.
fn octets(octets: &[u8]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut plain: Vec<u8> = Vec::new();
    for run in octets.chunk_by(|one, other| one == other) {
        match run.first() {
            Some(octet) if run.len() >= RUN => {
                if !plain.is_empty() {
                    parts.push(format!("\"{}\"", hex(&plain)));
                    plain.clear();
                }
                parts.push(format!("{{\"repeat\": [\"{octet:02x}\", {}]}}", run.len()));
            }
            Some(_) | None => plain.extend(run),
        }
    }
    if parts.is_empty() {
        return format!("\"{}\"", hex(octets));
    }
    if !plain.is_empty() {
        parts.push(format!("\"{}\"", hex(&plain)));
    }
    format!("[{}]", parts.join(", "))
}

fn value(found: &Value) -> String {
    match found {
        // What a double cannot hold is a string.
        Value::Number(number) if *number >= 1 << 53 => format!("\"{number}\""),
        Value::Number(number) => number.to_string(),
        Value::Octets(found) => octets(found),
        Value::Text(text) => format!("\"{text}\""),
        Value::Flag => "true".to_owned(),
        Value::List(items) => format!("[{}]", items.iter().map(value).collect::<Vec<_>>().join(", ")),
        Value::Object(object) => {
            let pairs = object.iter().map(|(name, found)| format!("\"{name}\": {}", value(found)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}
