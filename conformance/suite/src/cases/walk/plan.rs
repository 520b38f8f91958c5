//! Which cells are walked, in which case; and who judges the others, or why nobody can.

use std::collections::BTreeMap;

use pinnace_spec::Role;

/// The tables of servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Machine {
    Session,
    Registration,
}

impl Machine {
    const ALL: [Self; 2] = [Self::Session, Self::Registration];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Session => "session-server",
            Self::Registration => "registration",
        }
    }
}

/// An illegal pair of state and event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) machine: Machine,
    pub(crate) state: &'static str,
    pub(crate) event: &'static str,
    pub(crate) error: &'static str,
    /// The requirement that a live case may cite for it.
    pub(crate) cited: &'static str,
}

/// Who looks at a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judge {
    /// The walk.
    Walk,
    /// A case of its own.
    Case(&'static str),
    /// Nobody can, for this reason.
    Nobody(&'static str),
}

/// Cells of one case.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) machine: Machine,
    pub(crate) state: &'static str,
    pub(crate) number: u32,
    /// The profile whose frames it is about.
    pub(crate) profile: &'static str,
    pub(crate) title: String,
    pub(crate) cited: Vec<&'static str>,
    pub(crate) cells: Vec<Cell>,
}

/// A profile whose frames a server without it does not know.
struct Apart {
    name: &'static str,
    frame_types: core::ops::RangeInclusive<u64>,
    /// How its own requirements begin.
    prefix: &'static str,
    /// What is added to a state's number for its frames.
    number: u32,
}

const APART: [Apart; 2] = [
    Apart { name: "devices", frame_types: 128..=159, prefix: "DEV-", number: 100 },
    Apart { name: "conversations", frame_types: 64..=127, prefix: "CNV-", number: 200 },
];

/// The profile of an event, that of its frame, where it is not core.
fn apart(event: &str) -> Option<&'static Apart> {
    let frame = pinnace_spec::frames().ok().and_then(|frames| frames.frame(event))?;
    APART.iter().find(|profile| profile.frame_types.contains(&frame.frame_type))
}

/// The number of each state's cases. Numbers are never reused.
const NUMBERS: [(Machine, &str, u32); 11] = [
    (Machine::Session, "opening", 101),
    (Machine::Session, "proving", 102),
    (Machine::Session, "unconfirmed", 103),
    (Machine::Session, "unregistered_unconfirmed", 104),
    (Machine::Session, "unregistered", 105),
    (Machine::Session, "open", 106),
    (Machine::Session, "draining", 107),
    (Machine::Registration, "none", 111),
    (Machine::Registration, "choosing", 112),
    (Machine::Registration, "waiting", 113),
    (Machine::Registration, "verified", 114),
];

/// Events that the walk does not make: machine, state or `*`, event, and who judges them.
const OTHERS: &[(Machine, &str, &str, Judge)] = &[
    (Machine::Session, "opening", "preface_bad", Judge::Case("CHN-001/1")),
    (
        Machine::Session,
        "opening",
        "record",
        Judge::Nobody("no transport key stands: the octets are those of record_forged"),
    ),
    (Machine::Session, "opening", "record_forged", Judge::Case("CHN-001/6")),
    (
        Machine::Session,
        "opening",
        "flight",
        Judge::Nobody("no handshake runs: the octets are those of record_forged"),
    ),
    (Machine::Session, "opening", "preface_version", Judge::Case("CHN-002/1")),
    (Machine::Session, "opening", "preface_suite", Judge::Case("CHN-003/1")),
    (Machine::Session, "opening", "preface_pattern", Judge::Case("CHN-004/1")),
    (Machine::Session, "opening", "opening_xx_bad", Judge::Case("CHN-020/1")),
    (Machine::Session, "retrying", "opening_xx_bad", Judge::Case("CHN-020/3")),
    (Machine::Session, "opening", "flight_no_hello", Judge::Case("SES-024/2")),
    (Machine::Session, "proving", "flight_no_hello", Judge::Case("SES-024/3")),
    (
        Machine::Session,
        "*",
        "flight_too_many",
        Judge::Nobody("the frames of it are SEND_over, which is walked"),
    ),
    (
        Machine::Session,
        "unconfirmed",
        "SEND_over",
        Judge::Nobody("the first record confirms before its frames are judged: the state is open by then"),
    ),
    (Machine::Session, "open", "SEND_over", Judge::Case("SES-021/1")),
    (
        Machine::Session,
        "draining",
        "SEND_over",
        Judge::Nobody("thousands of SENDs would outlast the drain time; the check is that of open"),
    ),
    (Machine::Registration, "*", "REGISTER_used_up", Judge::Case("REG-009/4")),
    (Machine::Registration, "choosing", "REGISTER_METHOD_used_up", Judge::Case("REG-009/4")),
    (Machine::Registration, "choosing", "REGISTER_CODE_used_up", Judge::Case("REG-009/4")),
    (Machine::Registration, "waiting", "REGISTER_METHOD_used_up", Judge::Case("REG-009/5")),
    (Machine::Registration, "waiting", "REGISTER_CODE_used_up", Judge::Case("REG-009/5")),
    (Machine::Registration, "waiting", "REGISTER_CODE_wrong", Judge::Case("REG-008/1")),
    (Machine::Registration, "waiting", "REGISTER_CODE_last", Judge::Case("REG-009/1")),
    (Machine::Registration, "waiting", "REGISTER_CODE_early", Judge::Case("REG-011/1")),
    (Machine::Registration, "waiting", "REGISTER_METHOD_early", Judge::Case("REG-006/1")),
    (
        Machine::Registration,
        "choosing",
        "REGISTER_METHOD_early",
        Judge::Nobody(
            "the wait is that of a code which went out before, and so of the state waiting: REG-006/1",
        ),
    ),
    (Machine::Registration, "verified", "REGISTER_DEVICE", Judge::Case("REG-019/1")),
    (Machine::Registration, "verified", "REGISTER_DEVICE_taken", Judge::Case("REG-020/1")),
    (Machine::Registration, "verified", "REGISTER_DEVICE_too_many", Judge::Case("REG-023/1")),
];

