//! A frame's octets, cut at its fields, each with its name and value.

use core::fmt::Write as _;

use crate::field::{Field, Kind};
use crate::frames::{Extension, Frame, Frames};

/// Octets in one line.
const LINE_LEN: usize = 16;

/// The octets of one frame as lines of hexadecimal and remarks; `None` when they are not one whole frame of that type.
pub(super) fn annotate(frames: &Frames, frame: &Frame, octets: &[u8]) -> Option<String> {
    let mut walk = Walk { frames, rest: octets, out: String::new() };
    let frame_type = walk.varint(|n| format!("type = {n} ({})", frame.name))?;
    let length = walk.varint(|n| format!("length = {n}"))?;
    if frame_type != frame.frame_type || length != len(walk.rest) {
        return None;
    }
    for field in &frame.fields {
        walk.field(field, "", 0)?;
    }
    while !walk.rest.is_empty() {
        walk.extension(&frame.extensions)?;
    }
    Some(walk.out)
}

struct Walk<'a> {
    frames: &'a Frames,
    rest: &'a [u8],
    out: String,
}

impl<'a> Walk<'a> {
    fn line(&mut self, octets: &[u8], remark: &str) {
        let mut remark = Some(remark);
        for chunk in octets.chunks(LINE_LEN) {
            let mut hex = String::new();
            for octet in chunk {
                // Writing to a String cannot fail.
                let _ = write!(hex, "{octet:02x} ");
            }
            match remark.take() {
                Some(remark) => self.out.push_str(&format!("{hex:<49}# {remark}")),
                None => self.out.push_str(hex.trim_end()),
            }
            self.out.push('\n');
        }
    }

    fn take(&mut self, count: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(usize::try_from(count).ok()?)?;
        self.rest = rest;
        Some(taken)
    }

    fn varint(&mut self, remark: impl Fn(u64) -> String) -> Option<u64> {
        let octets = self.take(1_u64.checked_shl(u32::from(self.rest.first()? >> 6))?)?;
        let (first, others) = octets.split_first()?;
        let value = others.iter().fold(u64::from(first & 0x3f), |n, octet| (n << 8) | u64::from(*octet));
        self.line(octets, &remark(value));
        Some(value)
    }

    fn octets(&mut self, count: u64, name: &str) -> Option<()> {
        let octets = self.take(count)?;
        let is_text = octets.iter().all(|octet| (b' '..=b'~').contains(octet));
        let text = if is_text { core::str::from_utf8(octets).ok() } else { None };
        let remark = text.map_or_else(|| name.to_owned(), |text| format!("{name} = \"{text}\""));
        self.line(octets, &remark);
        Some(())
    }

    /// `value_len` is the length of the value, which only extensions know.
    fn field(&mut self, field: &Field, parent: &str, value_len: u64) -> Option<()> {
        let name = format!("{parent}{}", field.name);
        match &field.kind {
            Kind::Octet { .. } => {
                let octet = self.take(1)?;
                let value = u64::from(*octet.first()?);
                self.line(octet, &format!("{name} = {}", self.shown(field, value)));
                Some(())
            }
            Kind::Varint { .. } => {
                let frames = self.frames;
                self.varint(|value| format!("{name} = {}", shown(frames, field, value))).map(|_| ())
            }
            Kind::Fixed { len } => self.octets(u64::try_from(*len).ok()?, &name),
            Kind::Text { .. } => {
                let len = self.varint(|value| format!("{name}_len = {value}"))?;
                self.octets(len, &name)
            }
            Kind::Bytes { structure, .. } => {
                let len = self.varint(|value| format!("{name}_len = {value}"))?;
                self.value(structure.as_deref(), &name, len)
            }
            Kind::Rest { structure, .. } => self.value(structure.as_deref(), &name, value_len),
            Kind::List { fields, .. } => {
                let count = self.varint(|value| format!("{name}_count = {value}"))?;
                for index in 0..count {
                    for item in fields {
                        self.field(item, &format!("{name}[{index}]."), 0)?;
                    }
                }
                Some(())
            }
        }
    }

    fn value(&mut self, structure: Option<&str>, name: &str, len: u64) -> Option<()> {
        let Some(structure) = structure.and_then(|structure| self.frames.structure(structure)) else {
            return self.octets(len, name);
        };
        for field in &structure.fields {
            self.field(field, &format!("{name}."), 0)?;
        }
        Some(())
    }

    fn extension(&mut self, known: &[Extension]) -> Option<()> {
        let named = |value| known.iter().find(|extension| extension.extension_type == value);
        let name = |value| named(value).map_or("unknown", |extension| extension.field.name.as_str());
        let value = self.varint(|value| format!("extension type = {value} ({})", name(value)))?;
        let len = self.varint(|value| format!("extension length = {value}"))?;
        match named(value) {
            Some(extension) => self.field(&extension.field, "", len),
            None => self.octets(len, "skipped"),
        }
    }

    fn shown(&self, field: &Field, value: u64) -> String {
        shown(self.frames, field, value)
    }
}

/// The value, with its name when it is one of a registry.
fn shown(frames: &Frames, field: &Field, value: u64) -> String {
    let registry = frames.registry(&field.grammar);
    let known = registry.and_then(|registry| registry.values.iter().find(|known| known.value == value));
    known.map_or_else(|| value.to_string(), |known| format!("{value} ({})", known.name))
}

fn len(octets: &[u8]) -> u64 {
    u64::try_from(octets.len()).unwrap_or(u64::MAX)
}
