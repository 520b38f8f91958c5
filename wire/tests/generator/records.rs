//! Records of several frames, of none, of unknown ones.

use super::sample::{self, Object, Size, Value};
use super::table::{Frame, Table};
use super::{Collector, Wrong, order, tree};

struct Sequence {
    octets: Vec<u8>,
    value: Vec<Value>,
}

impl Sequence {
    const fn new() -> Self {
        Self { octets: Vec::new(), value: Vec::new() }
    }

    fn known(mut self, frame: &Frame, size: Size, table: &Table) -> Self {
        let value = sample::frame(frame, size, table);
        self.octets.extend(tree::octets(&tree::frame(frame, &value, table)));
        self.value.push(entry(&frame.name, value));
        self
    }

    fn unknown(mut self, frame_type: u64, body: &[u8]) -> Self {
        self.octets.extend(tree::octets(&tree::unknown(frame_type, body)));
        let value = vec![
            ("type".to_owned(), Value::Number(frame_type)),
            ("body".to_owned(), Value::Octets(body.to_vec())),
        ];
        self.value.push(entry("UNKNOWN", value));
        self
    }
}

fn entry(frame: &str, value: Object) -> Value {
    Value::Object(vec![
        ("frame".to_owned(), Value::Text(frame.to_owned())),
        ("value".to_owned(), Value::Object(value)),
    ])
}

pub(crate) fn collect(table: &Table) -> Collector {
    let mut out = Collector::new("RECORD", "both");
    sequences(&mut out, table);
    unknown(&mut out, table);
    heads(&mut out);
    errors(&mut out, table);
    order::collect(&mut out);
    out
}

fn valid(out: &mut Collector, name: &str, sequence: Sequence) {
    out.push(name, sequence.octets, Some(Value::List(sequence.value)), None);
}

fn sequences(out: &mut Collector, table: &Table) {
    valid(out, "empty", Sequence::new());
    for (name, size) in [("minimal", Size::Minimal), ("golden", Size::Golden)] {
        for side in ["client", "server"] {
            let frames = table.frame.iter().filter(|frame| frame.from.iter().any(|from| from == side));
            let all = frames.fold(Sequence::new(), |sequence, frame| sequence.known(frame, size, table));
            valid(out, &format!("every_{side}_frame/{name}"), all);
        }
    }
    let golden = |names: &[&str]| {
        names
            .iter()
            .fold(Sequence::new(), |sequence, name| sequence.known(table.frame(name), Size::Golden, table))
    };
    valid(out, "first_flight", golden(&["HELLO", "BIND", "SEND", "ACK"]));
    valid(out, "answer", golden(&["WELCOME", "BIND", "DELIVER", "GAP", "RECEIPT", "ACCEPTED"]));
    valid(out, "ping_twice", golden(&["PING", "PING"]));
    let pings = (0..64)
        .fold(Sequence::new(), |sequence, _| sequence.known(table.frame("PING"), Size::Minimal, table));
    valid(out, "ping_64_times", pings);
}

fn unknown(out: &mut Collector, table: &Table) {
    let ping = table.frame("PING");
    for k in [0, 1, 2, 7, 264, 17_318_416, ((1 << 62) - 1 - 33) / 62] {
        let grease = 62 * k + 33;
        valid(out, &format!("grease/{grease}"), Sequence::new().unknown(grease, b"\xde\xad"));
    }
    valid(out, "grease/empty", Sequence::new().unknown(33, &[]));
    valid(out, "grease/long", Sequence::new().unknown(33, &[0xab; 60_000]));
    let among = Sequence::new().unknown(33, &[0]).known(ping, Size::Golden, table).unknown(95, &[0; 3]);
    valid(out, "grease/among", among.known(ping, Size::Golden, table));
    for odd in [3_u64, 5, 61, 63, 67, 0x3fff, 0x4001, (1 << 62) - 1] {
        valid(out, &format!("unknown_odd/{odd}"), Sequence::new().unknown(odd, b"body"));
    }
    for even in [44_u64, 62, 74, 126, 150, 160, 176, 192, 208, 224, 240, 0x4000, 0x4000_0000, (1 << 62) - 2] {
        let octets = Sequence::new().unknown(even, b"body").octets;
        out.wrong(&format!("unknown_even/{even}"), octets, "unknown_frame", 0);
    }
    // The type is judged before the length is there, and before the body fits.
    out.wrong("unknown_even/no_length", vec![44], "unknown_frame", 0);
    out.wrong("unknown_even/past_the_record", vec![44, 9], "unknown_frame", 0);
    out.wrong("type_zero/alone", vec![0], "reserved_type", 0);
    out.wrong("type_zero/with_body", vec![0, 1, 0], "reserved_type", 0);
}

