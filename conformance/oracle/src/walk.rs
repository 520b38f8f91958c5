//! The walk over the field tables.

use pinnace_spec::{Extension, Field, Frame, Frames, Kind};

use crate::cursor::Cursor;
use crate::error::{OracleError, OracleErrorKind};
use crate::value::{DecodedFrame, NamedValue, Value};

/// Decodes a whole record: zero or more frames.
///
/// # Errors
/// The first thing that is wrong, in reading order.
pub fn decode_record(record: &[u8]) -> Result<Vec<DecodedFrame>, OracleError> {
    let frames = tables()?;
    let mut cursor = Cursor::new(record);
    let mut decoded = Vec::new();
    while !cursor.is_empty() {
        decoded.push(frame(frames, &mut cursor)?);
    }
    Ok(decoded)
}

/// Decodes a structure, such as `edge_certificate`, that fills the octets.
///
/// # Errors
/// The first thing that is wrong, in reading order.
pub fn decode_structure(name: &str, octets: &[u8]) -> Result<Vec<NamedValue>, OracleError> {
    structure_fields(tables()?, name, Cursor::new(octets), name)
}

fn tables() -> Result<&'static Frames, OracleError> {
    pinnace_spec::frames().map_err(|error| OracleError {
        kind: OracleErrorKind::Specification,
        offset: 0,
        field: error.to_string(),
    })
}

fn frame(frames: &Frames, cursor: &mut Cursor<'_>) -> Result<DecodedFrame, OracleError> {
    let offset = cursor.offset();
    let frame_type = cursor.varint("type")?;
    let known = frames.frame_of_type(frame_type);
    match (frame_type, known) {
        (0, _) => return Err(cursor.fault_at(offset, OracleErrorKind::ReservedType, "type")),
        (_, None) if frame_type.is_multiple_of(2) => {
            return Err(cursor.fault_at(offset, OracleErrorKind::UnknownFrame, "type"));
        }
        (_, _) => {}
    }
    let body_len = cursor.varint("length")?;
    let mut body = cursor.take(body_len, "body")?;
    let body_len = body.rest().len();
    let (name, fields, extensions) = match known {
        Some(table) => {
            let values = fields(frames, &table.fields, &mut body)?;
            (table.name.clone(), values, extensions(frames, table, &mut body)?)
        }
        None => ("UNKNOWN".to_owned(), vec![named("body", Value::Octets(body.rest().to_vec()))], Vec::new()),
    };
    let len = cursor.offset().saturating_sub(offset);
    Ok(DecodedFrame { name, frame_type, offset, len, body_len, fields, extensions })
}

fn fields(frames: &Frames, table: &[Field], cursor: &mut Cursor<'_>) -> Result<Vec<NamedValue>, OracleError> {
    table.iter().map(|field| Ok(named(&field.name, value(frames, field, cursor)?))).collect()
}

fn extensions(frames: &Frames, table: &Frame, body: &mut Cursor<'_>) -> Result<Vec<NamedValue>, OracleError> {
    let mut found = Vec::new();
    let mut last = None;
    while !body.is_empty() {
        let offset = body.offset();
        let extension_type = body.varint("extension")?;
        match last {
            Some(last) if extension_type == last => {
                return Err(body.fault_at(offset, OracleErrorKind::ExtensionDuplicate, "extension"));
            }
            Some(last) if extension_type < last => {
                return Err(body.fault_at(offset, OracleErrorKind::ExtensionOrder, "extension"));
            }
            Some(_) | None => last = Some(extension_type),
        }
        let known = table.extensions.iter().find(|extension| extension.extension_type == extension_type);
        match known {
            None if extension_type.is_multiple_of(2) => {
                return Err(body.fault_at(offset, OracleErrorKind::UnknownExtension, "extension"));
            }
            None => found.push(unknown_extension(extension_type, body)?),
            Some(extension) => found.push(known_extension(frames, extension, body)?),
        }
    }
    Ok(found)
}

fn unknown_extension(extension_type: u64, body: &mut Cursor<'_>) -> Result<NamedValue, OracleError> {
    let len = body.varint("extension")?;
    let octets = body.take(len, "extension")?.rest().to_vec();
    Ok(named(&format!("unknown_{extension_type}"), Value::Octets(octets)))
}

fn known_extension(
    frames: &Frames,
    extension: &Extension,
    body: &mut Cursor<'_>,
) -> Result<NamedValue, OracleError> {
    let field = &extension.field;
    let offset = body.offset();
    let len = body.varint(&field.name)?;
    if let Kind::Rest { min, max, .. } = field.kind {
        within(len, (min, max), body, (offset, &field.name))?;
    }
    let mut content = body.take(len, &field.name)?;
    let value = value(frames, field, &mut content)?;
    end(&content, &field.name)?;
    Ok(named(&field.name, value))
}

