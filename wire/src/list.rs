//! Lists: checked once when they are decoded, then walked without allocating or failing.

use core::fmt;

use crate::number::{FeatureId, ProfileId};
use crate::parse::{self, Parsed};
use crate::sink::Sink;

/// How an item stands on the wire.
pub(crate) trait Codec<'a>: Copy {
    fn parse(input: &'a [u8]) -> Parsed<'a, Self>;
    fn emit(&self, sink: &mut impl Sink);
}

/// A type of which a frame has lists.
pub trait ListItem<'a>: Copy {
    /// The item at the front of some octets, and the octets after it; `None` when there is none.
    fn read(octets: &'a [u8]) -> Option<(&'a [u8], Self)>;
}

impl<'a, T: Codec<'a>> ListItem<'a> for T {
    fn read(octets: &'a [u8]) -> Option<(&'a [u8], Self)> {
        T::parse(octets).ok()
    }
}

/// Items that stand in a record or in a caller's slice. Copying it copies no item.
///
/// In an extension an empty list means that the extension is absent.
#[derive(Clone, Copy)]
pub struct List<'a, T>(Items<'a, T>);

#[derive(Clone, Copy)]
enum Items<'a, T> {
    /// So many items at the front of octets; the decoder has checked them.
    Wire {
        count: usize,
        octets: &'a [u8],
    },
    Slice(&'a [T]),
}

impl<T> Items<'_, T> {
    const fn len(&self) -> usize {
        match self {
            Self::Wire { count, .. } => *count,
            Self::Slice(items) => items.len(),
        }
    }
}

impl<'a, T> List<'a, T> {
    /// No items.
    pub const EMPTY: Self = Self(Items::Slice(&[]));

    /// The items of a slice.
    #[must_use]
    pub const fn from_slice(items: &'a [T]) -> Self {
        Self(Items::Slice(items))
    }

    /// How many items.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no item.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a, T: ListItem<'a>> List<'a, T> {
    /// The items in their order.
    #[must_use]
    pub const fn iter(&self) -> Iter<'a, T> {
        Iter(self.0)
    }
}

impl<'a, T: ListItem<'a>> IntoIterator for List<'a, T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

/// The items are the same, wherever they stand.
impl<'a, T: ListItem<'a> + PartialEq> PartialEq for List<'a, T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<'a, T: ListItem<'a> + Eq> Eq for List<'a, T> {}

impl<'a, T: ListItem<'a> + fmt::Debug> fmt::Debug for List<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// The items of a [`List`], by value.
#[derive(Clone)]
pub struct Iter<'a, T>(Items<'a, T>);

impl<'a, T: ListItem<'a>> Iterator for Iter<'a, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        match &mut self.0 {
            Items::Wire { count, octets } => {
                *count = count.checked_sub(1)?;
                // The decoder has read each item once: it cannot fail now.
                T::read(octets).map(|(rest, item)| {
                    *octets = rest;
                    item
                })
            }
            Items::Slice(items) => {
                let (first, rest) = items.split_first()?;
                *items = rest;
                Some(*first)
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.0.len();
        (len, Some(len))
    }
}

impl<'a, T: ListItem<'a>> ExactSizeIterator for Iter<'a, T> {}
impl<'a, T: ListItem<'a>> core::iter::FusedIterator for Iter<'a, T> {}

impl<T> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Iter({} left)", self.0.len())
    }
}

/// A count and so many items, each checked.
pub(crate) fn list<'a, T: Codec<'a>>(
    field: &'static str,
    min: usize,
    max: usize,
) -> impl Fn(&'a [u8]) -> Parsed<'a, List<'a, T>> {
    move |input| {
        let (octets, count) = parse::length(input, field, (min, max))?;
        let mut rest = octets;
        for _ in 0..count {
            (rest, _) = T::parse(rest)?;
        }
        Ok((rest, List(Items::Wire { count, octets })))
    }
}

macro_rules! number_item {
    ($name:ident, $field:expr) => {
        impl<'a> Codec<'a> for $name {
            fn parse(input: &'a [u8]) -> Parsed<'a, Self> {
                parse::number($field)(input)
            }

            fn emit(&self, sink: &mut impl Sink) {
                sink.number(*self);
            }
        }
    };
}

number_item!(ProfileId, "profile");
number_item!(FeatureId, "feature");

/// As many items as the front of some octets holds, so that a fuzzer needs no memory.
#[cfg(feature = "arbitrary")]
impl<'a, T: Codec<'a>> arbitrary::Arbitrary<'a> for List<'a, T> {
    fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        <&'a [u8]>::arbitrary(u).map(|octets| {
            let (mut rest, mut count) = (octets, 0);
            while let Ok((after, _)) = T::parse(rest) {
                (rest, count) = (after, count + 1);
            }
            Self(Items::Wire { count, octets })
        })
    }
}
