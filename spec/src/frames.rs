//! `data/frames.toml`: frames, signed structures and the registries of values.

use serde::Deserialize;

use crate::error::{SpecError, SpecErrorKind};
use crate::field::{Field, RawField};
use crate::registry::Registry;
use crate::toml_text;

const FILE: &str = "data/frames.toml";
const TEXT: &str = include_str!("../data/frames.toml");

/// Everything that `frames.toml` holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frames {
    /// The values that are reserved for ever in every registry of types.
    pub grease: Grease,
    /// All frames, in the order of their types.
    pub frames: Vec<Frame>,
    /// All structures that are signed or stand inside a field.
    pub structures: Vec<Structure>,
    /// All registries of values.
    pub registries: Vec<Registry>,
}

/// The GREASE values: `multiplier * k + offset` for every k.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grease {
    /// Distance between two values.
    pub multiplier: u64,
    /// The first value.
    pub offset: u64,
}

/// One frame: its type, who sends it, its fields in order and its extensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Name, in capitals.
    pub name: String,
    /// Type on the wire.
    pub frame_type: u64,
    /// Who may send it.
    pub from: Vec<Side>,
    /// Whether it may follow HELLO in the first flight.
    pub early: bool,
    /// Whether it costs credit.
    pub credited: bool,
    /// What it is for, one sentence.
    pub purpose: String,
    /// Positional fields, in order.
    pub fields: Vec<Field>,
    /// Extensions that are known, in the order of their types.
    pub extensions: Vec<Extension>,
}

/// A role that sends frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The device.
    Client,
    /// The edge that the device is connected to.
    Server,
}

/// A known extension of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Type on the wire; odd ones may be skipped by who does not know them.
    pub extension_type: u64,
    /// Its name, grammar and form.
    pub field: Field,
}

/// A structure: octets with fields of their own. One with a `signature` is signed over all that stands before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Structure {
    /// Name, in `snake_case`.
    pub name: String,
    /// ASCII label of its signature or digest; none when it has neither.
    pub label: Option<String>,
    /// Fields, in order.
    pub fields: Vec<Field>,
}

impl Frames {
    /// The frame of that name.
    #[must_use]
    pub fn frame(&self, name: &str) -> Option<&Frame> {
        self.frames.iter().find(|frame| frame.name == name)
    }

    /// The frame of that type.
    #[must_use]
    pub fn frame_of_type(&self, frame_type: u64) -> Option<&Frame> {
        self.frames.iter().find(|frame| frame.frame_type == frame_type)
    }

    /// The structure of that name.
    #[must_use]
    pub fn structure(&self, name: &str) -> Option<&Structure> {
        self.structures.iter().find(|structure| structure.name == name)
    }

    /// The registry of that name.
    #[must_use]
    pub fn registry(&self, name: &str) -> Option<&Registry> {
        self.registries.iter().find(|registry| registry.name == name)
    }

    /// Reads the embedded file.
    ///
    /// # Errors
    /// The first place at which the file does not hold.
    pub fn load() -> Result<Self, SpecError> {
        let raw: RawFrames = toml_text::parse(FILE, TEXT)?;
        let frames: Result<Vec<Frame>, SpecError> = raw.frame.into_iter().map(RawFrame::into_frame).collect();
        let structures: Result<Vec<Structure>, SpecError> =
            raw.structures.into_iter().map(RawStructure::into_structure).collect();
        Ok(Self { grease: raw.grease, frames: frames?, structures: structures?, registries: raw.registry })
    }
}

impl Grease {
    /// The k-th GREASE value; `None` past the end of 64 bits.
    #[must_use]
    pub fn value(self, k: u64) -> Option<u64> {
        self.multiplier.checked_mul(k)?.checked_add(self.offset)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFrames {
    #[serde(rename = "schema")]
    _schema: toml_text::Schema1,
    grease: Grease,
    frame: Vec<RawFrame>,
    #[serde(rename = "struct")]
    structures: Vec<RawStructure>,
    registry: Vec<Registry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFrame {
    name: String,
    #[serde(rename = "type")]
    frame_type: u64,
    from: Vec<Side>,
    #[serde(default)]
    early: bool,
    #[serde(default)]
    credited: bool,
    purpose: String,
    #[serde(default)]
    fields: Vec<RawField>,
    #[serde(default)]
    extensions: Vec<RawField>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStructure {
    name: String,
    label: Option<String>,
    fields: Vec<RawField>,
}

impl RawFrame {
    fn into_frame(self) -> Result<Frame, SpecError> {
        let place = self.name.clone();
        Ok(Frame {
            name: self.name,
            frame_type: self.frame_type,
            from: self.from,
            early: self.early,
            credited: self.credited,
            purpose: self.purpose,
            fields: fields(self.fields, &place)?,
            extensions: extensions(self.extensions, &place)?,
        })
    }
}

impl RawStructure {
    fn into_structure(self) -> Result<Structure, SpecError> {
        let fields = fields(self.fields, &self.name)?;
        Ok(Structure { name: self.name, label: self.label, fields })
    }
}

fn fields(raw: Vec<RawField>, place: &str) -> Result<Vec<Field>, SpecError> {
    raw.into_iter().map(|field| field.into_field().map_err(|kind| at(place, kind))).collect()
}

fn extensions(raw: Vec<RawField>, place: &str) -> Result<Vec<Extension>, SpecError> {
    raw.into_iter()
        .map(|field| {
            let Some(extension_type) = field.extension_type else {
                return Err(at(place, SpecErrorKind::Field { name: field.name, needs: "a type" }));
            };
            let field = field.into_field().map_err(|kind| at(place, kind))?;
            Ok(Extension { extension_type, field })
        })
        .collect()
}

fn at(place: &str, kind: SpecErrorKind) -> SpecError {
    SpecError { file: FILE, line: toml_text::line_of_name(TEXT, place), kind }
}
