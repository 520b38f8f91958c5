//! The schema of histories names every event with the fields that it has, and no other.

use std::collections::{BTreeMap, BTreeSet};

use pinnace_lanes::history::{Event, Line};
use serde_json::Value;

type Fields = BTreeMap<String, BTreeSet<String>>;

/// One of each, with every field.
fn events() -> Vec<Event> {
    let (message, item, text) = (1, 1, String::new);
    vec![
        Event::Invoke { message, to: text(), digest: text(), expires_s: Some(1) },
        Event::Numbered { message, client_seq: 1 },
        Event::Ok { message },
        Event::Fail { message, why: text() },
        Event::Unknown { message },
        Event::Received { item, from: text(), message: Some(1), digest: text() },
        Event::Acked { item },
        Event::Receipt { message },
        Event::Gap { item, count: 1, reason: 0 },
        Event::Fault { what: text(), cycle: 1 },
    ]
}

#[test]
fn the_schema_is_what_is_written() {
    let schema: Value = serde_json::from_str(include_str!("../history.schema.json")).unwrap();
    let common: BTreeSet<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
    let branches = schema["oneOf"].as_array().unwrap().iter();
    let told: Fields = branches
        .map(|branch| {
            let fields = branch["properties"].as_object().unwrap();
            let name = fields["event"]["const"].as_str().unwrap().to_owned();
            (name, fields.keys().cloned().chain(common.clone()).collect())
        })
        .collect();
    let written: Fields = events()
        .into_iter()
        .map(|event| {
            let line = Line { at_us: 1, process: "p".to_owned(), device: "d".to_owned(), event };
            let value = serde_json::to_value(&line).unwrap();
            assert_eq!(serde_json::from_value::<Line>(value.clone()).unwrap(), line);
            let fields = value.as_object().unwrap().keys().cloned().collect();
            (value["event"].as_str().unwrap().to_owned(), fields)
        })
        .collect();
    assert_eq!(written, told);
}
