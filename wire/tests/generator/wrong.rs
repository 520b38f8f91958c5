//! What can be wrong with each piece of a valid encoding.

use super::Collector;
use super::tree::{self, Form, Node, Rule, Spot, What};

/// One more than the largest varint has no encoding.
const U62_MAX: u64 = (1 << 62) - 1;

/// Each piece made wrong in each way that its rule knows.
pub(crate) fn pieces(out: &mut Collector, nodes: &[Node]) {
    let octets = tree::octets(nodes);
    for spot in tree::spots(nodes) {
        match spot.what {
            What::Leaf(Rule::Number { min, max }) => {
                non_minimal(out, nodes, &octets, &spot);
                outside(out, nodes, &spot, min, max);
            }
            What::Leaf(Rule::Choice { min, max }) => choice(out, nodes, &spot, min, max),
            What::Leaf(Rule::Count { min, max }) => {
                non_minimal(out, nodes, &octets, &spot);
                outside(out, nodes, &spot, min, max);
            }
            What::Leaf(Rule::Type) => non_minimal(out, nodes, &octets, &spot),
            What::Leaf(Rule::Text) => text(out, nodes, &octets, &spot),
            What::Leaf(Rule::Octets) => {}
            What::Sized(form) => {
                non_minimal(out, nodes, &octets, &spot);
                sized(out, nodes, &octets, &spot, form);
            }
        }
    }
}

/// Adds what is wrong at a place, unless a structure around it is of a wrong length: that is read first.
fn add(out: &mut Collector, name: &str, nodes: &[Node], kind: &'static str, at: usize) {
    let around = tree::spots(nodes).into_iter().find_map(|spot| match spot.what {
        What::Sized(Form::Structure { min, max }) if spot.start < at && at <= spot.end => {
            let len = (spot.end - spot.content) as u64;
            if len > max {
                Some(("over_limit", spot.start))
            } else {
                (len < min).then_some(("under_limit", spot.start))
            }
        }
        What::Sized(_) | What::Leaf(_) => None,
    });
    let (kind, at) = around.unwrap_or((kind, at));
    out.wrong(name, tree::octets(nodes), kind, at);
}

/// The varint at a place of the octets.
fn value_at(octets: &[u8], start: usize) -> u64 {
    let first = octets.get(start).copied().unwrap_or(0);
    let len = 1_usize << (first >> 6);
    let rest = octets.iter().skip(start + 1).take(len - 1);
    rest.fold(u64::from(first & 0x3f), |value, octet| value << 8 | u64::from(*octet))
}

fn non_minimal(out: &mut Collector, nodes: &[Node], octets: &[u8], spot: &Spot) {
    let value = value_at(octets, spot.start);
    for log in tree::log(value) + 1..=3 {
        let wide = tree::wide(value, log);
        let nodes = match spot.what {
            What::Leaf(_) => tree::with_leaf(nodes, &spot.path, &wide),
            What::Sized(_) => tree::with_len(nodes, &spot.path, &wide),
        };
        let name = format!("non_minimal/{}/{}", spot.path, wide.len());
        // The lengths around it may have grown.
        add(out, &name, &nodes, "non_minimal", tree::start(&nodes, &spot.path));
    }
}

/// A number or count one over its maximum, at the largest number, one under its minimum.
fn outside(out: &mut Collector, nodes: &[Node], spot: &Spot, min: u64, max: u64) {
    let mut case = |name: &str, kind, value| {
        let nodes = tree::with_leaf(nodes, &spot.path, &tree::varint(value));
        let at = tree::start(&nodes, &spot.path);
        add(out, &format!("{kind}/{}/{name}", spot.path), &nodes, kind, at);
    };
    if max < U62_MAX {
        case("one_more", "over_limit", max + 1);
        case("u62_max", "over_limit", U62_MAX);
    }
    if min > 0 {
        case("one_less", "under_limit", min - 1);
    }
}

fn choice(out: &mut Collector, nodes: &[Node], spot: &Spot, min: u64, max: u64) {
    let below = min.checked_sub(1);
    for value in below.into_iter().chain([max + 1, 0x40, 0xff]) {
        let octet = u8::try_from(value).unwrap_or(u8::MAX);
        let nodes = tree::with_leaf(nodes, &spot.path, &[octet]);
        out.wrong(
            &format!("out_of_range/{}/{value}", spot.path),
            tree::octets(&nodes),
            "out_of_range",
            spot.start,
        );
    }
}

