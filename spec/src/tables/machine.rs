//! Tables of a state machine.

use super::{code, table};
use crate::machine::{Cell, Machine};

/// States, events and cells.
pub(super) fn tables(machine: &Machine) -> String {
    let states = machine.states.iter().map(|state| vec![code(&state.name), state.meaning.clone()]);
    let events =
        machine.events.iter().map(|event| vec![code(&event.name), event.kind.clone(), event.meaning.clone()]);
    [
        table(&["state", "meaning"], states),
        table(&["event", "kind", "meaning"], events),
        table(
            &["in state", "on event", "action", "sends", "error", "next state", "see"],
            machine.cells.iter().map(cell),
        ),
    ]
    .join("\n")
}

fn cell(cell: &Cell) -> Vec<String> {
    vec![
        names(&cell.state),
        names(&cell.event),
        cell.action.clone(),
        cell.emits.join(", "),
        cell.error.clone().unwrap_or_default(),
        if cell.next == "same" { "the same".to_owned() } else { code(&cell.next) },
        cell.requirement.clone(),
    ]
}

fn names(names: &[String]) -> String {
    names.iter().map(|name| code(name)).collect::<Vec<_>>().join(" ")
}
