//! Framing: every rule of the grammar, broken once in a record of its own.

use super::words::{anonymous, case, open, taken, untouched};
use crate::case::{Case, CaseResult, Need};
use crate::check::{Mismatch, expect_eq};
use crate::ctx::Ctx;
use crate::peer::account::people;
use crate::peer::octets::{extension, frame, len_prefixed, varint, varints, wide_varint};
use crate::peer::say::{self, Hello, kind};
use crate::peer::seen::Close;
use crate::peer::{Code, Device, Opening, Seen, closed_with};

/// Who sends the record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// A device that nobody knows: cheap, and allowed PING, CREDIT, CLOSE and REGISTER*.
    Stranger,
    /// A registered device. Its alias 0 is itself.
    Member,
}

/// One broken record and its sound twin.
pub(super) struct Row {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) judges: &'static [&'static str],
    pub(super) sender: Sender,
    pub(super) sound: fn() -> Vec<u8>,
    pub(super) broken: fn() -> Vec<u8>,
    pub(super) code: Code,
}

/// One broken HELLO, in the first flight of XX.
pub(super) struct Flight {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) judges: &'static [&'static str],
    pub(super) broken: fn(Hello) -> Vec<u8>,
    pub(super) sound: fn(Hello) -> Vec<u8>,
    pub(super) code: Code,
}

use Sender::{Member, Stranger};

const FRM_002: &[&str] = &["FRM-002", "FRM-018", "ERR-004"];
const FRM_003: &[&str] = &["FRM-003", "FRM-018", "ERR-004"];
const FRM_004: &[&str] = &["FRM-004", "FRM-018", "ERR-004"];
const FRM_005: &[&str] = &["FRM-005", "FRM-018", "ERR-004"];
const FRM_006: &[&str] = &["FRM-006", "FRM-018", "ERR-004"];
const FRM_007: &[&str] = &["FRM-007", "FRM-018", "ERR-004"];
const FRM_009: &[&str] = &["FRM-009", "FRM-018", "ERR-004"];
const FRM_011: &[&str] = &["FRM-011", "FRM-018", "ERR-004"];
const FRM_012: &[&str] = &["FRM-012", "FRM-018", "ERR-004"];
const FRM_013: &[&str] = &["FRM-013", "FRM-018", "ERR-004"];
const FRM_014: &[&str] = &["FRM-014", "FRM-018", "ERR-004"];

fn ping() -> Vec<u8> {
    say::ping(7)
}

fn send() -> Vec<u8> {
    say::send(1, 0, b"x")
}

/// The body of `send`, for extensions behind it.
fn send_and(extensions: &[u8]) -> Vec<u8> {
    say::send_with(1, 0, b"x", extensions)
}

