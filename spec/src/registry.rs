//! A registry of values, with what is done about an unknown one.

use serde::Deserialize;

/// One registry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registry {
    /// Name; also the grammar type of the fields that hold its values.
    pub name: String,
    /// What is done about a value that is not in it.
    pub unknown: String,
    /// The values that are assigned, rising.
    pub values: Vec<RegistryValue>,
}

/// One assigned value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistryValue {
    /// The number on the wire.
    pub value: u64,
    /// Name.
    pub name: String,
    /// What it says.
    pub meaning: String,
}

impl Registry {
    /// The assigned value of that name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&RegistryValue> {
        self.values.iter().find(|value| value.name == name)
    }
}
