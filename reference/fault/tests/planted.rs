//! Every requirement that binds a server has a fault, or a reason in `unplanted.toml` why it has none.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what is missing by failing")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pinnace_spec::{Level, Role};

/// Shortest reason that can be one.
const REASON_LEN_MIN: usize = 40;

#[test]
fn every_must_of_a_server_has_a_fault_or_a_reason() {
    let bound: BTreeSet<String> = pinnace_spec::requirements()
        .unwrap()
        .iter()
        .filter(|rule| matches!(rule.level, Level::Must | Level::MustNot))
        .filter(|rule| matches!(rule.role, Role::Server | Role::Decoder | Role::Both))
        .map(|rule| rule.id.clone())
        .collect();
    let (planted, reasons) = (planted(), unplanted());
    let named: BTreeSet<String> = planted.iter().chain(reasons.keys()).cloned().collect();
    let missing: Vec<&String> = bound.difference(&named).collect();
    assert!(missing.is_empty(), "neither a fault nor a reason: {missing:?}");
    let twice: Vec<&String> = reasons.keys().filter(|id| planted.contains(*id)).collect();
    assert!(twice.is_empty(), "a fault and a reason for having none: {twice:?}");
    let unbound: Vec<&String> = reasons.keys().filter(|id| !bound.contains(*id)).collect();
    assert!(unbound.is_empty(), "binds no server: {unbound:?}");
    let short: Vec<&String> =
        reasons.iter().filter(|(_, reason)| reason.len() < REASON_LEN_MIN).map(|(id, _)| id).collect();
    assert!(short.is_empty(), "no reason: {short:?}");
    assert!(bound.len() >= 150, "{} requirements bind a server", bound.len());
}

/// The requirements that faults break, read from the lists: without the feature they are not compiled.
fn planted() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut ids = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in text.lines().filter(|line| line.starts_with("    ") && line.ends_with("\"];")) {
            let list = line.split_once('[').unwrap().1;
            ids.extend(list.split('"').filter(|part| part.contains('-')).map(str::to_owned));
        }
    }
    ids
}

fn unplanted() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("unplanted.toml");
    let table: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let rows = table["unplanted"].as_array().unwrap();
    let word = |row: &toml::Value, name: &str| row[name].as_str().unwrap().to_owned();
    let read: BTreeMap<String, String> =
        rows.iter().map(|row| (word(row, "id"), word(row, "reason"))).collect();
    assert_eq!(read.len(), rows.len(), "an id stands twice");
    read
}
