//! Octets as text.

use core::fmt::Write as _;

/// Lower-case hexadecimal digits, two an octet.
#[must_use]
pub fn encode(octets: &[u8]) -> String {
    octets.iter().fold(String::with_capacity(octets.len().saturating_mul(2)), |mut text, octet| {
        // Writing to a String has no way to fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// The octets that hexadecimal digits of either case stand for, or `None` where the text is something else.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| {
            let pair = core::str::from_utf8(pair).ok().filter(|pair| !pair.contains('+'))?;
            u8::from_str_radix(pair, 16).ok()
        })
        .collect()
}

/// As [`decode`], for exactly 32 octets.
#[must_use]
pub fn decode_32(text: &str) -> Option<[u8; 32]> {
    decode(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_come_back_and_other_texts_do_not() {
        assert_eq!(decode(&encode(&[0, 9, 0xaf, 0xff])), Some(vec![0, 9, 0xaf, 0xff]));
        for text in ["0", "0g", "+1", "é"] {
            assert_eq!(decode(text), None, "{text}");
        }
        assert_eq!(decode_32("00"), None);
    }
}