/// Octets that are no UTF-8, at each end of the text.
fn text(out: &mut Collector, nodes: &[Node], octets: &[u8], spot: &Spot) {
    let found: Vec<u8> = octets.iter().take(spot.end).skip(spot.start).copied().collect();
    let mut case = |name: &str, at: usize, bad: &[u8]| {
        if at + bad.len() > found.len() {
            return;
        }
        let mut text = found.clone();
        text.splice(at..at + bad.len(), bad.iter().copied());
        let nodes = tree::with_leaf(nodes, &spot.path, &text);
        out.wrong(
            &format!("bad_utf8/{}/{name}", spot.path),
            tree::octets(&nodes),
            "bad_utf8",
            spot.start + at,
        );
    };
    case("first", 0, &[0xff]);
    case("overlong", 1, &[0xc0, 0x80]);
    case("surrogate", 0, &[0xed, 0xa0, 0x80]);
    case("too_high", 0, &[0xf4, 0x90, 0x80, 0x80]);
    case("continuation", 2, &[0x80]);
    case("cut_short", found.len().saturating_sub(1), &[0xc3]);
}

fn sized(out: &mut Collector, nodes: &[Node], octets: &[u8], spot: &Spot, form: Form) {
    match form {
        Form::Plain { min, max } => ranged(out, nodes, spot, min, max),
        Form::Structure { min, max } => {
            ranged(out, nodes, spot, min, max);
            trailing(out, nodes, octets, spot);
        }
        Form::Value => {
            let content: Vec<u8> = octets.iter().take(spot.end).skip(spot.content).copied().collect();
            let cut = content.get(..content.len().saturating_sub(1)).unwrap_or(&[]);
            let shorter = tree::with_content(nodes, &spot.path, cut);
            add(out, &format!("value_cut/{}", spot.path), &shorter, "truncated", spot.end - 1);
            let empty = tree::with_content(nodes, &spot.path, &[]);
            add(out, &format!("value_empty/{}", spot.path), &empty, "truncated", spot.content);
            trailing(out, nodes, octets, spot);
            past_the_body(out, nodes, spot);
        }
        Form::Body => {
            for (name, len) in [("one_more", (spot.end - spot.content + 1) as u64), ("u62_max", U62_MAX)] {
                let octets = tree::octets(&tree::with_len(nodes, &spot.path, &tree::varint(len)));
                let at = octets.len();
                out.wrong(&format!("past_the_record/{name}"), octets, "truncated", at);
            }
        }
    }
}

/// A length out of its range, with and without the octets that it announces.
fn ranged(out: &mut Collector, nodes: &[Node], spot: &Spot, min: u64, max: u64) {
    let mut case = |name: &str, kind, len: u64| {
        let announced = tree::with_len(nodes, &spot.path, &tree::varint(len));
        let path = &spot.path;
        let at = tree::start(&announced, path);
        add(out, &format!("{kind}/{path}/{name}_announced"), &announced, kind, at);
        if let (true, Ok(len)) = (len < 65_000, usize::try_from(len)) {
            let present = tree::with_content(nodes, path, &vec![0x61; len]);
            let at = tree::start(&present, path);
            add(out, &format!("{kind}/{path}/{name}"), &present, kind, at);
        }
    };
    if max < U62_MAX {
        case("one_more", "over_limit", max + 1);
        case("u62_max", "over_limit", U62_MAX);
    }
    if min > 0 {
        case("one_less", "under_limit", min - 1);
        case("nothing", "under_limit", 0);
    }
    past_the_body(out, nodes, spot);
}

/// A length that its body cannot hold: judged at the body's end, unless it is over its limit.
fn past_the_body(out: &mut Collector, nodes: &[Node], spot: &Spot) {
    let octets = tree::octets(nodes);
    let len = (octets.len() - spot.content + 1) as u64;
    let fits = match spot.what {
        What::Sized(Form::Plain { min, max } | Form::Structure { min, max }) => (min..=max).contains(&len),
        What::Sized(Form::Value | Form::Body) | What::Leaf(_) => true,
    };
    if fits && tree::log(len) == 0 {
        let longer = tree::octets(&tree::with_len(nodes, &spot.path, &tree::varint(len)));
        out.wrong(&format!("past_the_body/{}", spot.path), longer, "truncated", octets.len());
    }
}

/// One octet after the value.
fn trailing(out: &mut Collector, nodes: &[Node], octets: &[u8], spot: &Spot) {
    let mut content: Vec<u8> = octets.iter().take(spot.end).skip(spot.content).copied().collect();
    content.push(0);
    let longer = tree::with_content(nodes, &spot.path, &content);
    let at =
        tree::spots(&longer).iter().find(|found| found.path == spot.path).map_or(0, |found| found.end - 1);
    add(out, &format!("trailing/{}", spot.path), &longer, "trailing", at);
}