/// Who looks at a cell.
pub(crate) fn judge(cell: &Cell) -> Judge {
    OTHERS
        .iter()
        .find(|(machine, state, event, _)| {
            *machine == cell.machine && (*state == "*" || *state == cell.state) && *event == cell.event
        })
        .map_or(Judge::Walk, |(_, _, _, judge)| *judge)
}

/// Every illegal cell of the tables of servers whose event a peer can send, in the order of the tables.
pub(crate) fn cells() -> Vec<Cell> {
    Machine::ALL.into_iter().flat_map(of_machine).collect()
}

fn of_machine(machine: Machine) -> Vec<Cell> {
    let Some(table) = pinnace_spec::machine(machine.name()) else { return Vec::new() };
    let from_peer = |event: &&String| {
        table
            .events
            .iter()
            .any(|known| known.name == **event && matches!(known.kind.as_str(), "frame" | "record"))
    };
    let illegal = table.cells.iter().filter_map(|cell| Some((cell, cell.error.as_deref()?)));
    illegal
        .flat_map(|(cell, error)| {
            let events = cell.event.iter().filter(from_peer);
            events.flat_map(move |event| {
                cell.state.iter().map(move |state| Cell {
                    machine,
                    state,
                    event,
                    error,
                    cited: cited(&cell.requirement),
                })
            })
        })
        .collect()
}

/// A live case judges servers. Where the table names what binds clients, the server's half has an id of its own; the
/// place in CLOSE is a matter of its own, too.
fn cited(requirement: &'static str) -> &'static str {
    let is_client = pinnace_spec::requirement(requirement).is_some_and(|found| found.role == Role::Client);
    match (is_client, requirement) {
        (true, _) => "SES-024",
        (false, "FRM-018") => "FRM-014",
        (false, _) => requirement,
    }
}

/// What is walked, grouped into cases.
pub(crate) fn groups() -> Vec<Group> {
    let mut groups: BTreeMap<(u32, &str), Group> = BTreeMap::new();
    for cell in cells().into_iter().filter(|cell| judge(cell) == Judge::Walk) {
        let number =
            NUMBERS.iter().find(|(machine, state, _)| (*machine, *state) == (cell.machine, cell.state));
        let Some((machine, state, number)) = number.copied() else { continue };
        let of_apart = apart(cell.event);
        // What the chapter of a profile requires itself is apart already.
        let is_told = |profile: &&Apart| state == "draining" || !cell.cited.starts_with(profile.prefix);
        let number = of_apart.filter(is_told).map_or(number, |profile| number.saturating_add(profile.number));
        let profile = of_apart.map_or("core", |profile| profile.name);
        // A draining server is a server of the case's own, so that its state is one case.
        let key = if state == "draining" { "" } else { cell.cited };
        let title = if state == "draining" {
            "every illegal event".to_owned()
        } else {
            format!("{} is raised", cell.error)
        };
        let group = groups.entry((number, key)).or_insert_with(|| Group {
            machine,
            state,
            number,
            profile,
            title,
            cited: Vec::new(),
            cells: Vec::new(),
        });
        if !group.cited.contains(&cell.cited) {
            group.cited.push(cell.cited);
        }
        group.cells.push(cell);
    }
    groups.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::{Cell, Judge, NUMBERS, OTHERS, cells, groups, judge};
    use std::collections::BTreeSet;

    #[test]
    fn every_illegal_cell_is_walked_judged_by_a_case_or_has_a_reason() {
        let walked: usize = groups().iter().map(|group| group.cells.len()).sum();
        let others = cells().iter().filter(|cell| judge(cell) != Judge::Walk).count();
        assert_eq!(walked + others, cells().len());
        assert!(cells().len() >= 276 && walked >= 230, "{walked} of {}", cells().len());
    }

    #[test]
    fn nothing_is_said_of_cells_that_are_not_there() {
        let has = |of: &dyn Fn(&Cell) -> bool| cells().iter().any(of);
        for (machine, state, event, _) in OTHERS {
            let is_so = |cell: &Cell| {
                cell.machine == *machine && (*state == "*" || cell.state == *state) && cell.event == *event
            };
            assert!(has(&is_so), "{state} × {event}");
        }
        for (machine, state, _) in NUMBERS {
            assert!(has(&|cell: &Cell| cell.machine == machine && cell.state == state), "{state}");
        }
        let numbers: BTreeSet<u32> = NUMBERS.iter().map(|(_, _, number)| *number).collect();
        assert_eq!(numbers.len(), NUMBERS.len());
    }

    #[test]
    fn cases_that_are_named_exist() {
        let ids: Vec<&str> = crate::cases::all().iter().map(|case| case.id).collect();
        for (_, state, event, judge) in OTHERS {
            if let Judge::Case(id) = judge {
                assert!(ids.contains(id), "{state} × {event}: {id}");
            }
        }
    }
}
