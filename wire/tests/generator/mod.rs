//! Writes `spec/vectors` from `spec/data/frames.toml`: octets come from the field table, never from the codec.
#![expect(clippy::unwrap_used, reason = "a table that does not hold must stop the generator")]

mod clear;
mod frames;
mod identity;
mod json;
mod order;
mod records;
mod sample;
mod structures;
mod table;
mod tree;
mod wrong;

use core::fmt::Write as _;
use std::path::PathBuf;

use sample::Object;

/// Octets and what they mean: a value, an error, or the frames before an error and that.
pub(crate) struct Vector {
    id: String,
    /// What the octets are: the name of a frame or structure, `RECORD`, `PREFACE` or `SERVER_RECORD`.
    frame: String,
    /// Who sends them: `client`, `server` or `both`.
    direction: &'static str,
    octets: Vec<u8>,
    value: Option<sample::Value>,
    /// Whether encoding the value gives the octets: not when something unknown was skipped.
    is_canonical: bool,
    error: Option<Wrong>,
}

/// What is wrong and where.
#[derive(Clone)]
pub(crate) struct Wrong {
    kind: &'static str,
    offset: usize,
    /// The name of the error code or reject reason that answers; none where the peer just goes.
    code: Option<&'static str>,
}

impl Wrong {
    /// An error in a record: what is unknown and what is too much have codes of their own.
    fn new(kind: &'static str, offset: usize) -> Self {
        let code = match kind {
            "over_limit" => "LIMIT_EXCEEDED",
            "unknown_frame" => "UNKNOWN_FRAME",
            "unknown_extension" => "UNKNOWN_EXTENSION",
            _ => "MALFORMED",
        };
        Self { kind, offset, code: Some(code) }
    }
}

/// Collects the vectors of one file.
pub(crate) struct Collector {
    frame: String,
    direction: &'static str,
    vectors: Vec<Vector>,
}

impl Collector {
    fn new(frame: &str, direction: &'static str) -> Self {
        Self { frame: frame.to_owned(), direction, vectors: Vec::new() }
    }

    fn push(&mut self, name: &str, octets: Vec<u8>, value: Option<sample::Value>, error: Option<Wrong>) {
        let id = format!("{}/{name}", self.frame);
        let (frame, direction) = (self.frame.clone(), self.direction);
        self.vectors.push(Vector { id, frame, direction, octets, value, is_canonical: true, error });
    }

    /// These octets have this value, and the value these octets.
    fn valid(&mut self, name: &str, octets: Vec<u8>, value: Object) {
        self.push(name, octets, Some(sample::Value::Object(value)), None);
    }

    /// These octets have this value; they hold something unknown that is skipped.
    fn skipping(&mut self, name: &str, octets: Vec<u8>, value: Object) {
        self.valid(name, octets, value);
        if let Some(last) = self.vectors.last_mut() {
            last.is_canonical = false;
        }
    }

    /// These octets are wrong from their first frame on.
    fn wrong(&mut self, name: &str, octets: Vec<u8>, kind: &'static str, offset: usize) {
        let none_before = (self.frame == "RECORD").then(|| sample::Value::List(Vec::new()));
        self.push(name, octets, none_before, Some(Wrong::new(kind, offset)));
    }
}

/// The folder of the vectors.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../spec/vectors")
}

/// Each file's name and content.
pub(crate) fn files() -> Vec<(String, String)> {
    let table = table::read();
    let mut collected: Vec<(String, Collector)> = Vec::new();
    for frame in &table.frame {
        collected.push((frame.name.to_lowercase(), frames::collect(frame, &table)));
    }
    for structure in &table.structure {
        collected.push((structure.name.clone(), structures::collect(structure, &table)));
    }
    collected.push(("record".to_owned(), records::collect(&table)));
    collected.push(("preface".to_owned(), clear::preface()));
    collected.push(("server_record".to_owned(), clear::server_record()));
    collected
        .into_iter()
        .map(|(name, collector)| (format!("{name}.json"), file(&collector.vectors)))
        .collect()
}

/// One vector a line, so that a change shows as lines.
fn file(vectors: &[Vector]) -> String {
    let mut text = String::from("{\"schema\": 1, \"vectors\": [\n");
    for (index, vector) in vectors.iter().enumerate() {
        let comma = if index + 1 < vectors.len() { "," } else { "" };
        writeln!(text, "{}{comma}", json::vector(vector)).unwrap();
    }
    text.push_str("]}\n");
    text
}
