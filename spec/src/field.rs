//! A field of a frame, of an extension or of a structure.

use serde::Deserialize;

use crate::error::SpecErrorKind;

/// One field: a name, the grammar type of its value, and how it stands on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name, in `snake_case`, unique in its frame.
    pub name: String,
    /// The distinct type of the value: a value of one grammar type never stands for another. Empty for lists.
    pub grammar: String,
    /// Form on the wire.
    pub kind: Kind,
}

/// The form of a field on the wire, with its bounds.
///
/// Bounds are inclusive: the value of a number, the length in octets of `Bytes`, `Text` and `Rest`, the count of a `List`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "every variant's min and max are what the enum's text says")]
pub enum Kind {
    /// One octet.
    Octet { min: u64, max: u64 },
    /// A minimal variable-length integer.
    Varint { min: u64, max: u64 },
    /// So many octets, without a length.
    Fixed { len: usize },
    /// A length, then octets; `structure` names what they hold.
    Bytes { min: u64, max: u64, structure: Option<String> },
    /// A length, then UTF-8.
    Text { min: u64, max: u64 },
    /// A count, then that many items, each made of `fields` in order.
    List { min: u64, max: u64, fields: Vec<Field> },
    /// Octets up to the end of the extension's value.
    Rest { min: u64, max: u64, utf8: bool, structure: Option<String> },
}

impl Field {
    /// The field itself, and the fields of its items when it is a list.
    #[must_use]
    pub fn with_items(&self) -> Vec<&Self> {
        match &self.kind {
            Kind::List { fields, .. } => core::iter::once(self).chain(fields).collect(),
            Kind::Octet { .. }
            | Kind::Varint { .. }
            | Kind::Fixed { .. }
            | Kind::Bytes { .. }
            | Kind::Text { .. }
            | Kind::Rest { .. } => vec![self],
        }
    }
}

/// A field as it stands in `frames.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawField {
    pub(crate) name: String,
    pub(crate) kind: RawKind,
    #[serde(default)]
    pub(crate) grammar: String,
    pub(crate) min: Option<u64>,
    pub(crate) max: Option<u64>,
    #[serde(default)]
    pub(crate) fields: Vec<Self>,
    #[serde(rename = "struct")]
    pub(crate) structure: Option<String>,
    #[serde(default)]
    pub(crate) utf8: bool,
    #[serde(rename = "type")]
    pub(crate) extension_type: Option<u64>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawKind {
    U8,
    Varint,
    Id16,
    Key32,
    Sig64,
    Hash8,
    Bytes,
    Text,
    List,
    Rest,
}

impl RawField {
    /// The field, once its bounds fit its kind.
    pub(crate) fn into_field(self) -> Result<Field, SpecErrorKind> {
        let bounds = self.min.zip(self.max);
        let Self { name, kind, grammar, fields, structure, utf8, .. } = self;
        let (min, max) = match (kind, bounds) {
            (RawKind::Id16 | RawKind::Key32 | RawKind::Sig64 | RawKind::Hash8, None) => (0, 0),
            (RawKind::Id16 | RawKind::Key32 | RawKind::Sig64 | RawKind::Hash8, Some(_)) => {
                return Err(SpecErrorKind::Field { name, needs: "no bounds: its length is fixed" });
            }
            (_, Some((min, max))) if min <= max => (min, max),
            (_, Some(_) | None) => return Err(SpecErrorKind::Field { name, needs: "min and max, in order" }),
        };
        let kind = match kind {
            RawKind::U8 => Kind::Octet { min, max },
            RawKind::Varint => Kind::Varint { min, max },
            RawKind::Id16 => Kind::Fixed { len: 16 },
            RawKind::Key32 => Kind::Fixed { len: 32 },
            RawKind::Sig64 => Kind::Fixed { len: 64 },
            RawKind::Hash8 => Kind::Fixed { len: 8 },
            RawKind::Bytes => Kind::Bytes { min, max, structure },
            RawKind::Text => Kind::Text { min, max },
            RawKind::Rest => Kind::Rest { min, max, utf8, structure },
            RawKind::List => {
                let fields: Result<Vec<Field>, _> = fields.into_iter().map(Self::into_field).collect();
                Kind::List { min, max, fields: fields? }
            }
        };
        Ok(Field { name, grammar, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<Kind, &'static str>) {
        let raw: RawField = toml::from_str(text).unwrap();
        let name = raw.name.clone();
        let expected = expected.map_err(|needs| SpecErrorKind::Field { name, needs });
        assert_eq!(raw.into_field().map(|field| field.kind), expected);
    }

    #[test]
    fn a_number_needs_bounds_in_order() {
        check("name = \"n\"\nkind = \"varint\"\nmin = 1\nmax = 2", Ok(Kind::Varint { min: 1, max: 2 }));
        check("name = \"n\"\nkind = \"varint\"\nmin = 1", Err("min and max, in order"));
        check("name = \"n\"\nkind = \"u8\"\nmin = 2\nmax = 1", Err("min and max, in order"));
    }

    #[test]
    fn a_fixed_length_has_no_bounds() {
        check("name = \"n\"\nkind = \"sig64\"", Ok(Kind::Fixed { len: 64 }));
        check("name = \"n\"\nkind = \"id16\"\nmin = 1\nmax = 2", Err("no bounds: its length is fixed"));
    }

    #[test]
    fn a_list_holds_its_fields_to_the_same_rules() {
        let list =
            "name = \"n\"\nkind = \"list\"\nmin = 0\nmax = 2\nfields = [{ name = \"n\", kind = \"varint\" }]";
        check(list, Err("min and max, in order"));
    }
}
