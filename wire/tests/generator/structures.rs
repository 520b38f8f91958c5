//! The vectors of one structure, outside any frame.

use super::sample::{self, Size, Value};
use super::table::{Structure, Table};
use super::{Collector, tree, wrong};

pub(crate) fn collect(structure: &Structure, table: &Table) -> Collector {
    let mut out = Collector::new(&structure.name.to_uppercase(), "both");
    for (name, size) in [("minimal", Size::Minimal), ("golden", Size::Golden), ("maximal", Size::Maximal)] {
        let value = sample::fields(&structure.fields, size, table);
        let octets = tree::octets(&tree::fields(&structure.fields, &value, "", table));
        out.valid(name, octets, value);
    }
    let golden = sample::fields(&structure.fields, Size::Golden, table);
    for field in structure.fields.iter().filter(|field| field.kind == "varint") {
        for edge in [0x3f, 0x40, 0x3fff, 0x4000, 0x3fff_ffff, 0x4000_0000] {
            let mut value = golden.clone();
            for (_, found) in value.iter_mut().filter(|(name, _)| *name == field.name) {
                *found = Value::Number(edge);
            }
            let octets = tree::octets(&tree::fields(&structure.fields, &value, "", table));
            out.valid(&format!("number/{}/{edge}", field.name), octets, value);
        }
    }
    let nodes = tree::fields(&structure.fields, &golden, "", table);
    let octets = tree::octets(&nodes);
    for cut in 0..octets.len() {
        out.wrong(&format!("cut/{cut}"), octets.iter().take(cut).copied().collect(), "truncated", cut);
    }
    let longer = octets.iter().copied().chain([0]).collect();
    out.wrong("trailing", longer, "trailing", octets.len());
    wrong::pieces(&mut out, &nodes);
    out
}
