//! The vectors of one frame.

use super::Collector;
use super::sample::{self, Object, Size, Value};
use super::table::{Frame, Table};
use super::tree::{self, Node};
use super::wrong;

/// The most octets of plaintext that a record holds: 65,535 less the tag of 16.
const PLAINTEXT_LEN_MAX: usize = 65_519;
/// Odd types that no table knows: below, among and above the known ones.
const UNKNOWN_ODD: [u64; 3] = [1, 33, 95];

pub(crate) fn collect(frame: &Frame, table: &Table) -> Collector {
    let mut out = Collector::new(&frame.name, frame.direction());
    let golden = sample::frame(frame, Size::Golden, table);
    valid(&mut out, frame, &golden, table);
    numbers(&mut out, frame, &golden, table);
    let nodes = tree::frame(frame, &golden, table);
    truncated(&mut out, frame, &golden, &nodes);
    wrong::pieces(&mut out, &nodes);
    extensions(&mut out, frame, &golden, table);
    skipped(&mut out, frame, &golden, &nodes);
    out
}

fn valid(out: &mut Collector, frame: &Frame, golden: &Object, table: &Table) {
    let octets = |value: &Object| tree::octets(&tree::frame(frame, value, table));
    for (name, size) in [("minimal", Size::Minimal), ("golden", Size::Golden)] {
        let value = sample::frame(frame, size, table);
        out.valid(name, octets(&value), value);
    }
    maximal(out, frame, golden, table);
    let fields = golden.get(..frame.fields.len()).unwrap_or(&[]);
    for extension in &frame.extensions {
        for (name, size) in [("least", Size::Minimal), ("most", Size::Maximal)] {
            let mut value = fields.to_vec();
            value.push((extension.name.clone(), sample::value(extension, size, table)));
            out.valid(&format!("only/{}/{name}", extension.name), octets(&value), value);
        }
    }
}

/// All at their most. Where no record holds that, each field of octets by itself, and the last one cut so that they just fit.
fn maximal(out: &mut Collector, frame: &Frame, golden: &Object, table: &Table) {
    let octets = |value: &Object| tree::octets(&tree::frame(frame, value, table));
    let mut most = sample::frame(frame, Size::Maximal, table);
    let over = octets(&most).len().saturating_sub(PLAINTEXT_LEN_MAX);
    if over > 0 {
        for field in frame.fields.iter().filter(|field| field.kind == "bytes") {
            let mut value = golden.clone();
            for (_, found) in value.iter_mut().filter(|(name, _)| *name == field.name) {
                *found = sample::value(field, Size::Maximal, table);
            }
            out.valid(&format!("maximal/{}", field.name), octets(&value), value);
        }
        let fields = most.iter_mut().take(frame.fields.len());
        let last = fields.rev().find_map(|(_, value)| match value {
            Value::Octets(octets) => Some(octets),
            Value::Number(_) | Value::Text(_) | Value::Flag | Value::List(_) | Value::Object(_) => None,
        });
        if let Some(last) = last {
            last.truncate(last.len().saturating_sub(over));
        }
    }
    out.valid("maximal", octets(&most), most);
}

/// Each number at the edges of each length of varint.
fn numbers(out: &mut Collector, frame: &Frame, golden: &Object, table: &Table) {
    for field in frame.fields.iter().chain(&frame.extensions).filter(|field| field.kind == "varint") {
        let edges = [0x3f, 0x40, 0x3fff, 0x4000, 0x3fff_ffff, 0x4000_0000];
        for edge in edges.into_iter().filter(|edge| (field.min..=field.max).contains(edge)) {
            let mut value = golden.clone();
            for (_, found) in value.iter_mut().filter(|(name, _)| *name == field.name) {
                *found = Value::Number(edge);
            }
            let octets = tree::octets(&tree::frame(frame, &value, table));
            out.valid(&format!("number/{}/{edge}", field.name), octets, value);
        }
    }
}

/// The record cut at each octet; the body cut at each octet, with the length made right.
fn truncated(out: &mut Collector, frame: &Frame, golden: &Object, nodes: &[Node]) {
    let octets = tree::octets(nodes);
    for cut in 1..octets.len() {
        out.wrong(&format!("cut/{cut}"), octets.iter().take(cut).copied().collect(), "truncated", cut);
    }
    let spots = tree::spots(nodes);
    let Some(body) = spots.iter().find(|spot| spot.path == "length") else { return };
    let first = frame.extensions.first().map(|field| format!("{}.type", field.name));
    for cut in 0..body.end - body.content {
        let inner: Vec<u8> = octets.iter().skip(body.content).take(cut).copied().collect();
        let cut_octets = tree::octets(&tree::with_content(nodes, "length", &inner));
        // Where an extension begins, the body may end.
        let ends = body.content + cut;
        let begins = spots.iter().find(|spot| spot.start == ends && spot.path.ends_with(".type"));
        match begins.and_then(|spot| spot.path.strip_suffix(".type")) {
            Some(extension) => {
                let value = golden.iter().take_while(|(name, _)| name != extension).cloned();
                out.valid(&format!("body_ends/before_{extension}"), cut_octets, value.collect());
            }
            None => {
                let at = cut_octets.len();
                out.wrong(&format!("body_cut/{cut}"), cut_octets, "truncated", at);
            }
        }
    }
    debug_assert!(first.is_none_or(|first| spots.iter().any(|spot| spot.path == first)));
}

