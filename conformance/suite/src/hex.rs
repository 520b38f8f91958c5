//! Lower-case hex, the form of bytes in every report.

/// Bytes as lower-case hex.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().map_or('?', char::from);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Hex to bytes. White space between pairs is skipped, either case is read.
///
/// # Errors
/// [`HexError`], with the place of the first character that does not belong.
pub fn decode(text: &str) -> Result<Vec<u8>, HexError> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    for (index, character) in text.char_indices().filter(|(_, c)| !c.is_ascii_whitespace()) {
        let digit = character.to_digit(16).and_then(|d| u8::try_from(d).ok());
        let digit = digit.ok_or(HexError::Digit { index, character })?;
        match high.take() {
            None => high = Some(digit << 4),
            Some(upper) => bytes.push(upper | digit),
        }
    }
    match high {
        None => Ok(bytes),
        Some(_) => Err(HexError::OddLen),
    }
}

/// Text that is not hex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HexError {
    /// A character that is no hex digit.
    Digit {
        /// Byte offset in the text.
        index: usize,
        /// The character.
        character: char,
    },
    /// Half a byte is left at the end.
    OddLen,
}

impl core::fmt::Display for HexError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Digit { index, character } => write!(f, "no hex digit: {character:?} at offset {index}"),
            Self::OddLen => f.write_str("an odd number of hex digits"),
        }
    }
}

/// For `#[serde(with = "crate::hex::serde")]`.
pub(crate) mod serde {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(
        bytes: impl AsRef<[u8]>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::encode(bytes.as_ref()))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, T: TryFrom<Vec<u8>>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = super::decode(&text).map_err(D::Error::custom)?;
        let len = bytes.len();
        T::try_from(bytes)
            .map_err(|_| D::Error::custom(format_args!("{len} bytes of hex is the wrong length")))
    }
}

#[cfg(test)]
mod tests {
    use super::{HexError, decode, encode};

    #[test]
    fn hex_goes_both_ways() {
        assert_eq!(encode(&[0, 0x9f, 0xff]), "009fff");
        assert_eq!(decode("00 9F\nff"), Ok(vec![0, 0x9f, 0xff]));
    }

    #[test]
    fn what_is_not_hex_is_named() {
        assert_eq!(decode("0g"), Err(HexError::Digit { index: 1, character: 'g' }));
        assert_eq!(decode("0"), Err(HexError::OddLen));
    }
}
