//! Where frames end.

use pinnace_wire::Placed;

/// The place behind a frame, in octets from the start of its record. Type and length are minimal varints (FRM-002).
pub(crate) fn end_of(placed: &Placed<'_>) -> usize {
    let type_len = varint_len(placed.frame.frame_type().value());
    let length_len = varint_len(u64::try_from(placed.body_len).unwrap_or(u64::MAX));
    placed.offset.saturating_add(type_len).saturating_add(length_len).saturating_add(placed.body_len)
}

const fn varint_len(value: u64) -> usize {
    match value {
        0..0x40 => 1,
        0x40..0x4000 => 2,
        0x4000..0x4000_0000 => 4,
        _ => 8,
    }
}
