//! What planted faults make of an error of the grammar: another error of the same record is told, or none.

use alloc::vec::Vec;

use pinnace_fault::framing as planted;
use pinnace_wire::{DecodeErrorKind as Kind, ErrorCode, frames};

use crate::breach::{Breach, Fault};
use crate::place;

/// What is told in place of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misread {
    /// The error itself.
    Not,
    /// Another code.
    Told(ErrorCode),
    /// Nothing: the connection ends.
    Silent,
}

/// What a fault that is switched on makes of an error in these frames.
pub(super) fn of(octets: &[u8], fault: &Fault) -> Misread {
    let (Breach::Grammar(error), Some(found)) = (fault.breach, fault.offset) else { return Misread::Not };
    let end = end_of(octets, found);
    if planted::LATER_ERROR_TOLD.is_on() && end > octets.len() {
        return Misread::Told(ErrorCode::Malformed);
    }
    if planted::SECOND_FRAME_TOLD.is_on()
        && let Some(later) = octets.get(end..).and_then(|rest| frames(rest).find_map(Result::err))
    {
        return Misread::Told(later.code());
    }
    match error.kind {
        Kind::ExtensionOrder if planted::EXTENSION_LOOKED_UP_FIRST.is_on() && is_even(octets, found) => {
            Misread::Told(ErrorCode::UnknownExtension)
        }
        Kind::OverLimit => of_announced(octets, found),
        Kind::UnknownFrame
            if planted::LENGTH_BEFORE_TYPE.is_on() && is_wide(octets, varint(octets, found).0) =>
        {
            Misread::Told(ErrorCode::Malformed)
        }
        Kind::NonMinimal if planted::BOUNDS_BEFORE_FORM.is_on() => of_bounds(octets, found),
        Kind::UnderLimit if planted::EXTENSIONS_BEFORE_FIELDS.is_on() => of_extension(octets, found),
        Kind::Truncated
        | Kind::Trailing
        | Kind::NonMinimal
        | Kind::OutOfRange
        | Kind::UnderLimit
        | Kind::BadUtf8
        | Kind::ExtensionOrder
        | Kind::ExtensionDuplicate
        | Kind::UnknownFrame
        | Kind::UnknownExtension
        | Kind::ReservedType => Misread::Not,
    }
}

/// The same for a length or count above its maximum.
fn of_announced(octets: &[u8], found: usize) -> Misread {
    let (behind, announced) = varint(octets, found);
    if planted::MISSING_BEFORE_BOUNDS.is_on() && behind.saturating_add(announced) > octets.len() {
        return Misread::Told(ErrorCode::Malformed);
    }
    if planted::ROOM_BEFORE_BOUNDS.is_on() {
        let mut room: Vec<u8> = Vec::new();
        let is_refused = room.try_reserve_exact(announced).is_err();
        // What nobody uses a compiler need not reserve.
        core::hint::black_box(&room);
        return if is_refused { Misread::Silent } else { Misread::Not };
    }
    Misread::Not
}

/// The same for a varint that is not minimal: what a decoder says when it is.
fn of_bounds(octets: &[u8], found: usize) -> Misread {
    let start = frames(octets).map_while(Result::ok).last().map_or(0, |placed| place::end_of(&placed));
    let (length_at, _) = varint(octets, start);
    let (body_at, body_len) = varint(octets, length_at);
    let (behind, value) = varint(octets, found);
    let part = |range| octets.get(range).unwrap_or_default();
    // One octet in place of the wide form: what is tried is short.
    let shorter = behind.saturating_sub(found).saturating_sub(1);
    let (Ok(value), Ok(len)) = (u8::try_from(value), u8::try_from(body_len.saturating_sub(shorter))) else {
        return Misread::Not;
    };
    let end = body_at.saturating_add(body_len);
    let mended = [part(start..length_at), &[len], part(body_at..found), &[value], part(behind..end)].concat();
    match frames(&mended).find_map(Result::err) {
        Some(error) if matches!(error.kind, Kind::OverLimit | Kind::UnderLimit) => {
            Misread::Told(error.code())
        }
        Some(_) | None => Misread::Not,
    }
}

/// The same for a length below its minimum, in the last field of a frame: what stands behind the octets that it announces.
fn of_extension(octets: &[u8], found: usize) -> Misread {
    let (behind, announced) = varint(octets, found);
    let at = behind.saturating_add(announced);
    if at < octets.len() && is_even(octets, at) {
        return Misread::Told(ErrorCode::UnknownExtension);
    }
    Misread::Not
}

/// Whether a small value is written in more than one octet.
fn is_wide(octets: &[u8], at: usize) -> bool {
    let (behind, value) = varint(octets, at);
    value < 64 && behind.saturating_sub(at) > 1
}

fn is_even(octets: &[u8], at: usize) -> bool {
    varint(octets, at).1.is_multiple_of(2)
}

/// Where the frame ends that begins there.
pub(super) fn end_of(octets: &[u8], found: usize) -> usize {
    let (length_at, _) = varint(octets, found);
    let (body_at, body_len) = varint(octets, length_at);
    body_at.saturating_add(body_len)
}

/// The place behind a varint, and its value. Octets that are missing count as 0.
fn varint(octets: &[u8], at: usize) -> (usize, usize) {
    let first = octets.get(at).copied().unwrap_or(0);
    let behind = at.saturating_add(1 << (first >> 6));
    let rest = at.saturating_add(1)..behind;
    let value = rest.fold(usize::from(first & 0x3f), |value, index| {
        value << 8 | usize::from(octets.get(index).copied().unwrap_or(0))
    });
    (behind, value)
}
