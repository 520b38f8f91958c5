//! A list is its items, wherever they stand.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use pinnace_wire::{AckRange, Count, Frame, List, frames};

/// An ACK with three ranges: skip 1 count 2, skip 3 count 4, skip 5 count 6.
const ACK: [u8; 10] = [38, 8, 9, 3, 1, 2, 3, 4, 5, 6];

fn on_the_wire() -> List<'static, AckRange> {
    let Frame::Ack(ack) = frames(&ACK).next().unwrap().unwrap().frame else { return List::EMPTY };
    ack.ranges
}

fn in_a_slice(numbers: &[(u64, u64)]) -> Vec<AckRange> {
    let count = |value: &u64| Count::new(*value).unwrap();
    numbers.iter().map(|(skip, many)| AckRange { skip: count(skip), count: count(many) }).collect()
}

#[test]
fn lists_of_the_same_items_are_equal_and_no_others() {
    let same = in_a_slice(&[(1, 2), (3, 4), (5, 6)]);
    assert_eq!(on_the_wire(), List::from_slice(&same));
    for other in [&[(1, 2), (3, 4), (5, 7)][..], &[(1, 2), (3, 4)], &[(1, 2), (3, 4), (5, 6), (7, 8)], &[]] {
        assert_ne!(on_the_wire(), List::from_slice(&in_a_slice(other)), "{other:?}");
    }
}

#[test]
fn a_walk_knows_how_many_items_are_left() {
    let slice = in_a_slice(&[(1, 2), (3, 4), (5, 6)]);
    for list in [on_the_wire(), List::from_slice(&slice)] {
        let mut walk = list.iter();
        for left in (0..=3).rev() {
            assert_eq!((walk.len(), walk.size_hint()), (left, (left, Some(left))));
            assert_eq!(walk.next().is_some(), left > 0);
        }
    }
    assert!(!on_the_wire().is_empty() && List::<AckRange>::EMPTY.is_empty());
}
