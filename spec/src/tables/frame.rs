//! Figures and field tables of frames and structures.

use super::size::body_bounds;
use super::{code, number, table};
use crate::field::{Field, Kind};
use crate::frames::{Extension, Frame, Frames, Side, Structure};

/// Purpose, figure and field tables of one frame.
pub(super) fn section(frame: &Frame) -> String {
    let mut out = format!("{}\n\n{}\n", frame.purpose, facts(frame));
    out.push_str("```text\n");
    out.push_str(&format!("{} Frame {{\n  type (i) = {},\n  length (i),\n", frame.name, frame.frame_type));
    out.push_str(&figure_fields(&frame.fields));
    out.push_str("  extensions (..)\n}\n```\n\n");
    out.push_str(&field_table(&frame.fields));
    if frame.extensions.is_empty() {
        out.push_str("\nIt has no known extensions.\n");
    } else {
        out.push('\n');
        out.push_str(&extension_table(&frame.extensions));
    }
    out
}

fn facts(frame: &Frame) -> String {
    let from: Vec<&str> = frame.from.iter().map(|side| side_word(*side)).collect();
    let early = if frame.early { " It may follow HELLO in the first flight." } else { "" };
    let credited = if frame.credited { " It costs credit." } else { "" };
    let (min, max) = body_bounds(frame);
    let max = max.map_or_else(|| "what the record holds".to_owned(), number);
    format!(
        "Type {}. Sent by: {}. Body: {min} octets to {max}.{early}{credited}\n",
        frame.frame_type,
        from.join(", ")
    )
}

const fn side_word(side: Side) -> &'static str {
    match side {
        Side::Client => "client",
        Side::Server => "server",
    }
}

/// All frames in one table.
pub(super) fn index(frames: &Frames) -> String {
    let rows = frames.frames.iter().map(|frame| {
        let sends = |side| if frame.from.contains(&side) { "yes" } else { "" }.to_owned();
        vec![
            frame.frame_type.to_string(),
            frame.name.clone(),
            sends(Side::Client),
            sends(Side::Server),
            if frame.early { "yes" } else { "" }.to_owned(),
            if frame.credited { "yes" } else { "" }.to_owned(),
            frame.purpose.clone(),
        ]
    });
    table(&["type", "name", "client sends", "server sends", "early", "credited", "purpose"], rows)
}

/// Figure and field table of one structure.
pub(super) fn structure(structure: &Structure) -> String {
    let label = structure.label.as_ref().map(|label| format!("Label: `{label}`.\n\n")).unwrap_or_default();
    let mut out = format!("{label}```text\n{} {{\n", structure.name);
    let figure = figure_fields(&structure.fields);
    out.push_str(figure.trim_end_matches(",\n"));
    out.push_str("\n}\n```\n\n");
    out.push_str(&field_table(&structure.fields));
    out
}

fn figure_fields(fields: &[Field]) -> String {
    fields.iter().map(|field| format!("  {},\n", figure(field))).collect()
}

fn figure(field: &Field) -> String {
    let name = &field.name;
    match &field.kind {
        Kind::Octet { .. } => format!("{name} (8)"),
        Kind::Varint { .. } => format!("{name} (i)"),
        Kind::Fixed { len } => format!("{name} ({})", len.saturating_mul(8)),
        Kind::Bytes { .. } | Kind::Text { .. } => format!("{name}_len (i), {name} (..)"),
        Kind::Rest { .. } => format!("{name} (..)"),
        Kind::List { fields, .. } => {
            let inner: Vec<String> = fields.iter().map(figure).collect();
            format!("{name}_count (i), {name} {{ {} }} ...", inner.join(", "))
        }
    }
}

fn field_table(fields: &[Field]) -> String {
    table(&["field", "form", "type of value", "min", "max"], fields.iter().flat_map(|field| rows(field, "")))
}

fn extension_table(extensions: &[Extension]) -> String {
    let rows = extensions.iter().flat_map(|extension| {
        let unknown = if extension.extension_type % 2 == 0 { "UNKNOWN_EXTENSION" } else { "skipped" };
        rows(&extension.field, "").into_iter().enumerate().map(move |(index, mut cells)| {
            let first = index == 0;
            cells.insert(0, if first { extension.extension_type.to_string() } else { String::new() });
            cells.push(if first { unknown.to_owned() } else { String::new() });
            cells
        })
    });
    table(&["type", "extension", "form", "type of value", "min", "max", "where unknown"], rows)
}

/// One row for the field; for a list also one for each of its items' fields.
fn rows(field: &Field, parent: &str) -> Vec<Vec<String>> {
    let name = format!("{parent}{}", field.name);
    let (form, bounds, inner): (String, Option<(u64, u64)>, &[Field]) = match &field.kind {
        Kind::Octet { min, max } => ("one octet".to_owned(), Some((*min, *max)), &[]),
        Kind::Varint { min, max } => ("varint".to_owned(), Some((*min, *max)), &[]),
        Kind::Fixed { len } => (format!("{len} octets"), None, &[]),
        Kind::Bytes { min, max, structure } => {
            (with_structure("length, octets", structure.as_deref()), Some((*min, *max)), &[])
        }
        Kind::Text { min, max } => ("length, UTF-8".to_owned(), Some((*min, *max)), &[]),
        Kind::Rest { max: 0, .. } => ("empty".to_owned(), Some((0, 0)), &[]),
        Kind::Rest { min, max, utf8: true, .. } => ("the value, UTF-8".to_owned(), Some((*min, *max)), &[]),
        Kind::Rest { min, max, utf8: false, structure } => {
            (with_structure("the value", structure.as_deref()), Some((*min, *max)), &[])
        }
        Kind::List { min, max, fields } => ("count, items".to_owned(), Some((*min, *max)), fields),
    };
    let (min, max) = bounds.map_or_else(Default::default, |(min, max)| (number(min), number(max)));
    let grammar = if field.grammar.is_empty() { String::new() } else { code(&field.grammar) };
    let mut out = vec![vec![code(&name), form, grammar, min, max]];
    out.extend(inner.iter().flat_map(|field| rows(field, &format!("{name}."))));
    out
}

fn with_structure(form: &str, structure: Option<&str>) -> String {
    structure.map_or_else(|| form.to_owned(), |name| format!("{form}: the structure `{name}`"))
}