/// Types and lengths that are cut or longer than they need to be.
fn heads(out: &mut Collector) {
    for log in 1..=3_u8 {
        let wide = tree::wide(33, log);
        for cut in 1..wide.len() {
            let octets = wide.iter().take(cut).copied().collect();
            out.wrong(&format!("type_cut/{}/{cut}", wide.len()), octets, "truncated", cut);
        }
        let octets = [wide.as_slice(), &[0]].concat();
        out.wrong(&format!("type_non_minimal/{}", wide.len()), octets, "non_minimal", 0);
        let zero = [tree::wide(0, log).as_slice(), &[0]].concat();
        // The varint itself is judged first.
        out.wrong(&format!("type_zero_non_minimal/{}", wide.len()), zero, "non_minimal", 0);
        for cut in 1..wide.len() {
            let length: Vec<u8> = tree::wide(40, log).into_iter().take(cut).collect();
            let octets = [&[33], length.as_slice()].concat();
            out.wrong(&format!("length_cut/{}/{cut}", wide.len()), octets, "truncated", 1 + cut);
        }
    }
    // The largest value that is one length too long, in the token of a PING.
    for (log, value) in [(1, 0x3f), (2, 0x3fff), (3, 0x3fff_ffff)] {
        let token = tree::wide(value, log);
        let octets = [tree::varint(10), tree::varint(token.len() as u64), token].concat();
        out.wrong(&format!("non_minimal_edge/{value}"), octets, "non_minimal", 2);
    }
    out.wrong("length_missing", vec![33], "truncated", 1);
}

/// Frames before an error stand; offsets count from the start of the record.
fn errors(out: &mut Collector, table: &Table) {
    let before = || Sequence::new().known(table.frame("PING"), Size::Golden, table).unknown(33, b"\xde\xad");
    let tails: [(&str, &[u8], &'static str, usize); 11] = [
        ("type_zero", &[0], "reserved_type", 0),
        ("unknown_even", &[44, 0], "unknown_frame", 0),
        ("type_non_minimal", &[0x40, 10, 1, 0], "non_minimal", 0),
        ("length_non_minimal", &[10, 0x40, 1, 0], "non_minimal", 1),
        ("length_missing", &[10], "truncated", 1),
        ("past_the_record", &[10, 2, 0], "truncated", 3),
        ("body_empty", &[10, 0], "truncated", 2),
        ("field_cut", &[10, 1, 0x40], "truncated", 3),
        ("field_non_minimal", &[10, 2, 0x40, 1], "non_minimal", 2),
        ("field_over_limit", &[30, 4, 0x80, 0, 0x40, 0], "over_limit", 2),
        ("extension_even", &[10, 3, 0, 2, 0], "unknown_extension", 3),
    ];
    for (name, tail, kind, offset) in tails {
        let Sequence { mut octets, value } = before();
        let error = Wrong::new(kind, octets.len() + offset);
        octets.extend(tail);
        // What follows an error is not looked at.
        out.push(&format!("second/{name}"), octets.clone(), Some(Value::List(value)), Some(error));
    }
    let Sequence { mut octets, value } = before();
    let error = Wrong::new("unknown_frame", octets.len());
    octets.extend([44, 0, 10, 1, 0]);
    out.push("second/valid_after_error", octets, Some(Value::List(value)), Some(error));
}