pub(super) const ROWS: &[Row] = &[
    Row {
        id: "FRM-002/1",
        title: "a frame type in more octets than it needs is MALFORMED",
        judges: FRM_002,
        sender: Stranger,
        sound: ping,
        broken: || vec![0x40, 0x0a, 0x01, 0x07],
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-002/2",
        title: "a frame length in more octets than it needs is MALFORMED",
        judges: FRM_002,
        sender: Stranger,
        sound: ping,
        broken: || vec![0x0a, 0x40, 0x01, 0x07],
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-002/3",
        title: "a field in two octets that fits one is MALFORMED",
        judges: FRM_002,
        sender: Stranger,
        sound: ping,
        broken: || vec![0x0a, 0x02, 0x40, 0x07],
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-002/4",
        title: "a field in eight octets that fits four is MALFORMED",
        judges: FRM_002,
        sender: Stranger,
        sound: || say::ping(1_073_741_823),
        broken: || frame(kind::PING, &wide_varint(1_073_741_823)),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-002/5",
        title: "an extension type in more octets than it needs is MALFORMED",
        judges: FRM_002,
        sender: Member,
        sound: || send_and(&[0x02, 0x01, 0x01]),
        broken: || send_and(&[0x40, 0x02, 0x01, 0x01]),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-002/6",
        title: "an extension length in more octets than it needs is MALFORMED",
        judges: FRM_002,
        sender: Member,
        sound: || send_and(&[0x02, 0x01, 0x01]),
        broken: || send_and(&[0x02, 0x40, 0x01, 0x01]),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-002/7",
        title: "a payload length in more octets than it needs is MALFORMED",
        judges: FRM_002,
        sender: Member,
        sound: send,
        broken: || vec![0x14, 0x05, 0x01, 0x00, 0x40, 0x01, 0x78],
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-003/1",
        title: "a frame that is one octet longer than its record is MALFORMED",
        judges: FRM_003,
        sender: Stranger,
        sound: ping,
        broken: || vec![0x0a, 0x02, 0x07],
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-003/2",
        title: "a record that ends after a frame type is MALFORMED",
        judges: FRM_003,
        sender: Stranger,
        sound: ping,
        broken: || vec![0x0a],
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-003/3",
        title: "a record that ends within a frame type is MALFORMED",
        judges: FRM_003,
        sender: Stranger,
        sound: ping,
        broken: || vec![0x40],
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-003/4",
        title: "a record that ends within a frame length is MALFORMED",
        judges: FRM_003,
        sender: Stranger,
        sound: ping,
        broken: || vec![0x0a, 0x80, 0x00],
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-003/5",
        title: "a frame of unknown odd type that runs past its record is MALFORMED",
        judges: FRM_003,
        sender: Stranger,
        sound: || say::grease(0),
        broken: || vec![0x21, 0x02, 0x00],
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-003/6",
        title: "the second frame of a record that runs past it is MALFORMED",
        judges: FRM_003,
        sender: Stranger,
        sound: || [ping(), ping()].concat(),
        broken: || [&ping()[..], &[0x0a, 0x05, 0x07]].concat(),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-004/1",
        title: "an empty body where a field is due is MALFORMED",
        judges: FRM_004,
        sender: Stranger,
        sound: ping,
        broken: || vec![0x0a, 0x00],
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-004/2",
        title: "a body that ends within a varint is MALFORMED",
        judges: FRM_004,
        sender: Stranger,
        sound: ping,
        broken: || vec![0x0a, 0x01, 0x40],
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-004/3",
        title: "a body that ends before its second field is MALFORMED",
        judges: FRM_004,
        sender: Stranger,
        sound: || say::credit(1 << 30, 1 << 40),
        broken: || frame(kind::CREDIT, &varint(1 << 30)),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-004/4",
        title: "a payload that is longer than its body is MALFORMED",
        judges: FRM_004,
        sender: Member,
        sound: send,
        broken: || vec![0x14, 0x04, 0x01, 0x00, 0x02, 0x78],
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-004/5",
        title: "a list with fewer items than its count is MALFORMED",
        judges: FRM_004,
        sender: Member,
        sound: || say::ack(0),
        broken: || vec![0x26, 0x04, 0x00, 0x02, 0x01, 0x01],
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-004/6",
        title: "an id of fifteen octets is MALFORMED",
        judges: FRM_004,
        sender: Member,
        sound: send,
        broken: || frame(kind::BIND, &[&[0x01][..], &[0xee; 15]].concat()),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-004/7",
        title: "text that is longer than its body is MALFORMED",
        judges: FRM_004,
        sender: Stranger,
        sound: || say::register_code("123456"),
        broken: || frame(kind::REGISTER_CODE, b"\x06123"),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-004/8",
        title: "an extension that is longer than its body is MALFORMED",
        judges: FRM_004,
        sender: Member,
        sound: || send_and(&say::class(1)),
        broken: || send_and(&[0x02, 0x02, 0x01]),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-004/9",
        title: "an extension without a length is MALFORMED",
        judges: FRM_004,
        sender: Member,
        sound: || send_and(&say::class(1)),
        broken: || send_and(&[0x02]),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-004/10",
        title: "an extension whose value ends within its varint is MALFORMED",
        judges: FRM_004,
        sender: Member,
        sound: || send_and(&say::class(1)),
        broken: || send_and(&[0x02, 0x01, 0x40]),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-005/1",
        title: "an octet behind the number of an extension is MALFORMED",
        judges: FRM_005,
        sender: Member,
        sound: || send_and(&say::class(1)),
        broken: || send_and(&[0x02, 0x02, 0x01, 0x00]),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-005/2",
        title: "an octet behind the number of expires_in_s is MALFORMED",
        judges: FRM_005,
        sender: Member,
        sound: || send_and(&say::expires_in_s(60)),
        broken: || send_and(&[0x03, 0x02, 0x3c, 0x3c]),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-006/1",
        title: "extensions in falling order are MALFORMED",
        judges: FRM_006,
        sender: Member,
        sound: || send_and(&[say::class(1), say::expires_in_s(60)].concat()),
        broken: || send_and(&[say::expires_in_s(60), say::class(1)].concat()),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-006/2",
        title: "the same extension twice is MALFORMED",
        judges: FRM_006,
        sender: Member,
        sound: || send_and(&say::class(1)),
        broken: || send_and(&[say::class(1), say::class(1)].concat()),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-006/3",
        title: "unknown odd extensions in falling order are MALFORMED",
        judges: FRM_006,
        sender: Stranger,
        sound: || frame(kind::PING, &[&[7][..], &extension(33, b"a"), &extension(95, b"b")].concat()),
        broken: || frame(kind::PING, &[&[7][..], &extension(95, b"b"), &extension(33, b"a")].concat()),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-007/1",
        title: "the unknown even frame type 44 is UNKNOWN_FRAME",
        judges: FRM_007,
        sender: Stranger,
        sound: || frame(45, &[]),
        broken: || frame(44, &[]),
        code: Code::UNKNOWN_FRAME,
    },
    Row {
        id: "FRM-007/2",
        title: "a frame type that is kept for a later profile is UNKNOWN_FRAME",
        judges: FRM_007,
        sender: Stranger,
        sound: || frame(65, b"x"),
        broken: || frame(64, b"x"),
        code: Code::UNKNOWN_FRAME,
    },
    Row {
        id: "FRM-007/3",
        title: "the highest even frame type is UNKNOWN_FRAME",
        judges: FRM_007,
        sender: Stranger,
        sound: || frame(4_611_686_018_427_387_903, b"x"),
        broken: || frame(4_611_686_018_427_387_902, b"x"),
        code: Code::UNKNOWN_FRAME,
    },
    Row {
        id: "FRM-007/4",
        title: "a frame type for private use is UNKNOWN_FRAME",
        judges: FRM_007,
        sender: Stranger,
        sound: || frame(16_385, b"x"),
        broken: || frame(16_384, b"x"),
        code: Code::UNKNOWN_FRAME,
    },
    Row {
        id: "FRM-009/1",
        title: "an unknown even extension of PING is UNKNOWN_EXTENSION",
        judges: FRM_009,
        sender: Stranger,
        sound: || frame(kind::PING, &[&[7][..], &extension(3, b"a")].concat()),
        broken: || frame(kind::PING, &[&[7][..], &extension(2, b"a")].concat()),
        code: Code::UNKNOWN_EXTENSION,
    },
    Row {
        id: "FRM-009/2",
        title: "an unknown even extension of SEND is UNKNOWN_EXTENSION",
        judges: FRM_009,
        sender: Member,
        sound: || send_and(&extension(7, b"a")),
        broken: || send_and(&extension(6, b"a")),
        code: Code::UNKNOWN_EXTENSION,
    },
    Row {
        id: "FRM-009/3",
        title: "an unknown even extension of REGISTER is UNKNOWN_EXTENSION",
        judges: FRM_009,
        sender: Stranger,
        sound: ping,
        broken: || frame(kind::REGISTER, &[len_prefixed(b"+9991234567"), extension(4, &[])].concat()),
        code: Code::UNKNOWN_EXTENSION,
    },
    Row {
        id: "FRM-011/1",
        title: "an alias above 16,383 is LIMIT_EXCEEDED",
        judges: FRM_011,
        sender: Member,
        sound: send,
        broken: || frame(kind::SEND, &[varints(&[1, 16_384]), len_prefixed(b"x")].concat()),
        code: Code::LIMIT_EXCEEDED,
    },
    Row {
        id: "FRM-011/2",
        title: "an EPHEMERAL payload of 4,097 octets is LIMIT_EXCEEDED",
        judges: FRM_011,
        sender: Member,
        sound: || say::ephemeral(0, &[b'x'; 4096]),
        broken: || say::ephemeral(0, &[b'x'; 4097]),
        code: Code::LIMIT_EXCEEDED,
    },
    Row {
        id: "FRM-011/3",
        title: "an ACK of 33 ranges is LIMIT_EXCEEDED",
        judges: FRM_011,
        sender: Member,
        sound: || say::ack(0),
        broken: || say::ack_ranges(0, &[(1, 1); 33]),
        code: Code::LIMIT_EXCEEDED,
    },
    Row {
        id: "FRM-011/4",
        title: "a SEND payload of 61,441 octets is LIMIT_EXCEEDED",
        judges: FRM_011,
        sender: Member,
        sound: send,
        broken: || say::send(2, 0, &[b'x'; 61_441]),
        code: Code::LIMIT_EXCEEDED,
    },
    Row {
        id: "FRM-011/5",
        title: "a telephone number of 17 octets is LIMIT_EXCEEDED",
        judges: FRM_011,
        sender: Stranger,
        sound: ping,
        broken: || say::register("+9991234567890123"),
        code: Code::LIMIT_EXCEEDED,
    },
    Row {
        id: "FRM-011/6",
        title: "a code of 13 octets is LIMIT_EXCEEDED",
        judges: FRM_011,
        sender: Stranger,
        sound: || say::register_code("123456789012"),
        broken: || say::register_code("1234567890123"),
        code: Code::LIMIT_EXCEEDED,
    },
    Row {
        id: "FRM-011/7",
        title: "a CLOSE detail of 129 octets is LIMIT_EXCEEDED",
        judges: FRM_011,
        sender: Stranger,
        sound: ping,
        broken: || frame(kind::CLOSE, &[varints(&[0, 0]), len_prefixed(&[b'x'; 129])].concat()),
        code: Code::LIMIT_EXCEEDED,
    },
    Row {
        id: "FRM-011/8",
        title: "an expiry of more than 30 days is LIMIT_EXCEEDED",
        judges: FRM_011,
        sender: Member,
        sound: || send_and(&say::expires_in_s(2_592_000)),
        broken: || send_and(&say::expires_in_s(2_592_001)),
        code: Code::LIMIT_EXCEEDED,
    },
    Row {
        id: "FRM-011/9",
        title: "a CLOSE code above 255 is LIMIT_EXCEEDED",
        judges: FRM_011,
        sender: Stranger,
        sound: ping,
        broken: || say::close(256),
        code: Code::LIMIT_EXCEEDED,
    },
    Row {
        id: "FRM-011/10",
        title: "a device certificate of 202 octets is LIMIT_EXCEEDED",
        judges: FRM_011,
        sender: Stranger,
        sound: ping,
        broken: || say::register_device(&[1; 202]),
        code: Code::LIMIT_EXCEEDED,
    },
    Row {
        id: "FRM-012/1",
        title: "client_seq 0 in SEND is MALFORMED",
        judges: FRM_012,
        sender: Member,
        sound: send,
        broken: || say::send(0, 0, b"x"),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-012/2",
        title: "client_seq 0 in VOID is MALFORMED",
        judges: FRM_012,
        sender: Member,
        sound: || say::void(1),
        broken: || say::void(0),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-012/3",
        title: "an empty SEND payload is MALFORMED",
        judges: FRM_012,
        sender: Member,
        sound: send,
        broken: || say::send(2, 0, b""),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-012/4",
        title: "an empty EPHEMERAL payload is MALFORMED",
        judges: FRM_012,
        sender: Member,
        sound: || say::ephemeral(0, b"x"),
        broken: || say::ephemeral(0, b""),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-012/5",
        title: "NACK reason 0 is MALFORMED",
        judges: FRM_012,
        sender: Member,
        sound: send,
        broken: || say::nack(1, 0),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-012/6",
        title: "class 0 is MALFORMED",
        judges: FRM_012,
        sender: Member,
        sound: || send_and(&say::class(1)),
        broken: || send_and(&say::class(0)),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-012/7",
        title: "an expiry of 0 seconds is MALFORMED",
        judges: FRM_012,
        sender: Member,
        sound: || send_and(&say::expires_in_s(1)),
        broken: || send_and(&say::expires_in_s(0)),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-012/8",
        title: "a telephone number of 7 octets is MALFORMED",
        judges: FRM_012,
        sender: Stranger,
        sound: ping,
        broken: || say::register("+999123"),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-012/9",
        title: "a code of 3 digits is MALFORMED",
        judges: FRM_012,
        sender: Stranger,
        sound: || say::register_code("1234"),
        broken: || say::register_code("123"),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-012/10",
        title: "an acknowledged range of count 0 is MALFORMED",
        judges: FRM_012,
        sender: Member,
        sound: || say::ack(0),
        broken: || say::ack_ranges(0, &[(1, 0)]),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-012/11",
        title: "registration method 0 is MALFORMED",
        judges: FRM_012,
        sender: Stranger,
        sound: || say::register_method(99),
        broken: || say::register_method(0),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-013/1",
        title: "a telephone number that is not UTF-8 is MALFORMED",
        judges: FRM_013,
        sender: Stranger,
        sound: ping,
        broken: || frame(kind::REGISTER, &len_prefixed(b"+9991234\xff67")),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-013/2",
        title: "a CLOSE detail of half a character is MALFORMED",
        judges: FRM_013,
        sender: Stranger,
        sound: ping,
        broken: || frame(kind::CLOSE, &[varints(&[0, 0]), len_prefixed(b"caf\xc3")].concat()),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-013/3",
        title: "a code with an overlong character is MALFORMED",
        judges: FRM_013,
        sender: Stranger,
        sound: || say::register_code("123456"),
        broken: || frame(kind::REGISTER_CODE, &len_prefixed(b"1234\xc0\xaf")),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-014/1",
        title: "frame type 0 is MALFORMED",
        judges: FRM_014,
        sender: Stranger,
        sound: ping,
        broken: || frame(0, &[]),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-014/2",
        title: "zero octets as padding are MALFORMED",
        judges: FRM_014,
        sender: Stranger,
        sound: ping,
        broken: || [ping(), vec![0; 8]].concat(),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-015/1",
        title: "a frame length of 2^62-1 is refused without room being made for it",
        judges: &["FRM-015", "FRM-018", "ERR-004"],
        sender: Stranger,
        sound: ping,
        broken: || [&[0x0a][..], &[0xff; 8]].concat(),
        code: Code::MALFORMED,
    },
    Row {
        id: "FRM-015/2",
        title: "a list count of 2^62-1 is refused without room being made for it",
        judges: &["FRM-015", "FRM-018", "ERR-004"],
        sender: Member,
        sound: || say::ack(0),
        broken: || frame(kind::ACK, &varints(&[0, 4_611_686_018_427_387_903])),
        code: Code::LIMIT_EXCEEDED,
    },
    Row {
        id: "FRM-015/3",
        title: "a payload length of 2^62-1 is refused without room being made for it",
        judges: &["FRM-015", "FRM-018", "ERR-004"],
        sender: Member,
        sound: send,
        broken: || frame(kind::SEND, &varints(&[1, 0, 4_611_686_018_427_387_903])),
        code: Code::LIMIT_EXCEEDED,
    },
    Row {
        id: "INV-005/1",
        title: "a frame that is no type, length and body is MALFORMED",
        judges: &["INV-005", "FRM-018", "ERR-004"],
        sender: Stranger,
        sound: ping,
        broken: || vec![0x21, 0x40],
        code: Code::MALFORMED,
    },
    Row {
        id: "INV-006/1",
        title: "an extension that is no type, length and value is MALFORMED",
        judges: &["INV-006", "FRM-018", "ERR-004"],
        sender: Stranger,
        sound: || frame(kind::PING, &[&[7][..], &extension(33, b"abc")].concat()),
        broken: || frame(kind::PING, &[7, 33, 4, b'a', b'b', b'c']),
        code: Code::MALFORMED,
    },
];

