//! The records before the secure channel: the preface and the records of a server.

use super::sample::{Object, Value};
use super::{Collector, Wrong};

fn number(name: &str, value: u64) -> (String, Value) {
    (name.to_owned(), Value::Number(value))
}

fn octets(name: &str, value: &[u8]) -> (String, Value) {
    (name.to_owned(), Value::Octets(value.to_vec()))
}

fn preface_octets(pattern: u8, token: &[u8], noise: &[u8]) -> Vec<u8> {
    let len = u8::try_from(token.len()).unwrap_or(u8::MAX);
    [b"PNCE", [1, 1, pattern, len].as_slice(), token, noise].concat()
}

fn preface_value(pattern: u8, token: &[u8], noise: &[u8]) -> Object {
    vec![
        number("version", 1),
        number("suite", 1),
        number("pattern", u64::from(pattern)),
        octets("route_token", token),
        octets("noise", noise),
    ]
}

/// The first record of a client.
pub(crate) fn preface() -> Collector {
    let mut out = Collector::new("PREFACE", "client");
    for (name, pattern, token, noise) in [
        ("minimal", 1, [].as_slice(), [].as_slice()),
        ("xx", 1, &[], &[0x11; 32]),
        ("ik", 2, &[], &[0x22; 96]),
        ("token_one", 2, &[7], &[0x22; 96]),
        ("maximal", 2, &[0x33; 64], &[0x22; 96]),
    ] {
        out.valid(name, preface_octets(pattern, token, noise), preface_value(pattern, token, noise));
    }
    let golden = preface_octets(2, b"token", &[]);
    let mut wrong = |name: &str, octets: Vec<u8>, kind, code, offset| {
        out.push(name, octets, None, Some(Wrong { kind, offset, code: Some(code) }));
    };
    for cut in 0..golden.len() {
        let octets = golden.iter().take(cut).copied().collect();
        wrong(&format!("cut/{cut}"), octets, "truncated", "BAD_PREFACE", cut);
    }
    let mut change = |name: &str, at: usize, octet: u8, kind, code| {
        let changed = golden.iter().enumerate().map(|(index, old)| if index == at { octet } else { *old });
        wrong(name, changed.collect(), kind, code, at);
    };
    for at in 0..4 {
        change(&format!("bad_magic/{at}"), at, b'x', "bad_magic", "BAD_PREFACE");
    }
    for version in [0, 2, 255] {
        let name = format!("unsupported_version/{version}");
        change(&name, 4, version, "unsupported_version", "UNSUPPORTED_VERSION");
    }
    for suite in [0, 2, 255] {
        change(&format!("unsupported_suite/{suite}"), 5, suite, "unsupported_suite", "UNSUPPORTED_SUITE");
    }
    for pattern in [0, 3, 255] {
        let name = format!("unsupported_pattern/{pattern}");
        change(&name, 6, pattern, "unsupported_pattern", "UNSUPPORTED_PATTERN");
    }
    for len in [65, 255] {
        change(&format!("over_limit/route_token/{len}"), 7, len, "over_limit", "BAD_PREFACE");
    }
    change("past_the_record", 7, 64, "truncated", "BAD_PREFACE");
    if let Some(last) = out.vectors.last_mut().and_then(|vector| vector.error.as_mut()) {
        last.offset = golden.len();
    }
    let mut wrong = |name: &str, octets: &[u8], kind, code, offset| {
        out.push(name, octets.to_vec(), None, Some(Wrong { kind, offset, code: Some(code) }));
    };
    wrong("bad_magic/short", b"PX", "bad_magic", "BAD_PREFACE", 1);
    wrong("bad_magic/http", b"GET / HTTP/1.1\r\n", "bad_magic", "BAD_PREFACE", 0);
    // Another version may go on in another way: nothing after the version is looked at.
    wrong("unsupported_version/short", b"PNCE\x02", "unsupported_version", "UNSUPPORTED_VERSION", 4);
    preface_order(&mut out);
    out
}

