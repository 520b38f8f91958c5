//! Records with two errors and with three: the first in the reading order is the one that counts (FRM-019).
//!
//! Written octet by octet, since what is wrong in two ways at once has no place in the tree of a valid encoding. A name
//! tells the errors in the reading order; the first of them is the vector's.

use super::Collector;

/// A name, the octets in hex, and the kind and the offset of the first error.
type Row = (&'static str, &'static str, &'static str, usize);

/// Of a frame: type, length, whether the body fits, fields, extensions, then the next frame.
const FRAMES: &[Row] = &[
    ("type_cut/type_non_minimal", "80 0000", "truncated", 3),
    ("type_non_minimal/type_zero", "4000 00", "non_minimal", 0),
    ("type_non_minimal/type_unknown", "402c 00", "non_minimal", 0),
    ("type_non_minimal/type_unknown/past_the_record", "402c 09", "non_minimal", 0),
    ("type_zero/length_cut", "00 40", "reserved_type", 0),
    ("type_zero/length_non_minimal", "00 4001 00", "reserved_type", 0),
    ("type_zero/length_non_minimal/past_the_record", "00 4005 00", "reserved_type", 0),
    ("type_unknown/length_cut", "2c 40", "unknown_frame", 0),
    ("type_unknown/length_non_minimal", "2c 4000", "unknown_frame", 0),
    ("type_unknown/length_non_minimal/past_the_record", "2c 4009 00", "unknown_frame", 0),
    ("length_cut/length_non_minimal", "0a 8000", "truncated", 3),
    ("length_non_minimal/past_the_record", "0a 4005 00", "non_minimal", 1),
    ("length_non_minimal/past_the_record/field", "0a 4005 4001", "non_minimal", 1),
    ("length_non_minimal/past_the_record/of_an_odd_frame", "21 4005 00", "non_minimal", 1),
    ("past_the_record/field", "0a 03 4001", "truncated", 4),
    ("past_the_record/field/extension", "0a 06 4001 0200", "truncated", 6),
    ("field/next_field", "14 07 00 80004000 01 61", "under_limit", 2),
    ("field/octets_missing", "1e 05 80004000 11", "over_limit", 2),
    ("octets_missing/next_frame", "1e 02 00 11 00", "truncated", 4),
    ("field/extension", "0a 04 4001 0200", "non_minimal", 2),
    ("field/next_field/extension", "14 09 00 80004000 01 61 0600", "under_limit", 2),
    ("field/next_frame", "0a 02 4001 2c 00", "non_minimal", 2),
    ("extension/next_frame", "0a 03 00 0200 00", "unknown_extension", 3),
];

/// Of a field: its varint, its bounds, what it announces, what that holds.
const FIELDS: &[Row] = &[
    ("varint_cut/varint_non_minimal", "0a 03 800000", "truncated", 5),
    ("varint_non_minimal/below", "14 05 4000 00 01 61", "non_minimal", 2),
    ("varint_non_minimal/above", "1e 18 c000000000004000 11111111111111111111111111111111", "non_minimal", 2),
    ("varint_non_minimal/above/octets_missing", "1e 08 c000000000004000", "non_minimal", 2),
    ("len_non_minimal/below", "32 05 4003 313131", "non_minimal", 2),
    ("len_non_minimal/above/octets_missing", "32 02 400d", "non_minimal", 2),
    ("len_below/octets_missing", "32 01 03", "under_limit", 2),
    ("len_above/octets_missing", "32 01 0d", "over_limit", 2),
    ("len_below/utf8", "32 04 03 ff3131", "under_limit", 2),
    ("len_above/utf8", "32 0e 0d ff313131313131313131313131", "over_limit", 2),
    ("len_above/octets_missing/utf8", "32 02 0d ff", "over_limit", 2),
    ("octets_missing/utf8", "32 02 06 ff", "truncated", 4),
    ("utf8/extension", "32 07 04 ff313131 0200", "bad_utf8", 3),
    ("count_non_minimal/above/items_missing", "26 03 00 4021", "non_minimal", 3),
    ("count_above/items_missing", "26 02 00 21", "over_limit", 3),
    ("count_above/item", "26 04 00 21 00 01", "over_limit", 3),
    ("item/items_missing", "26 04 00 02 00 01", "under_limit", 4),
    ("item/next_item", "26 07 00 02 4001 01 00 01", "non_minimal", 4),
    ("item/its_next_member", "26 04 00 01 00 00", "under_limit", 4),
    ("closed/next_field", "02 07 01 00 00 02 4000 00", "out_of_range", 5),
    ("field/closed", "02 07 01 00 4000 02 00 00", "non_minimal", 4),
    ("closed/octets_missing", "02 04 01 00 00 02", "out_of_range", 5),
    ("closed/extension", "02 08 01 00 00 02 00 00 0600", "out_of_range", 5),
];

/// Of an extension: type, order, whether it is known, length, bounds, whether it fits, its value, the next one.
const EXTENSIONS: &[Row] = &[
    ("ext_type_cut/non_minimal", "14 06 01 00 01 61 8000", "truncated", 8),
    ("ext_type_non_minimal/order", "14 0b 01 00 01 61 030105 40020101", "non_minimal", 9),
    ("ext_type_non_minimal/unknown", "14 07 01 00 01 61 4006 00", "non_minimal", 6),
    ("ext_type_non_minimal/order/unknown", "14 09 01 00 01 61 0700 4006 00", "non_minimal", 8),
    ("ext_order/unknown", "14 08 01 00 01 61 0700 0600", "extension_order", 8),
    ("ext_order/unknown/past_the_body", "14 08 01 00 01 61 0700 0609", "extension_order", 8),
    ("ext_order/length_non_minimal", "14 0b 01 00 01 61 030105 02400101", "extension_order", 9),
    ("ext_order/of_an_odd_one/past_the_body", "14 08 01 00 01 61 0700 0509", "extension_order", 8),
    ("ext_twice/length_cut", "14 08 01 00 01 61 030105 03", "extension_duplicate", 9),
    ("ext_twice/value", "14 0a 01 00 01 61 030105 030100", "extension_duplicate", 9),
    ("ext_unknown/length_cut", "14 06 01 00 01 61 06 40", "unknown_extension", 6),
    ("ext_unknown/length_non_minimal", "14 07 01 00 01 61 06 4000", "unknown_extension", 6),
    ("ext_unknown/length_non_minimal/past_the_body", "14 07 01 00 01 61 06 4009", "unknown_extension", 6),
    ("ext_length_cut/non_minimal", "14 07 01 00 01 61 03 8000", "truncated", 9),
    ("ext_length_non_minimal/below", "02 09 01 00 00 00 00 00 03 4000", "non_minimal", 9),
    ("ext_length_non_minimal/above/past_the_body", "02 0b 01 00 00 00 00 00 03 80000041", "non_minimal", 9),
    ("ext_length_non_minimal/past_the_body", "14 07 01 00 01 61 03 4009", "non_minimal", 7),
    ("ext_length_above/past_the_body", "02 08 01 00 00 00 00 00 02 11", "over_limit", 9),
    ("ext_length_above/past_the_body/utf8", "02 0a 01 00 00 00 00 00 03 4041 ff", "over_limit", 9),
    ("ext_length_above/past_the_body/of_a_flag", "14 06 01 00 01 61 04 01", "over_limit", 7),
    ("ext_length_below/next", "02 0a 01 00 00 00 00 00 03 00 0600", "under_limit", 9),
    ("ext_past_the_body/utf8", "02 09 01 00 00 00 00 00 03 04 ff", "truncated", 11),
    ("ext_past_the_body/value", "14 08 01 00 01 61 03 05 4001", "truncated", 10),
    ("ext_past_the_body/value/of_a_list", "02 09 01 00 00 00 00 00 04 05 00", "truncated", 11),
    ("ext_past_the_body/next_frame", "0a 03 00 0705 00", "truncated", 5),
    ("ext_value/left_over", "14 08 01 00 01 61 03 02 0000", "under_limit", 8),
    (
        "ext_value_non_minimal/above/left_over",
        "14 0f 01 00 01 61 03 09 c000000000278d01 00",
        "non_minimal",
        8,
    ),
    ("ext_value/left_over/of_a_list", "02 0a 01 00 00 00 00 00 04 02 0005", "under_limit", 10),
    ("ext_count_above/items_missing", "02 0a 01 00 00 00 00 00 04 02 4041", "over_limit", 10),
    ("ext_item/items_missing", "02 0b 01 00 00 00 00 00 04 03 02 4001", "non_minimal", 11),
    ("ext_value_cut/next", "14 0a 01 00 01 61 03 01 40 030105", "truncated", 9),
    ("ext_value/next", "14 09 01 00 01 61 03 01 00 0600", "under_limit", 8),
    ("ext_left_over/next", "14 0b 01 00 01 61 03 02 0500 030105", "trailing", 9),
];

/// Where the device certificate of these REGISTER_DEVICEs begins.
const INNER: usize = 5;
/// Octets before the varint of a device certificate.
const BEFORE: usize = 129;
/// Octets of its signature.
const SIGNATURE: usize = 64;

pub(crate) fn collect(out: &mut Collector) {
    for (name, hex, kind, offset) in [FRAMES, FIELDS, EXTENSIONS].into_iter().flatten() {
        out.wrong(&format!("order/{name}"), octets(hex), kind, *offset);
    }
    structures(out);
}

/// Of a structure: the bounds of its length, whether it is there, its fields in order, then what is left over.
fn structures(out: &mut Collector) {
    let mut row = |name: &str, version: u8, behind: &[&[u8]], kind, offset| {
        let inner = [&[version], [0x11; BEFORE - 1].as_slice(), &behind.concat()].concat();
        out.wrong(&format!("order/struct_{name}"), around(inner.len(), &inner), kind, offset);
    };
    let signature = [0x22; SIGNATURE];
    let short = [0x22; SIGNATURE - 1];
    row("len_below/version", 2, &[&[1], &short], "under_limit", 3);
    row("len_above/version", 2, &[&[1], &signature, &[0; 8]], "over_limit", 3);
    row("version/next_field", 2, &[&[0x40, 1], &signature], "out_of_range", INNER);
    row("version/left_over", 2, &[&[1], &signature, &[0]], "out_of_range", INNER);
    row("version/next_field/left_over", 2, &[&[0x40, 1], &signature, &[0]], "out_of_range", INNER);
    row("field/end", 1, &[&[0x40, 1], &short], "non_minimal", INNER + BEFORE);
    row("field/left_over", 1, &[&[0x40, 1], &signature, &[0]], "non_minimal", INNER + BEFORE);
    let left = INNER + BEFORE + 1 + SIGNATURE;
    row("left_over/next_frame", 1, &[&[1], &signature, &[0]], "trailing", left);
    out.wrong("order/struct_missing/version", octets("34 03 40c2 02"), "truncated", 5);
    out.wrong("order/struct_len_above/missing/version", octets("34 03 40ca 02"), "over_limit", 2);
    out.wrong("order/struct_len_non_minimal/below", octets("34 04 80000001"), "non_minimal", 2);
}

/// A REGISTER_DEVICE around a certificate, with a frame of type 0 behind it.
fn around(len: usize, inner: &[u8]) -> Vec<u8> {
    let varint = |value: usize| u16::try_from(value | 0x4000).unwrap_or(u16::MAX).to_be_bytes();
    [&[0x34], varint(len + 2).as_slice(), &varint(len), inner, &[0]].concat()
}

fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|octet| octet.is_ascii_hexdigit()).map(digit).collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |octet, digit| octet << 4 | digit)).collect()
}

/// The value of a lower-case hex digit.
const fn digit(octet: u8) -> u8 {
    if octet.is_ascii_digit() { octet - b'0' } else { octet - b'a' + 10 }
}