fn value(frames: &Frames, field: &Field, cursor: &mut Cursor<'_>) -> Result<Value, OracleError> {
    let name = field.name.as_str();
    let offset = cursor.offset();
    match &field.kind {
        // Every octet is a closed enumeration: its bounds are its first and its last value.
        Kind::Octet { min, max } => {
            let number = u64::from(cursor.take(1, name)?.octet());
            if (*min..=*max).contains(&number) {
                Ok(Value::Number(number))
            } else {
                Err(cursor.fault_at(offset, OracleErrorKind::OutOfRange, name))
            }
        }
        Kind::Varint { min, max } => {
            let number = cursor.varint(name)?;
            within(number, (*min, *max), cursor, (offset, name)).map(Value::Number)
        }
        Kind::Fixed { len } => Ok(Value::Octets(cursor.take(*len as u64, name)?.rest().to_vec())),
        Kind::Bytes { min, max, structure } => {
            content(frames, structure.as_deref(), counted(cursor, (*min, *max), name)?, name)
        }
        Kind::Text { min, max } => text(&counted(cursor, (*min, *max), name)?, name),
        Kind::List { min, max, fields } => list(frames, (fields, *min, *max), cursor, name),
        Kind::Rest { utf8, structure, .. } => {
            let octets = cursor.take(cursor.rest().len() as u64, name)?;
            if *utf8 { text(&octets, name) } else { content(frames, structure.as_deref(), octets, name) }
        }
    }
}

/// Octets of a field as they are, or the structure that fills them.
fn content(
    frames: &Frames,
    structure: Option<&str>,
    octets: Cursor<'_>,
    field: &str,
) -> Result<Value, OracleError> {
    match structure {
        None => Ok(Value::Octets(octets.rest().to_vec())),
        Some(name) => structure_fields(frames, name, octets, field).map(Value::Structure),
    }
}

fn structure_fields(
    frames: &Frames,
    name: &str,
    mut octets: Cursor<'_>,
    field: &str,
) -> Result<Vec<NamedValue>, OracleError> {
    let Some(structure) = frames.structure(name) else {
        return Err(octets.fault_at(octets.offset(), OracleErrorKind::Specification, name));
    };
    let values = fields(frames, &structure.fields, &mut octets)?;
    end(&octets, field)?;
    Ok(values)
}

/// A length in its bounds, then so many octets.
fn counted<'a>(cursor: &mut Cursor<'a>, bounds: (u64, u64), name: &str) -> Result<Cursor<'a>, OracleError> {
    let offset = cursor.offset();
    let len = cursor.varint(name)?;
    within(len, bounds, cursor, (offset, name))?;
    cursor.take(len, name)
}

fn list(
    frames: &Frames,
    (table, min, max): (&[Field], u64, u64),
    cursor: &mut Cursor<'_>,
    name: &str,
) -> Result<Value, OracleError> {
    let offset = cursor.offset();
    let count = cursor.varint(name)?;
    within(count, (min, max), cursor, (offset, name))?;
    (0..count).map(|_| fields(frames, table, cursor)).collect::<Result<_, _>>().map(Value::List)
}

fn text(octets: &Cursor<'_>, name: &str) -> Result<Value, OracleError> {
    match core::str::from_utf8(octets.rest()) {
        Ok(text) => Ok(Value::Text(text.to_owned())),
        Err(error) => {
            let offset = octets.offset().saturating_add(error.valid_up_to());
            Err(octets.fault_at(offset, OracleErrorKind::BadUtf8, name))
        }
    }
}

fn within(
    number: u64,
    (min, max): (u64, u64),
    cursor: &Cursor<'_>,
    (offset, name): (usize, &str),
) -> Result<u64, OracleError> {
    if number > max {
        Err(cursor.fault_at(offset, OracleErrorKind::OverLimit, name))
    } else if number < min {
        Err(cursor.fault_at(offset, OracleErrorKind::UnderLimit, name))
    } else {
        Ok(number)
    }
}

fn end(cursor: &Cursor<'_>, name: &str) -> Result<(), OracleError> {
    if cursor.is_empty() {
        Ok(())
    } else {
        Err(cursor.fault_at(cursor.offset(), OracleErrorKind::Trailing, name))
    }
}

fn named(name: &str, value: Value) -> NamedValue {
    NamedValue { name: name.to_owned(), value }
}
