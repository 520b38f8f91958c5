//! Telephone numbers.

use core::fmt;

use pinnace_fault as fault;

/// A telephone number as E.164 has it: "+", then 7 to 15 digits, the first not 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct E164 {
    /// The digits, then zero octets.
    digits: [u8; 16],
}

const DIGITS_MIN: usize = 7;
const DIGITS_MAX: usize = 15;

impl E164 {
    /// The number in this text, or `None`, which the protocol answers with BAD_NUMBER (REG-003).
    ///
    /// ```
    /// use pinnace_home::E164;
    /// assert!(E164::parse("+4915112345678").is_some());
    /// assert!(E164::parse("+04915112345678").is_none());
    /// assert!(E164::parse("4915112345678").is_none());
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let given = text.strip_prefix('+')?.as_bytes();
        let well_formed = (DIGITS_MIN..=DIGITS_MAX).contains(&given.len())
            && (given.iter().all(u8::is_ascii_digit) || fault::registration::NUMBER_DIGITS_UNCHECKED.is_on())
            && (given.first() != Some(&b'0') || fault::registration::NUMBER_ZERO_TAKEN.is_on());
        if !well_formed {
            return None;
        }
        let mut digits = [0; 16];
        for (to, from) in digits.iter_mut().zip(given) {
            *to = *from;
        }
        Some(Self { digits })
    }

    /// The digits, filled up with zero octets.
    pub(crate) const fn octets(self) -> [u8; 16] {
        self.digits
    }

    pub(crate) fn from_octets(digits: [u8; 16]) -> Option<Self> {
        let number = Self { digits };
        let mut text = [b'+'; 16];
        let given = number.given();
        for (to, from) in text.iter_mut().skip(1).zip(given) {
            *to = *from;
        }
        let text = text.get(..=given.len())?;
        Self::parse(core::str::from_utf8(text).ok()?).filter(|parsed| *parsed == number)
    }

    fn given(&self) -> &[u8] {
        let len = self.digits.iter().position(|digit| *digit == 0).unwrap_or(DIGITS_MAX);
        self.digits.get(..len).unwrap_or_default()
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", core::str::from_utf8(self.given()).unwrap_or_default())
    }
}

impl fmt::Debug for E164 {
    /// A person's number stays out of logs: only its length and first digits show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.given().get(..2).unwrap_or_default();
        write!(
            f,
            "E164(+{}.., {} digits)",
            core::str::from_utf8(shown).unwrap_or_default(),
            self.given().len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[track_caller]
    fn accepts(text: &str) {
        let number = E164::parse(text).unwrap();
        assert_eq!(number.to_string(), text);
        assert_eq!(E164::from_octets(number.octets()), Some(number));
    }

    #[test]
    fn seven_to_fifteen_digits_after_a_plus_are_a_number() {
        accepts("+1234567");
        accepts("+123456789012345");
    }

    #[test]
    fn nothing_else_is_a_number() {
        for text in [
            "+123456",
            "+1234567890123456",
            "+0234567",
            "1234567",
            "+12345a7",
            "+12345 7",
            "++234567",
            "+١٢٣٤٥٦٧",
            "",
        ] {
            assert_eq!(E164::parse(text), None, "{text}");
        }
    }

    #[test]
    fn octets_of_no_number_are_refused() {
        assert_eq!(E164::from_octets([0; 16]), None);
        assert_eq!(E164::from_octets([b'1'; 16]), None);
        let mut holed = E164::parse("+1234567").unwrap().octets();
        holed[9] = b'1';
        assert_eq!(E164::from_octets(holed), None);
    }
}
