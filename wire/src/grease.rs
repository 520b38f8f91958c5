//! GREASE: values that are reserved for ever in every registry of types, so that receivers stay used to unknown ones.
//!
//! They are `62 k + 33`: always odd, so that a receiver skips them (EXT-002, EXT-003).

use crate::number::{FrameType, U62_MAX};

/// The distance between two GREASE values.
pub const MULTIPLIER: u64 = 62;
/// The first GREASE value.
pub const OFFSET: u64 = 33;

/// The `k`-th GREASE value, or `None` when it does not fit a varint.
#[must_use]
pub const fn value(k: u64) -> Option<u64> {
    let Some(product) = k.checked_mul(MULTIPLIER) else { return None };
    match product.checked_add(OFFSET) {
        Some(value) if value <= U62_MAX => Some(value),
        Some(_) | None => None,
    }
}

/// The `k`-th GREASE value as a frame type, or `None` when it does not fit a varint.
#[must_use]
pub const fn frame_type(k: u64) -> Option<FrameType> {
    match value(k) {
        Some(value) => FrameType::new(value),
        None => None,
    }
}

/// Whether a number of any registry is a GREASE value.
#[must_use]
pub const fn is_grease(value: u64) -> bool {
    value <= U62_MAX && value % MULTIPLIER == OFFSET
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grease_value_is_odd_and_known_as_one() {
        for k in [0, 1, 2, 3, 1_000_000, (U62_MAX - OFFSET) / MULTIPLIER] {
            let value = value(k).unwrap();
            assert_eq!(value % 2, 1);
            assert!(is_grease(value));
            assert!(!is_grease(value + 1));
        }
    }

    #[test]
    fn none_lies_beyond_a_varint() {
        assert_eq!(value((U62_MAX - OFFSET) / MULTIPLIER + 1), None);
        assert_eq!(value(u64::MAX), None);
    }
}
