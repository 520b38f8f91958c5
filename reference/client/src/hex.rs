//! Hexadecimal, for ids that people copy.

use core::fmt::Write;

/// The octets as lower-case digits.
#[must_use]
pub fn encode(octets: &[u8]) -> String {
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut text, octet| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

/// The octets that these digits write, of either case; `None` unless there are exactly `N`.
#[must_use]
pub fn array<const N: usize>(digits: &str) -> Option<[u8; N]> {
    if !digits.is_ascii() || digits.len() != N.checked_mul(2)? {
        return None;
    }
    let mut octets = [0; N];
    for (octet, pair) in octets.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let (high, low) = (digit(*pair.first()?)?, digit(*pair.last()?)?);
        *octet = high << 4 | low;
    }
    Some(octets)
}

fn digit(character: u8) -> Option<u8> {
    char::from(character).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_back() {
        assert_eq!(array::<3>(&encode(&[0, 0x7f, 0xff])), Some([0, 0x7f, 0xff]));
        assert_eq!(array::<1>("Fe"), Some([0xfe]));
    }

    #[test]
    fn what_is_not_exactly_n_octets_is_nothing() {
        for text in ["", "0", "000", "0g", "+1", "é"] {
            assert_eq!(array::<1>(text), None, "{text}");
        }
    }
}
