//! Values of the fields: plausible ones, the smallest and the largest.

use super::identity;
use super::table::{Field, Frame, Table};

#[derive(Clone)]
pub(crate) enum Value {
    Number(u64),
    Octets(Vec<u8>),
    Text(String),
    Flag,
    List(Vec<Self>),
    Object(Object),
}

/// Names and values in the order of the table.
pub(crate) type Object = Vec<(String, Value)>;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Size {
    /// What a working peer would send.
    Golden,
    Minimal,
    Maximal,
}

/// All fields, and the extensions unless minimal.
pub(crate) fn frame(frame: &Frame, size: Size, table: &Table) -> Object {
    let mut object = fields(&frame.fields, size, table);
    if size != Size::Minimal {
        object.extend(fields(&frame.extensions, size, table));
    }
    object
}

pub(crate) fn fields(fields: &[Field], size: Size, table: &Table) -> Object {
    fields.iter().map(|field| (field.name.clone(), value(field, size, table))).collect()
}

/// The value of one field.
pub(crate) fn value(field: &Field, size: Size, table: &Table) -> Value {
    if let Some(structure) = &field.structure {
        return Value::Object(fields(&table.structure(structure).fields, size, table));
    }
    match field.kind.as_str() {
        "u8" | "varint" => Value::Number(number(field, size)),
        "id16" if field.grammar == "conversation_id" => Value::Octets(identity::conversation(table)),
        "id16" => Value::Octets(fixed(field, 16)),
        "key32" => Value::Octets(fixed(field, 32)),
        "hash8" => Value::Octets(fixed(field, 8)),
        "sig64" => Value::Octets(fixed(field, 64)),
        "text" => Value::Text(text(field, size)),
        "rest" if field.utf8 => Value::Text(text(field, size)),
        "rest" if field.max == 0 => Value::Flag,
        "list" => Value::List(list(field, size, table)),
        _ => Value::Octets(octets(field, size)),
    }
}

fn number(field: &Field, size: Size) -> u64 {
    let golden = match field.grammar.as_str() {
        "alias" | "conversation_alias" | "conversation_kind" => 3,
        "client_seq" | "mailbox_seq" | "conversation_seq" => 41,
        "credit_count" => 300,
        "credit_bytes" => 1_048_576,
        "unix_ms" => 1_790_000_000_000,
        "unix_s" => 1_790_000_000,
        "error_code" => 7,
        "frame_type" => 20,
        "duration_ms" => 5_000,
        "duration_s" => 86_400,
        "hello_counter" => 12,
        "nack_reason" => 64,
        "mls_suite" => 1,
        "generation" | "entry_kind" | "stage_part" => 0,
        "stage_offset" => 61_440,
        _ => 2,
    };
    match size {
        Size::Golden => golden.clamp(field.min, field.max),
        Size::Minimal => field.min,
        Size::Maximal => field.max,
    }
}

/// Octets that differ from field to field.
fn fixed(field: &Field, len: u8) -> Vec<u8> {
    let first = field.grammar.bytes().fold(0_u8, u8::wrapping_add);
    (0..len).map(|index| first.wrapping_add(index)).collect()
}

fn len(field: &Field, size: Size, golden: u64) -> usize {
    let len = match size {
        Size::Golden => golden.clamp(field.min, field.max),
        Size::Minimal => field.min,
        Size::Maximal => field.max,
    };
    usize::try_from(len).unwrap_or(0)
}

fn text(field: &Field, size: Size) -> String {
    let golden = match field.grammar.as_str() {
        "e164" => "+4930123456",
        "code" => "123456",
        "agent" => "pinnace/0.1",
        "region" => "eu-1",
        "address" => "edge-2.example:443",
        _ => "why not",
    };
    match size {
        Size::Golden => golden.to_owned(),
        Size::Minimal => "7".repeat(len(field, size, 0)),
        // Two octets a character, and one of one octet where the length is odd.
        Size::Maximal => {
            let len = len(field, size, 0);
            "\u{e9}".repeat(len / 2) + if len % 2 == 1 { "7" } else { "" }
        }
    }
}

fn octets(field: &Field, size: Size) -> Vec<u8> {
    match (field.grammar.as_str(), size) {
        ("versions", Size::Golden) => vec![1],
        ("key_package", Size::Golden) => b"a KeyPackage".to_vec(),
        ("mls_message", Size::Golden) => b"an MLSMessage".to_vec(),
        ("mls_commit", Size::Golden) => b"a commit".to_vec(),
        ("mls_welcome", Size::Golden) => b"a Welcome".to_vec(),
        ("entry_payload", Size::Golden) => b"an entry".to_vec(),
        ("stage_data", Size::Golden) => b"a piece".to_vec(),
        (_, Size::Golden) => b"ahoy there".to_vec(),
        (_, Size::Minimal | Size::Maximal) => vec![0xab; len(field, size, 0)],
    }
}

fn list(field: &Field, size: Size, table: &Table) -> Vec<Value> {
    let count = len(field, size, 2);
    // Those that a commit removes are others than those that it adds.
    let first = if field.name == "removed" { count } else { 0 };
    let item = |index: usize| {
        let mut item = fields(&field.fields, size, table);
        // Identifiers that differ and rise, as those of a working peer.
        let values = item.iter_mut().map(|(_, value)| value);
        for (kind, value) in field.fields.iter().map(|inner| inner.kind.as_str()).zip(values) {
            if let ("id16", Size::Golden, Value::Octets(octets)) = (kind, size, value)
                && let Some(last) = octets.last_mut()
            {
                *last = last.wrapping_add(u8::try_from(index).unwrap_or(0));
            }
        }
        Value::Object(item)
    };
    (first..first + count).map(item).collect()
}
