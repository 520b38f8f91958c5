//! How long a body can be: from the bounds of its fields.

use crate::field::{Field, Kind};
use crate::frames::{Frame, Frames};

/// The most octets of plaintext that a record holds: 65,535 less the tag of 16.
const PLAINTEXT_LEN_MAX: u64 = 65_519;

/// Least and greatest length of a frame's body, without extensions that are not known. The greatest one is also bounded by the
/// record that has to hold the frame: `None` where that bound is the lower one.
pub(super) fn body_bounds(frame: &Frame) -> (u64, Option<u64>) {
    let (min, fields_max) = sum(frame.fields.iter().map(bounds));
    let extensions = frame.extensions.iter().map(|extension| {
        let max = bounds(&extension.field).1;
        varint_len(extension.extension_type).saturating_add(varint_len(max)).saturating_add(max)
    });
    let max = extensions.fold(fields_max, u64::saturating_add);
    let header = varint_len(frame.frame_type).saturating_add(varint_len(max));
    (min, (max.saturating_add(header) <= PLAINTEXT_LEN_MAX).then_some(max))
}

/// What the longest credited frame costs in octets of credit (SES-023).
#[must_use]
pub fn longest_credited(frames: &Frames) -> u64 {
    let credited = frames.frames.iter().filter(|frame| frame.credited);
    credited.map(|frame| body_bounds(frame).1.unwrap_or_else(|| record_bound(frame))).max().unwrap_or(0)
}

/// The longest body of this frame that a record holds.
const fn record_bound(frame: &Frame) -> u64 {
    let header = varint_len(frame.frame_type).saturating_add(varint_len(PLAINTEXT_LEN_MAX));
    PLAINTEXT_LEN_MAX.saturating_sub(header)
}

const fn varint_len(value: u64) -> u64 {
    match value {
        0..=0x3f => 1,
        0x40..=0x3fff => 2,
        0x4000..=0x3fff_ffff => 4,
        _ => 8,
    }
}

fn sum(parts: impl Iterator<Item = (u64, u64)>) -> (u64, u64) {
    parts.fold((0, 0), |(min, max), part| (min.saturating_add(part.0), max.saturating_add(part.1)))
}

fn bounds(field: &Field) -> (u64, u64) {
    match &field.kind {
        Kind::Octet { .. } => (1, 1),
        Kind::Varint { min, max } => (varint_len(*min), varint_len(*max)),
        Kind::Fixed { len } => u64::try_from(*len).map_or((u64::MAX, u64::MAX), |len| (len, len)),
        Kind::Bytes { min, max, .. } | Kind::Text { min, max } => {
            (varint_len(*min).saturating_add(*min), varint_len(*max).saturating_add(*max))
        }
        Kind::Rest { min, max, .. } => (*min, *max),
        Kind::List { min, max, fields } => {
            let (item_min, item_max) = sum(fields.iter().map(bounds));
            let at = |count: u64, item: u64| varint_len(count).saturating_add(count.saturating_mul(item));
            (at(*min, item_min), at(*max, item_max))
        }
    }
}
