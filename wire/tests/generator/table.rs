//! `spec/data/frames.toml` as the generator reads it.
#![expect(clippy::unwrap_used, reason = "a table that does not hold must stop the generator")]

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Table {
    pub(crate) frame: Vec<Frame>,
    #[serde(rename = "struct")]
    pub(crate) structure: Vec<Structure>,
}

#[derive(Deserialize)]
pub(crate) struct Frame {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) frame_type: u64,
    pub(crate) from: Vec<String>,
    pub(crate) fields: Vec<Field>,
    #[serde(default)]
    pub(crate) extensions: Vec<Field>,
}

impl Frame {
    pub(crate) fn direction(&self) -> &'static str {
        match self.from.as_slice() {
            [one] if one == "client" => "client",
            [one] if one == "server" => "server",
            _ => "both",
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Structure {
    pub(crate) name: String,
    /// Of its signature or digest, when it has one.
    pub(crate) label: Option<String>,
    pub(crate) fields: Vec<Field>,
}

#[derive(Clone, Deserialize)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) grammar: String,
    #[serde(default)]
    pub(crate) min: u64,
    #[serde(default)]
    pub(crate) max: u64,
    /// Of an extension.
    #[serde(rename = "type", default)]
    pub(crate) extension: u64,
    #[serde(default)]
    pub(crate) utf8: bool,
    /// The name of the structure that fills the field.
    #[serde(rename = "struct")]
    pub(crate) structure: Option<String>,
    /// Of the items of a list.
    #[serde(default)]
    pub(crate) fields: Vec<Self>,
}

impl Table {
    pub(crate) fn structure(&self, name: &str) -> &Structure {
        self.structure.iter().find(|structure| structure.name == name).unwrap()
    }

    pub(crate) fn frame(&self, name: &str) -> &Frame {
        self.frame.iter().find(|frame| frame.name == name).unwrap()
    }
}

pub(crate) fn read() -> Table {
    toml::from_str(include_str!("../../../spec/data/frames.toml")).unwrap()
}
