//! Octets with their places: what the table says about each piece stands beside its octets.

use super::sample::{Object, Value};
use super::table::{Field, Frame, Table};

/// What a decoder holds a piece against.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Rule {
    /// A varint.
    Number {
        min: u64,
        max: u64,
    },
    /// One octet of a closed enumeration.
    Choice {
        min: u64,
        max: u64,
    },
    /// The count of a list.
    Count {
        min: u64,
        max: u64,
    },
    /// The type of a frame or an extension.
    Type,
    Text,
    Octets,
}

/// What fills a piece behind a length.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Form {
    /// Octets or text, of a length in this range.
    Plain { min: u64, max: u64 },
    /// A structure, of a length in this range.
    Structure { min: u64, max: u64 },
    /// The one number or list of an extension: the value says where it ends.
    Value,
    /// The body of a frame.
    Body,
}

#[derive(Clone)]
pub(crate) enum Node {
    Leaf {
        path: String,
        rule: Rule,
        octets: Vec<u8>,
    },
    /// A length and what it measures. The length is right unless `len` says otherwise.
    Sized {
        path: String,
        form: Form,
        len: Option<Vec<u8>>,
        nodes: Vec<Self>,
    },
}

/// Where a piece stands.
#[derive(Clone)]
pub(crate) struct Spot {
    pub(crate) path: String,
    pub(crate) what: What,
    /// The first octet: of the leaf, or of the length.
    pub(crate) start: usize,
    /// The first octet after the length.
    pub(crate) content: usize,
    pub(crate) end: usize,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum What {
    Leaf(Rule),
    Sized(Form),
}

/// A varint in `1 << log` octets.
pub(crate) fn wide(value: u64, log: u8) -> Vec<u8> {
    let len = 1_usize << log;
    let shifted = value | (u64::from(log) << (len * 8 - 2));
    shifted.to_be_bytes().into_iter().skip(8 - len).collect()
}

/// How many octets, as a power of two, the shortest varint has.
pub(crate) fn log(value: u64) -> u8 {
    match value {
        0..0x40 => 0,
        0x40..0x4000 => 1,
        0x4000..0x4000_0000 => 2,
        _ => 3,
    }
}

pub(crate) fn varint(value: u64) -> Vec<u8> {
    wide(value, log(value))
}

fn leaf(path: &str, rule: Rule, octets: Vec<u8>) -> Node {
    Node::Leaf { path: path.to_owned(), rule, octets }
}

fn sized(path: &str, form: Form, nodes: Vec<Node>) -> Node {
    Node::Sized { path: path.to_owned(), form, len: None, nodes }
}

/// A frame with a value.
pub(crate) fn frame(frame: &Frame, value: &Object, table: &Table) -> Vec<Node> {
    let known = frame.fields.len();
    let mut body = fields(&frame.fields, value.get(..known).unwrap_or(&[]), "", table);
    for (name, value) in value.iter().skip(known) {
        for field in frame.extensions.iter().filter(|field| field.name == *name) {
            body.extend(extension(field, value, table));
        }
    }
    vec![leaf("type", Rule::Type, varint(frame.frame_type)), sized("length", Form::Body, body)]
}

/// Fields in order, their paths behind a prefix.
pub(crate) fn fields(fields: &[Field], values: &[(String, Value)], prefix: &str, table: &Table) -> Vec<Node> {
    let pairs = fields.iter().zip(values);
    pairs
        .flat_map(|(field, (_, value))| nodes(field, value, &format!("{prefix}{}", field.name), table))
        .collect()
}

fn nodes(field: &Field, value: &Value, path: &str, table: &Table) -> Vec<Node> {
    let (min, max) = (field.min, field.max);
    let plain = Form::Plain { min, max };
    match value {
        Value::Number(number) if field.kind == "u8" => {
            vec![leaf(path, Rule::Choice { min, max }, vec![u8::try_from(*number).unwrap_or(0)])]
        }
        Value::Number(number) => vec![leaf(path, Rule::Number { min, max }, varint(*number))],
        Value::Octets(octets) if field.kind == "bytes" || field.kind == "rest" => {
            vec![sized(path, plain, vec![leaf(&format!("{path}.octets"), Rule::Octets, octets.clone())])]
        }
        Value::Octets(octets) => vec![leaf(path, Rule::Octets, octets.clone())],
        Value::Text(text) => {
            vec![sized(
                path,
                plain,
                vec![leaf(&format!("{path}.text"), Rule::Text, text.clone().into_bytes())],
            )]
        }
        Value::Flag => vec![sized(path, plain, Vec::new())],
        Value::List(items) => {
            let mut nodes = vec![leaf(path, Rule::Count { min, max }, varint(items.len() as u64))];
            for (index, item) in items.iter().enumerate() {
                if let Value::Object(item) = item {
                    nodes.extend(fields(&field.fields, item, &format!("{path}.{index}."), table));
                }
            }
            nodes
        }
        Value::Object(object) => {
            let structure = field.structure.as_deref().unwrap_or_default();
            let inner = fields(&table.structure(structure).fields, object, &format!("{path}."), table);
            vec![sized(path, Form::Structure { min, max }, inner)]
        }
    }
}

/// An extension: its type, its length, its value. What has a length of its own shows that one only.
fn extension(field: &Field, value: &Value, table: &Table) -> Vec<Node> {
    let kind = leaf(&format!("{}.type", field.name), Rule::Type, varint(field.extension));
    let inner = nodes(field, value, &field.name, table);
    if matches!(value, Value::Number(_) | Value::List(_)) {
        return vec![kind, sized(&format!("{}.length", field.name), Form::Value, inner)];
    }
    core::iter::once(kind).chain(inner).collect()
}

/// An extension that no table knows.
pub(crate) fn unknown(kind: u64, value: &[u8]) -> Vec<Node> {
    let value = vec![leaf("unknown.octets", Rule::Octets, value.to_vec())];
    vec![
        leaf("unknown.type", Rule::Type, varint(kind)),
        sized("unknown.length", Form::Plain { min: 0, max: u64::MAX }, value),
    ]
}

pub(crate) fn octets(nodes: &[Node]) -> Vec<u8> {
    let mut out = Vec::new();
    write(nodes, &mut out, &mut Vec::new());
    out
}

/// The places of all pieces, outer before inner.
pub(crate) fn spots(nodes: &[Node]) -> Vec<Spot> {
    let mut spots = Vec::new();
    write(nodes, &mut Vec::new(), &mut spots);
    spots
}

fn write(nodes: &[Node], out: &mut Vec<u8>, spots: &mut Vec<Spot>) {
    for node in nodes {
        let start = out.len();
        match node {
            Node::Leaf { path, rule, octets } => {
                out.extend(octets);
                let what = What::Leaf(*rule);
                spots.push(Spot { path: path.clone(), what, start, content: start, end: out.len() });
            }
            Node::Sized { path, form, len, nodes } => {
                let (mut inner, mut within) = (Vec::new(), Vec::new());
                write(nodes, &mut inner, &mut within);
                out.extend(len.clone().unwrap_or_else(|| varint(inner.len() as u64)));
                let content = out.len();
                out.extend(inner);
                let what = What::Sized(*form);
                spots.push(Spot { path: path.clone(), what, start, content, end: out.len() });
                spots.extend(within.into_iter().map(|spot| Spot {
                    start: spot.start + content,
                    content: spot.content + content,
                    end: spot.end + content,
                    ..spot
                }));
            }
        }
    }
}

/// Where a piece starts.
pub(crate) fn start(nodes: &[Node], path: &str) -> usize {
    spots(nodes).iter().find(|spot| spot.path == path).map_or(0, |spot| spot.start)
}

/// The tree with one piece changed.
pub(crate) fn with(nodes: &[Node], wanted: &str, change: &dyn Fn(&mut Node)) -> Vec<Node> {
    let mut nodes = nodes.to_vec();
    change_in(&mut nodes, wanted, change);
    nodes
}

fn change_in(nodes: &mut [Node], wanted: &str, change: &dyn Fn(&mut Node)) {
    for node in nodes {
        let path = match node {
            Node::Leaf { path, .. } | Node::Sized { path, .. } => path,
        };
        if path == wanted {
            change(node);
        } else if let Node::Sized { nodes, .. } = node {
            change_in(nodes, wanted, change);
        }
    }
}

/// The tree with other octets in a leaf.
pub(crate) fn with_leaf(nodes: &[Node], path: &str, octets: &[u8]) -> Vec<Node> {
    with(nodes, path, &|node| {
        if let Node::Leaf { octets: old, .. } = node {
            *old = octets.to_vec();
        }
    })
}

/// The tree with other octets as a length.
pub(crate) fn with_len(nodes: &[Node], path: &str, octets: &[u8]) -> Vec<Node> {
    with(nodes, path, &|node| {
        if let Node::Sized { len, .. } = node {
            *len = Some(octets.to_vec());
        }
    })
}

/// The tree with other octets behind a length, which stays right.
pub(crate) fn with_content(nodes: &[Node], path: &str, octets: &[u8]) -> Vec<Node> {
    with(nodes, path, &|node| {
        if let Node::Sized { nodes, path, .. } = node {
            *nodes = vec![leaf(&format!("{path}.octets"), Rule::Octets, octets.to_vec())];
        }
    })
}

/// The frame with pieces after the end of its body.
pub(crate) fn with_after(nodes: &[Node], after: &[Node]) -> Vec<Node> {
    with(nodes, "length", &|node| {
        if let Node::Sized { nodes, .. } = node {
            nodes.extend_from_slice(after);
        }
    })
}

/// The frame with pieces between its fields and its extensions.
pub(crate) fn with_between(nodes: &[Node], first_extension: Option<&str>, pieces: &[Node]) -> Vec<Node> {
    with(nodes, "length", &|node| {
        if let Node::Sized { nodes, .. } = node {
            let is_first = |node: &Node| matches!(node, Node::Leaf { path, .. } if Some(path.as_str()) == first_extension);
            let place = nodes.iter().position(is_first).unwrap_or(nodes.len());
            nodes.splice(place..place, pieces.iter().cloned());
        }
    })
}
