//! Where the tables of the specification let a machine go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Which machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Machine {
    Client,
    Server,
}

impl Machine {
    const fn name(self) -> &'static str {
        match self {
            Self::Client => "session-client",
            Self::Server => "session-server",
        }
    }
}

/// What a machine was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Given {
    /// A record, with any number of frames.
    Record,
    /// The time.
    Time,
    /// An answer of the store; frames that waited for it are read.
    Answer,
    /// A wish of the own side, or the end of the carrier.
    Wish,
}

impl Given {
    /// The kinds of events, as the tables name them.
    const fn kinds(self) -> &'static [&'static str] {
        match self {
            Self::Record => &["record", "frame"],
            Self::Time => &["timer"],
            Self::Answer => &["store", "record", "frame"],
            Self::Wish => &["local", "carrier"],
        }
    }
}

type Key = (Machine, Given, &'static str);

/// Asserts that the table allows this step: one event, or several of a record.
pub(crate) fn check(machine: Machine, given: Given, from: &str, to: &str) {
    static REACH: OnceLock<BTreeMap<Key, BTreeSet<&'static str>>> = OnceLock::new();
    if from == to {
        return;
    }
    let reach = REACH.get_or_init(reach_of_all);
    let key = reach.keys().find(|(of, by, state)| (*of, *by, *state) == (machine, given, from));
    let is_allowed = key.is_some_and(|key| reach[key].contains(to));
    assert!(is_allowed, "{machine:?} went from {from} to {to} on {given:?}: no cell says so");
}

fn reach_of_all() -> BTreeMap<Key, BTreeSet<&'static str>> {
    let mut all = BTreeMap::new();
    for machine in [Machine::Client, Machine::Server] {
        let table = pinnace_spec::machine(machine.name()).expect("a machine of that name");
        for given in [Given::Record, Given::Time, Given::Answer, Given::Wish] {
            for state in &table.states {
                all.insert((machine, given, state.name.as_str()), reach(table, given, &state.name));
            }
        }
    }
    all
}

fn reach(table: &'static pinnace_spec::Machine, given: Given, from: &'static str) -> BTreeSet<&'static str> {
    let events: Vec<&str> = table
        .events
        .iter()
        .filter(|event| given.kinds().contains(&event.kind.as_str()))
        .map(|event| event.name.as_str())
        .collect();
    let mut reached = BTreeSet::from([from]);
    let mut to_do = vec![from];
    while let Some(state) = to_do.pop() {
        for cell in events.iter().filter_map(|event| table.cell(state, event)) {
            let next = cell.next_after(state);
            if reached.insert(next) {
                to_do.push(next);
            }
        }
    }
    reached
}
