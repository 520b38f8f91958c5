//! What the codec knows of a number by itself is what the tables of the specification say of it.

use core::fmt::Debug;
use std::collections::HashSet;
use std::sync::LazyLock;

use pinnace_spec::{Field, Scope, Side};
use pinnace_wire::{Code, ErrorCode, FrameType, NackReason, PrefaceErrorKind, RejectReason, Role, grease};

/// A type of frame, known or not.
pub(crate) fn frame_type(found: FrameType) {
    let (value, frames) = (found.value(), pinnace_spec::frames().expect("frames.toml"));
    let row = frames.frame_of_type(value);
    assert_eq!(found.name(), row.map(|row| row.name.as_str()), "frame type {found}");
    assert_eq!(found.is_known(), row.is_some(), "frame type {found}");
    assert_eq!(found.is_refused(), row.is_none() && value.is_multiple_of(2), "frame type {found}");
    assert_eq!(found.is_credited(), row.is_some_and(|row| row.credited), "frame type {found}");
    assert_eq!(found.is_early(), row.is_some_and(|row| row.early), "frame type {found}");
    for (role, side) in [(Role::Client, Side::Client), (Role::Server, Side::Server)] {
        let is_sent = row.is_none_or(|row| row.from.contains(&side));
        assert_eq!(found.is_sent_by(role), is_sent, "frame type {found} by the {role:?}");
    }
    grease(value, value / frames.grease.multiplier);
    // The last value that fits a varint and the first that does not, and what fits no number.
    grease(value, pinnace_wire::U62_MAX / frames.grease.multiplier + value % 2);
    grease(value, u64::MAX - value);
}

fn grease(value: u64, k: u64) {
    let told = pinnace_spec::frames().expect("frames.toml").grease.value(k);
    let told = told.filter(|told| *told <= pinnace_wire::U62_MAX);
    assert_eq!(grease::value(k), told, "GREASE {k}");
    assert_eq!(grease::frame_type(k).map(FrameType::value), told, "GREASE {k}");
    assert!(told != Some(value) || grease::is_grease(value), "{value} is GREASE {k}");
    let has_place =
        value.checked_sub(grease::OFFSET).is_some_and(|above| above.is_multiple_of(grease::MULTIPLIER));
    assert_eq!(grease::is_grease(value), has_place, "whether {value} is GREASE");
}

/// A code, known or not.
pub(crate) fn code(found: Code) {
    let octet = found.octet();
    assert_eq!(u64::from(octet), found.value());
    same_word(found.scope(), Scope::of_code(octet), found);
    let row = pinnace_spec::errors().expect("errors.toml").of_code(octet);
    assert_eq!(found.known().map(ErrorCode::name), row.map(|row| row.name.as_str()), "code {found}");
    let Some((known, row)) = found.known().zip(row) else { return };
    same_word(known.scope(), row.scope, found);
    same_word(known.retry(), row.retry, found);
    same_word(known.processed(), row.processed, found);
    same_word(known.carrier(), row.carrier, found);
    let narrow = known.frame_code();
    assert_eq!(narrow.is_some(), row.scope == Scope::Frame, "code {found}");
    assert!(known.code() == found && narrow.is_none_or(|narrow| Code::from(narrow) == found), "code {found}");
}

/// The enumerations of codec and tables have the same names.
fn same_word(found: impl Debug, told: impl Debug, code: Code) {
    assert_eq!(format!("{found:?}"), format!("{told:?}"), "code {code}");
}

/// Whether the reason of a NACK is terminal stands in its number (EXT-004).
pub(crate) fn nack_reason(found: NackReason) {
    assert_eq!(found.is_terminal(), found.value() <= 63, "reason {found}");
}

/// The reason of a REJECT, known or not.
pub(crate) fn reject_reason(found: RejectReason) {
    let frames = pinnace_spec::frames().expect("frames.toml");
    let reasons = frames.registry("reject_reason").expect("the registry of reasons");
    let row = reasons.values.iter().find(|row| row.value == u64::from(found.value()));
    assert_eq!(found.name(), row.map(|row| row.name.as_str()), "{found:?}");
}

/// What REJECT says of a bad preface: what is not spoken has a reason of its own.
pub(crate) fn preface_kind(found: PrefaceErrorKind) {
    let (name, reason) = (found.name().to_uppercase(), found.reason());
    let wanted = if name.starts_with("UNSUPPORTED_") { &*name } else { "BAD_PREFACE" };
    assert_eq!(reason.name(), Some(wanted), "{found:?}");
    reject_reason(reason);
}

/// Whether an error may name this field: one of the tables, or a part of the frame itself.
pub(crate) fn is_field(name: &str) -> bool {
    static NAMES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
        let frames = pinnace_spec::frames().expect("frames.toml");
        let of = |fields: &'static [Field]| fields.iter().flat_map(Field::with_items);
        let in_frames = frames.frames.iter().flat_map(|frame| {
            of(&frame.fields)
                .chain(frame.extensions.iter().flat_map(|extension| extension.field.with_items()))
        });
        let in_structures = frames.structures.iter().flat_map(|structure| of(&structure.fields));
        in_frames.chain(in_structures).map(|field| field.name.as_str()).collect()
    });
    NAMES.contains(name) || ["type", "length", "body", "extension"].contains(&name)
}
