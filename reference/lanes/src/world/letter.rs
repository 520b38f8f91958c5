//! What devices say to one another.

use super::chance::mix;

/// What a letter begins with, so that it is found again in a payload.
const START: &str = "message ";

/// A message of a device. To whom it goes, and all that it says, follows from the sender's place and its own count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The sender's count, from 1.
    pub message: u64,
    /// The receiver's place among the devices.
    pub to: usize,
    /// The payload.
    pub payload: Vec<u8>,
}

impl Letter {
    /// The letter with this count of the device at this place, of so many devices (two or more), with so many octets
    /// behind its head at most.
    #[must_use]
    pub fn write(from: usize, message: u64, devices: usize, len_max: u64) -> Self {
        let place = u64::try_from(from).unwrap_or(u64::MAX);
        let chance = mix(mix(place) ^ message);
        let others = u64::try_from(devices.saturating_sub(1)).unwrap_or(1).max(1);
        let step = usize::try_from(chance % others).unwrap_or(0);
        let to = (from + 1 + step) % devices.max(1);
        let mut payload = format!("{START}{message} of {from} to {to} ").into_bytes();
        let len = (chance >> 32) % len_max.saturating_add(1);
        payload.extend((0..len).map(|place| mix(chance ^ place).to_le_bytes()[0]));
        Self { message, to, payload }
    }

    /// The sender's count in a payload.
    #[must_use]
    pub fn message_of(payload: &[u8]) -> Option<u64> {
        let rest = payload.strip_prefix(START.as_bytes())?;
        let digits = rest.split(|octet| *octet == b' ').next()?;
        core::str::from_utf8(digits).ok()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_goes_to_another_device_and_is_read_again() {
        for message in 1..200 {
            let letter = Letter::write(1, message, 3, 100);
            assert!(letter.to == 0 || letter.to == 2, "{letter:?}");
            assert_eq!(Letter::message_of(&letter.payload), Some(message));
            assert!(letter.payload.len() < 150);
        }
        assert_eq!(Letter::message_of(b"message x of"), None);
    }
}
