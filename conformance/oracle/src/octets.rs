//! Octets of the wire, written one by one. Cases and tests build bad input from these, so they check nothing.

/// A minimal varint: two bits of length, then the number, big-endian. Numbers above 2^62-1 lose their top.
#[must_use]
pub fn varint(value: u64) -> Vec<u8> {
    let wide = value.to_be_bytes();
    let (skip, mark) = match value {
        0..=0x3f => (7, 0x00),
        0x40..=0x3fff => (6, 0x40),
        0x4000..=0x3fff_ffff => (4, 0x80),
        _ => (0, 0xc0),
    };
    let mut octets = wide.get(skip..).unwrap_or_default().to_vec();
    if let Some(first) = octets.first_mut() {
        *first = (*first & 0x3f) | mark;
    }
    octets
}

/// The same number in eight octets, which is minimal only for the largest.
#[must_use]
pub fn wide_varint(value: u64) -> Vec<u8> {
    (value | 0xc000_0000_0000_0000).to_be_bytes().to_vec()
}

/// Type, length, body.
#[must_use]
pub fn frame(frame_type: u64, body: &[u8]) -> Vec<u8> {
    [&varint(frame_type), &len_prefixed(body)[..]].concat()
}

/// An extension: type, length, value.
#[must_use]
pub fn extension(extension_type: u64, value: &[u8]) -> Vec<u8> {
    frame(extension_type, value)
}

/// A length, then the octets: the form of `bytes` and `text`.
#[must_use]
pub fn len_prefixed(octets: &[u8]) -> Vec<u8> {
    [&varint(u64::try_from(octets.len()).unwrap_or(u64::MAX))[..], octets].concat()
}

/// Varints, one after the other.
#[must_use]
pub fn varints(values: &[u64]) -> Vec<u8> {
    values.iter().flat_map(|value| varint(*value)).collect()
}

#[cfg(test)]
mod tests {
    use super::{frame, varint, wide_varint};

    #[test]
    fn each_length_of_a_varint_at_its_bounds() {
        for (value, octets) in [
            (0, vec![0x00]),
            (63, vec![0x3f]),
            (64, vec![0x40, 0x40]),
            (16_383, vec![0x7f, 0xff]),
            (16_384, vec![0x80, 0x00, 0x40, 0x00]),
            (1_073_741_823, vec![0xbf, 0xff, 0xff, 0xff]),
            (1_073_741_824, vec![0xc0, 0, 0, 0, 0x40, 0, 0, 0]),
            (4_611_686_018_427_387_903, vec![0xff; 8]),
        ] {
            assert_eq!(varint(value), octets, "{value}");
        }
        assert_eq!(wide_varint(5), [0xc0, 0, 0, 0, 0, 0, 0, 5]);
    }

    #[test]
    fn frame_is_type_length_body() {
        assert_eq!(frame(10, &varint(7)), [0x0a, 0x01, 0x07]);
    }
}