const FLIGHT: &[&str] = &["FRM-011", "CHN-014"];

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

/// The cases of the chapter.
pub(super) fn cases() -> Vec<Case> {
    let rows = ROWS.iter().map(|row| {
        let case = anonymous(row.id, row.title, row.judges, move |ctx| broken_record(ctx, row));
        match row.sender {
            Stranger => case,
            Member => Case { needs: &[Need::Code], ..case },
        }
    });
    let flights = FLIGHTS.iter().map(|flight| {
        anonymous(flight.id, flight.title, flight.judges, move |ctx| broken_flight(ctx, flight))
    });
    let mut cases: Vec<Case> = rows.chain(flights).collect();
    cases.extend([
        anonymous("FRM-002/20", "a HELLO field that is not minimal is MALFORMED", &["FRM-002"], wide_hello),
        anonymous("FRM-008/1", "frames of unknown odd type are skipped", &["FRM-008"], odd_frames),
        anonymous(
            "FRM-008/2",
            "a first flight with frames of unknown odd type is taken",
            &["FRM-008"],
            odd_flight,
        ),
        case("FRM-010/1", "extensions of unknown odd type are skipped", &["FRM-010"], odd_extensions),
        anonymous(
            "FRM-016/1",
            "frames before the first error are handled, those behind it are not",
            &["FRM-016"],
            order,
        ),
        anonymous("FRM-017/1", "a record without frames is taken", &["FRM-017"], empty_record),
        anonymous("CHN-014/2", "a frame may not span two records", &["CHN-014", "ERR-004"], spanning),
    ]);
    cases
}

