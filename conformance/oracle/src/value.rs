//! What a decoded record holds.

use core::fmt::{self, Write as _};

/// One frame, as the tables name its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedFrame {
    /// Name in `spec/data/frames.toml`; `UNKNOWN` for a frame of unknown odd type.
    pub name: String,
    /// Type on the wire.
    pub frame_type: u64,
    /// Where it begins, in octets from the start of the record.
    pub offset: usize,
    /// Length with type and length, in octets.
    pub len: usize,
    /// Length of the body in octets: what a credited frame costs.
    pub body_len: usize,
    /// Positional fields, in order; for an unknown frame one field, `body`.
    pub fields: Vec<NamedValue>,
    /// Extensions, in order; one of unknown type is named `unknown_TYPE`.
    pub extensions: Vec<NamedValue>,
}

/// A value and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedValue {
    /// Name in `spec/data/frames.toml`.
    pub name: String,
    /// The value.
    pub value: Value,
}

/// A value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number: an octet or a varint.
    Number(u64),
    /// Octets.
    Octets(Vec<u8>),
    /// Text.
    Text(String),
    /// Items, each its fields in order.
    List(Vec<Vec<NamedValue>>),
    /// A structure: its fields in order.
    Structure(Vec<NamedValue>),
}

impl DecodedFrame {
    /// The field or extension of that name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.fields.iter().chain(&self.extensions).find(|named| named.name == name).map(|named| &named.value)
    }

    /// The number of that name.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        match self.value(name)? {
            Value::Number(number) => Some(*number),
            Value::Octets(_) | Value::Text(_) | Value::List(_) | Value::Structure(_) => None,
        }
    }
}

impl fmt::Display for DecodedFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if self.name == "UNKNOWN" {
            write!(f, " type={}", self.frame_type)?;
        }
        for named in self.fields.iter().chain(&self.extensions) {
            write!(f, " {}={}", named.name, named.value)?;
        }
        Ok(())
    }
}

/// Octets shown of a long value.
const SHOWN_LEN_MAX: usize = 32;

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Octets(octets) => {
                for octet in octets.iter().take(SHOWN_LEN_MAX) {
                    write!(f, "{octet:02x}")?;
                }
                if octets.len() > SHOWN_LEN_MAX {
                    write!(f, "…({} octets)", octets.len())?;
                }
                Ok(())
            }
            Self::List(items) => {
                f.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { ", " })?;
                    write_fields(f, item)?;
                }
                f.write_char(']')
            }
            Self::Structure(fields) => {
                f.write_char('{')?;
                write_fields(f, fields)?;
                f.write_char('}')
            }
        }
    }
}

fn write_fields(f: &mut fmt::Formatter<'_>, fields: &[NamedValue]) -> fmt::Result {
    for (index, named) in fields.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { " " })?;
        write!(f, "{}={}", named.name, named.value)?;
    }
    Ok(())
}
