//! Tables of the registries of values.

use super::code;
use crate::frames::{Frames, Grease};
use crate::registry::Registry;

/// The values of one registry, and what is done about the others.
pub(super) fn table(registry: &Registry) -> String {
    let rows = registry
        .values
        .iter()
        .map(|value| vec![value.value.to_string(), code(&value.name), value.meaning.clone()]);
    let values = super::table(&["value", "name", "meaning"], rows);
    let values = if registry.values.is_empty() { "No value is assigned.\n".to_owned() } else { values };
    format!("{values}\nAny other value: {}.\n", registry.unknown)
}

/// What is done about an unknown value, for every registry.
pub(super) fn unknown(frames: &Frames) -> String {
    let rows = frames.registries.iter().map(|registry| vec![code(&registry.name), registry.unknown.clone()]);
    super::table(&["unknown value of", "what is done"], rows)
}

/// The first GREASE values.
pub(super) fn grease(grease: Grease) -> String {
    let values = (0..8).filter_map(|k| Some(vec![k.to_string(), grease.value(k)?.to_string()]));
    let table = super::table(&["k", "value"], values);
    format!("The k-th value is {} k + {}.\n\n{table}", grease.multiplier, grease.offset)
}
