//! First flights that break the grammar.

use super::Flight;
use crate::peer::Code;
use crate::peer::octets::{extension, frame, varint, varints};
use crate::peer::say::{Hello, kind};

const FLIGHT: &[&str] = &["FRM-011", "CHN-014"];

/// The first flights and their sound twins.
pub(super) const FLIGHTS: &[Flight] = &[
    Flight {
        id: "FRM-011/20",
        title: "an agent of 65 octets is LIMIT_EXCEEDED",
        judges: FLIGHT,
        sound: |hello| with(hello, &extension(3, &[b'a'; 64])),
        broken: |hello| with(hello, &extension(3, &[b'a'; 65])),
        code: Code::LIMIT_EXCEEDED,
    },
    Flight {
        id: "FRM-011/21",
        title: "a list of 65 profiles is LIMIT_EXCEEDED",
        judges: FLIGHT,
        sound: |hello| with(hello, &extension(4, &[varint(64), vec![1; 64]].concat())),
        broken: |hello| with(hello, &extension(4, &[varint(65), vec![1; 65]].concat())),
        code: Code::LIMIT_EXCEEDED,
    },
    Flight {
        id: "FRM-011/22",
        title: "seventeen versions are LIMIT_EXCEEDED",
        judges: FLIGHT,
        sound: |hello| with(hello, &extension(2, &[1; 16])),
        broken: |hello| with(hello, &extension(2, &[1; 17])),
        code: Code::LIMIT_EXCEEDED,
    },
    Flight {
        id: "FRM-012/20",
        title: "hello_counter 0 is MALFORMED",
        judges: &["FRM-012", "CHN-014"],
        sound: |hello| hello.octets(),
        broken: |hello| Hello { hello_counter: 0, ..hello }.octets(),
        code: Code::MALFORMED,
    },
    Flight {
        id: "FRM-012/21",
        title: "an empty list of limits is MALFORMED",
        judges: &["FRM-012", "CHN-014"],
        sound: |hello| with(hello, &extension(5, &varints(&[1, 99, 1]))),
        broken: |hello| with(hello, &extension(5, &varint(0))),
        code: Code::MALFORMED,
    },
    Flight {
        id: "FRM-013/20",
        title: "an agent that is not UTF-8 is MALFORMED",
        judges: &["FRM-013", "CHN-014"],
        sound: |hello| with(hello, &extension(3, "zé".as_bytes())),
        broken: |hello| with(hello, &extension(3, b"z\xe9")),
        code: Code::MALFORMED,
    },
    Flight {
        id: "FRM-009/20",
        title: "an unknown even extension of HELLO is UNKNOWN_EXTENSION",
        judges: &["FRM-009", "CHN-014"],
        sound: |hello| with(hello, &extension(9, b"x")),
        broken: |hello| with(hello, &extension(8, b"x")),
        code: Code::UNKNOWN_EXTENSION,
    },
    Flight {
        id: "FRM-021/1",
        title: "an activity of 2 is MALFORMED",
        judges: &["FRM-021", "CHN-014"],
        sound: |hello| Hello { activity: 0, ..hello }.octets(),
        broken: |hello| Hello { activity: 2, ..hello }.octets(),
        code: Code::MALFORMED,
    },
    Flight {
        id: "FRM-004/20",
        title: "a HELLO that ends before its credit is MALFORMED",
        judges: &["FRM-004", "CHN-014"],
        sound: |hello| hello.octets(),
        broken: |_| frame(kind::HELLO, &[1, 0, 0, 1]),
        code: Code::MALFORMED,
    },
    Flight {
        id: "FRM-005/20",
        title: "octets behind the last item of a list are MALFORMED",
        judges: &["FRM-005", "CHN-014"],
        sound: |hello| with(hello, &extension(4, &varints(&[2, 1, 33]))),
        broken: |hello| with(hello, &extension(4, &varints(&[1, 1, 33]))),
        code: Code::MALFORMED,
    },
    Flight {
        id: "CHN-014/1",
        title: "a first flight that ends within a frame is MALFORMED",
        judges: &["CHN-014"],
        sound: |hello| hello.octets(),
        broken: |hello| [hello.octets(), vec![0x14, 0x09, 0x01]].concat(),
        code: Code::MALFORMED,
    },
];

/// HELLO with extensions.
fn with(hello: Hello, extensions: &[u8]) -> Vec<u8> {
    Hello { extensions: extensions.to_vec(), ..hello }.octets()
}