/// Prefaces with two errors and more: the first in the order of chapter 03 counts.
fn preface_order(out: &mut Collector) {
    let mut wrong = |name: &str, octets: &[u8], kind, code, offset| {
        let error = Wrong { kind, offset, code: Some(code) };
        out.push(&format!("order/{name}"), octets.to_vec(), None, Some(error));
    };
    wrong("magic/version", b"PNCX\x02\x01\x02\x00", "bad_magic", "BAD_PREFACE", 3);
    wrong("magic/cut", b"PNCX", "bad_magic", "BAD_PREFACE", 3);
    wrong("version/suite", b"PNCE\x02\x02\x02\x00", "unsupported_version", "UNSUPPORTED_VERSION", 4);
    wrong(
        "version/suite/pattern/route_token",
        b"PNCE\x00\x00\x00\xff",
        "unsupported_version",
        "UNSUPPORTED_VERSION",
        4,
    );
    wrong("suite/pattern", b"PNCE\x01\x02\x03\x00", "unsupported_suite", "UNSUPPORTED_SUITE", 5);
    wrong("suite/cut", b"PNCE\x01\x02", "unsupported_suite", "UNSUPPORTED_SUITE", 5);
    wrong("suite/pattern/route_token", b"PNCE\x01\x02\x03\x41", "unsupported_suite", "UNSUPPORTED_SUITE", 5);
    wrong("pattern/route_token", b"PNCE\x01\x01\x03\x41", "unsupported_pattern", "UNSUPPORTED_PATTERN", 6);
    wrong("pattern/cut", b"PNCE\x01\x01\x03", "unsupported_pattern", "UNSUPPORTED_PATTERN", 6);
    wrong("route_token/cut", b"PNCE\x01\x01\x02\x41\x33", "over_limit", "BAD_PREFACE", 7);
}

/// What a server sends until the handshake is complete.
pub(crate) fn server_record() -> Collector {
    let mut out = Collector::new("SERVER_RECORD", "server");
    out.valid(
        "handshake/xx",
        [&[0], [0x44; 96].as_slice()].concat(),
        vec![number("kind", 0), octets("noise", &[0x44; 96])],
    );
    out.valid("handshake/one_octet", vec![0, 5], vec![number("kind", 0), octets("noise", &[5])]);
    out.valid("retry", vec![1], vec![number("kind", 1)]);
    for (name, reason, retry_after_ms, version) in [
        ("golden", 5_u8, 5_000_u32, 1_u8),
        ("version", 2, 0, 1),
        ("unknown_reason", 200, 1, 9),
        ("maximal", 255, u32::MAX, 255),
        ("minimal", 0, 0, 0),
    ] {
        let record = [&[2, reason], retry_after_ms.to_be_bytes().as_slice(), &[version]].concat();
        let value = vec![
            number("kind", 2),
            number("reason", u64::from(reason)),
            number("retry_after_ms", u64::from(retry_after_ms)),
            number("highest_version", u64::from(version)),
        ];
        out.valid(&format!("reject/{name}"), record, value);
    }
    let mut wrong = |name: &str, octets: &[u8], kind, offset| {
        out.push(name, octets.to_vec(), None, Some(Wrong { kind, offset, code: None }));
    };
    wrong("empty", &[], "truncated", 0);
    wrong("retry/trailing", &[1, 0], "trailing", 1);
    let reject = [2, 5, 0, 0, 0x13, 0x88, 1];
    for cut in 1..reject.len() {
        wrong(&format!("reject/cut/{cut}"), reject.get(..cut).unwrap_or(&[]), "truncated", cut);
    }
    wrong("reject/trailing", &[2, 5, 0, 0, 0x13, 0x88, 1, 0], "trailing", 7);
    for kind in [3, 0x40, 255] {
        wrong(&format!("unknown_kind/{kind}"), &[kind, 0], "out_of_range", 0);
    }
    out
}
