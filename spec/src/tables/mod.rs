//! The generated parts of the text.
//!
//! A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`. [`rewrite`] fills every one of a chapter
//! from the data files; `cargo run -p pinnace-spec --example tables` writes the chapters, and a test fails on drift.

mod annotate;
mod frame;
mod machine;
mod registry;
mod size;
mod values;
mod vector;

use crate::error::{SpecError, SpecErrorKind};
use crate::loaded::Spec;

const OPEN: &str = "<!-- generated: ";
const OPEN_END: &str = " -->";
const CLOSE: &str = "<!-- end -->";

pub use size::longest_credited;

/// The octets of a vector, by its id; `None` where there is no such vector.
pub type Vectors<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

/// The chapter with every generated part made anew.
///
/// # Errors
/// [`SpecErrorKind::Marker`] for a part that is not closed, or whose name has no generator.
pub fn rewrite(
    spec: &Spec,
    vectors: Vectors<'_>,
    file: &'static str,
    text: &str,
) -> Result<String, SpecError> {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let Some(name) = line.strip_prefix(OPEN).and_then(|rest| rest.strip_suffix(OPEN_END)) else {
            continue;
        };
        let marker = || SpecError {
            file,
            line: index.saturating_add(1),
            kind: SpecErrorKind::Marker { name: name.to_owned() },
        };
        if !lines.any(|(_, line)| line == CLOSE) {
            return Err(marker());
        }
        let part = generate(spec, vectors, name).ok_or_else(marker)?;
        out.push('\n');
        out.push_str(&part);
        out.push('\n');
        out.push_str(CLOSE);
        out.push('\n');
    }
    Ok(out)
}

/// The generated part of that name; `None` when there is no generator for it.
#[must_use]
pub fn generate(spec: &Spec, vectors: Vectors<'_>, name: &str) -> Option<String> {
    let (what, of) = name.split_once(' ').unwrap_or((name, ""));
    match what {
        "frame" => spec.frames.frame(of).map(frame::section),
        "frames" => Some(frame::index(&spec.frames)),
        "structure" => spec.frames.structure(of).map(frame::structure),
        "example" => spec.frames.frame(of).and_then(|frame| vector::example(&spec.frames, vectors, frame)),
        "registry" => spec.frames.registry(of).map(registry::table),
        "unknown-values" => Some(registry::unknown(&spec.frames)),
        "grease" => Some(registry::grease(spec.frames.grease)),
        "errors" => Some(values::errors(&spec.errors)),
        "limits" => Some(values::limits(&spec.limits)),
        "profiles" => Some(values::profiles(spec)),
        "reserved-frame-types" => Some(values::reserved(&spec.profiles)),
        "machine" => spec.machines.iter().find(|m| m.name == of).map(machine::tables),
        "transcript" => spec.transcripts.iter().find(|t| t.name == of).map(vector::transcript),
        _ => None,
    }
}

/// A Markdown table.
fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut out = row(head.iter().map(|cell| (*cell).to_owned()));
    out.push_str(&row(head.iter().map(|_| "---".to_owned())));
    for cells in rows {
        out.push_str(&row(cells.into_iter()));
    }
    out
}

fn row(cells: impl Iterator<Item = String>) -> String {
    let mut line = String::from("|");
    for cell in cells {
        line.push(' ');
        line.push_str(&cell.replace('|', "\\|"));
        line.push_str(" |");
    }
    line.push('\n');
    line
}

/// A number as the text shows it.
fn number(value: u64) -> String {
    if value == (1 << 62) - 1 { "2^62-1".to_owned() } else { value.to_string() }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}