/// Extensions out of order, doubled, unknown.
fn extensions(out: &mut Collector, frame: &Frame, golden: &Object, table: &Table) {
    let nodes = tree::frame(frame, golden, table);
    let bare = golden.get(..frame.fields.len()).unwrap_or(&[]).to_vec();
    let bare_nodes = tree::frame(frame, &bare, table);
    let mut add = |name: &str, nodes: &[Node], pieces: &[Node], kind: &'static str, back: usize| {
        let octets = tree::octets(&tree::with_after(nodes, pieces));
        let at = octets.len() - back;
        out.wrong(name, octets, kind, at);
    };
    let piece = |kind| tree::unknown(kind, &[0xde, 0xad]);
    let pair = |one, other| [piece(one), piece(other)].concat();
    // An unknown one with two octets of value has four octets below type 64, five above.
    add("extension/unknown_even", &nodes, &piece(254), "unknown_extension", 5);
    add("extension/unknown_zero", &bare_nodes, &piece(0), "unknown_extension", 4);
    add("extension/unknown_even_first", &bare_nodes, &pair(62, 63), "unknown_extension", 8);
    add("extension/unknown_even_after_odd", &nodes, &pair(33, 62), "unknown_extension", 4);
    add("extension/unknown_duplicate", &nodes, &pair(33, 33), "extension_duplicate", 4);
    add("extension/unknown_disorder", &nodes, &pair(95, 33), "extension_order", 4);
    // Its place is judged before its type.
    add("extension/even_disorder", &nodes, &pair(33, 32), "extension_order", 4);
    for field in &frame.extensions {
        let only = |name: &str| -> Vec<Node> {
            let value: Object = golden.iter().filter(|(found, _)| found == name).cloned().collect();
            let value = [bare.clone(), value].concat();
            match tree::frame(frame, &value, table).into_iter().nth(1) {
                Some(Node::Sized { nodes, .. }) => {
                    let first = format!("{name}.type");
                    let is_before = |node: &Node| !matches!(node, Node::Leaf { path, .. } if *path == first);
                    nodes.into_iter().skip_while(is_before).collect()
                }
                Some(Node::Leaf { .. }) | None => Vec::new(),
            }
        };
        let again = only(&field.name);
        let back = tree::octets(&again).len();
        let twice = [again.clone(), again.clone()].concat();
        add(&format!("extension/duplicate/{}", field.name), &bare_nodes, &twice, "extension_duplicate", back);
        let late = [piece(33), again].concat();
        add(&format!("extension/disorder/{}", field.name), &bare_nodes, &late, "extension_order", back);
    }
}

/// Unknown odd extensions are skipped, and their form is checked all the same.
fn skipped(out: &mut Collector, frame: &Frame, golden: &Object, nodes: &[Node]) {
    let first = frame.extensions.first().map(|field| format!("{}.type", field.name));
    for kind in UNKNOWN_ODD {
        let place = if kind == 1 { first.as_deref() } else { None };
        let octets = tree::octets(&tree::with_between(nodes, place, &tree::unknown(kind, &[0xde, 0xad])));
        out.skipping(&format!("skip/extension_{kind}"), octets, golden.clone());
    }
    let empty = tree::octets(&tree::with_after(nodes, &tree::unknown(33, &[])));
    out.skipping("skip/extension_empty", empty, golden.clone());
    let with_unknown = tree::with_after(nodes, &tree::unknown(33, &[0xde, 0xad]));
    let spots = tree::spots(&with_unknown);
    for spot in spots.iter().filter(|spot| spot.path.starts_with("unknown.")) {
        let mut wrong = |name: &str, nodes: &[Node], kind, at: Option<usize>| {
            let octets = tree::octets(nodes);
            let at = at.unwrap_or(octets.len());
            out.wrong(&format!("skip/{name}"), octets, kind, at);
        };
        match spot.path.as_str() {
            "unknown.type" => {
                let nodes = tree::with_leaf(&with_unknown, &spot.path, &tree::wide(33, 1));
                wrong("non_minimal_type", &nodes, "non_minimal", Some(spot.start));
            }
            "unknown.length" => {
                let nodes = tree::with_len(&with_unknown, &spot.path, &tree::wide(2, 1));
                wrong("non_minimal_length", &nodes, "non_minimal", Some(spot.start));
                let nodes = tree::with_len(&with_unknown, &spot.path, &tree::varint(3));
                wrong("past_the_body", &nodes, "truncated", None);
                let nodes = tree::with_len(&with_unknown, &spot.path, &tree::varint((1 << 62) - 1));
                wrong("length_max", &nodes, "truncated", None);
            }
            _ => {}
        }
    }
}