fn broken_record(ctx: &Ctx, row: &Row) -> CaseResult {
    let other = Device::new(ctx, "other");
    let mut bystander = open(ctx, &other)?;
    let device = match row.sender {
        Stranger => Device::new(ctx, "sender"),
        Member => {
            let [device] = people(ctx, ["sender"])?;
            device
        }
    };
    let mut session = open(ctx, &device)?;
    if row.sender == Member {
        session.say(&[&say::bind(0, device.id)]);
    }
    session.say(&[&(row.sound)()]);
    taken(ctx, &mut session)?;
    session.say(&[&(row.broken)()]);
    let seen = session.closing();
    let main = row.judges.first().copied().unwrap_or_default();
    ctx.require(main, row.title, closed_with(row.code, &seen));
    ctx.require("FRM-018", "CLOSE tells where the fault is", tells_offset(&(row.broken)(), &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

/// Whether the CLOSE names the offset that the second decoder finds.
fn tells_offset(broken: &[u8], seen: &Seen) -> Result<(), Mismatch> {
    let expected = pinnace_oracle::decode_record(broken).err().map(|error| error.offset);
    let offset = match seen {
        Seen::Close(Close { offset, .. }) => offset.and_then(|offset| usize::try_from(offset).ok()),
        _ => None,
    };
    expect_eq(&expected, &offset)
}

fn broken_flight(ctx: &Ctx, row: &Flight) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let flight = |broken: fn(Hello) -> Vec<u8>| {
        let opening = Opening::new(ctx, &device);
        let octets = broken(opening.hello.clone());
        opening.with(|opening| opening.flight = Some(octets)).attempt()
    };
    let twin = flight(row.sound)?.first;
    ctx.control("without the fault HELLO is welcomed", is_welcome(&twin))?;
    let seen = flight(row.broken)?.closing_or_first();
    for requirement in row.judges {
        ctx.require(requirement, row.title, closed_with(row.code, &seen));
    }
    Ok(())
}

fn is_welcome(seen: &Seen) -> Result<(), Mismatch> {
    match seen {
        Seen::Welcome(_) => Ok(()),
        other => Err(Mismatch::new("WELCOME", format!("{other:?}"))),
    }
}

fn wide_hello(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut twin = open(ctx, &device)?;
    taken(ctx, &mut twin)?;
    let opening = Opening::new(ctx, &device);
    let body = [&wide_varint(opening.hello.hello_counter)[..], &[0, 0, 1], &varints(&[16, 65_536])].concat();
    let session = opening.with(|opening| opening.flight = Some(frame(kind::HELLO, &body))).attempt()?;
    let seen = session.closing_or_first();
    ctx.require("FRM-002", "hello_counter in eight octets is MALFORMED", closed_with(Code::MALFORMED, &seen));
    Ok(())
}

fn odd_frames(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    let mut rng = ctx.rng("grease");
    let k = rng.below(1 << 40);
    let odd: Vec<Vec<u8>> = vec![
        say::grease(0),
        say::grease(1),
        say::grease(k),
        frame(3, &[]),
        frame(63, &[0xff; 300]),
        frame(4_611_686_018_427_387_903, b"x"),
    ];
    for octets in &odd {
        session.say(&[octets]);
    }
    session.say(&[&say::grease(2), &say::ping(900), &say::grease(3)]);
    let seen = session.hear();
    ctx.require("FRM-008", "the PING between them is answered", expect_eq(&Seen::Pong { token: 900 }, &seen));
    ctx.require("FRM-008", "and nothing else comes of them", session.is_quiet());
    Ok(())
}

fn odd_flight(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let opening =
        Opening::new(ctx, &device).with(|opening| opening.early = [say::grease(4), say::grease(5)].concat());
    let mut session = opening.attempt()?;
    ctx.require("FRM-008", "HELLO is welcomed", is_welcome(&session.first));
    ctx.require("FRM-008", "the session is open", session.is_quiet());
    Ok(())
}

fn odd_extensions(ctx: &Ctx) -> CaseResult {
    let [device] = people(ctx, ["sender"])?;
    let opening = Opening::new(ctx, &device);
    let opening = opening.with(|opening| {
        opening.hello.extensions =
            [extension(3, b"conform"), extension(33, b"x"), extension(4095, b"")].concat();
    });
    let mut session = opening.attempt()?;
    ctx.require("FRM-010", "HELLO with unknown odd extensions is welcomed", is_welcome(&session.first));
    let extensions = [extension(33, b"x"), extension(95, &[0xff; 100])].concat();
    let client_seq = session.send_with(device.id, b"greased", &extensions);
    let seen = session.outcome();
    ctx.require("FRM-010", "SEND with them is accepted", expect_eq(&Seen::Accepted(client_seq), &seen));
    ctx.require("FRM-010", "its payload is what is delivered", session.hears(b"greased"));
    Ok(())
}

fn order(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    session.say(&[&say::ping(1), &say::ping(2)]);
    let both = [session.hear(), session.hear()];
    let pongs = [Seen::Pong { token: 1 }, Seen::Pong { token: 2 }];
    ctx.control("without the fault both are answered in their order", expect_eq(&pongs, &both))?;
    session.say(&[&say::ping(3), &[0x00, 0x00], &say::ping(4)]);
    let [pong, close, end] = [session.hear(), session.hear(), session.hear()];
    ctx.require(
        "FRM-016",
        "the frame before the error is handled",
        expect_eq(&Seen::Pong { token: 3 }, &pong),
    );
    ctx.require("FRM-016", "the error closes", closed_with(Code::MALFORMED, &close));
    ctx.require("FRM-016", "the frame behind it is not handled", expect_eq(&Seen::Ended, &end));
    Ok(())
}

fn empty_record(ctx: &Ctx) -> CaseResult {
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    for _ in 0..3 {
        session.say(&[]);
    }
    ctx.require("FRM-017", "the session goes on and nothing comes of it", session.is_quiet());
    Ok(())
}

fn spanning(ctx: &Ctx) -> CaseResult {
    let other = Device::new(ctx, "other");
    let mut bystander = open(ctx, &other)?;
    let device = Device::new(ctx, "sender");
    let mut session = open(ctx, &device)?;
    session.say(&[&say::ping(300)]);
    taken(ctx, &mut session)?;
    let octets = say::ping(300);
    let (front, back) = octets.split_at(2);
    session.say(&[front]);
    session.say(&[back]);
    let seen = session.closing();
    ctx.require("CHN-014", "half a frame is MALFORMED", closed_with(Code::MALFORMED, &seen));
    untouched(ctx, &mut bystander);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Code, FLIGHTS, Hello, ROWS};
    use pinnace_oracle::{OracleErrorKind, decode_record};

    const fn code_of(kind: OracleErrorKind) -> Option<Code> {
        match kind {
            OracleErrorKind::Truncated
            | OracleErrorKind::Trailing
            | OracleErrorKind::NonMinimal
            | OracleErrorKind::OutOfRange
            | OracleErrorKind::UnderLimit
            | OracleErrorKind::BadUtf8
            | OracleErrorKind::ExtensionOrder
            | OracleErrorKind::ExtensionDuplicate
            | OracleErrorKind::ReservedType => Some(Code::MALFORMED),
            OracleErrorKind::OverLimit => Some(Code::LIMIT_EXCEEDED),
            OracleErrorKind::UnknownFrame => Some(Code::UNKNOWN_FRAME),
            OracleErrorKind::UnknownExtension => Some(Code::UNKNOWN_EXTENSION),
            OracleErrorKind::Specification => None,
        }
    }

    #[track_caller]
    fn check(id: &str, sound: &[u8], broken: &[u8], code: Code) {
        assert!(decode_record(sound).is_ok(), "{id}: the twin is not sound");
        let error = decode_record(broken).expect_err(id);
        assert_eq!(code_of(error.kind), Some(code), "{id}: {error}");
    }

    #[test]
    fn every_broken_record_is_broken_as_its_case_says() {
        for row in ROWS {
            check(row.id, &(row.sound)(), &(row.broken)(), row.code);
        }
    }

    #[test]
    fn every_broken_flight_is_broken_as_its_case_says() {
        let hello = Hello {
            hello_counter: 1,
            settled: 0,
            cursor: 0,
            activity: 1,
            credit_count: 16,
            credit_bytes: 65_536,
            extensions: Vec::new(),
        };
        for row in FLIGHTS {
            check(row.id, &(row.sound)(hello.clone()), &(row.broken)(hello.clone()), row.code);
        }
    }
}
