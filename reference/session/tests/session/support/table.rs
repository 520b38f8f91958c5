//! The walk of a table: every state with every event.

use pinnace_spec::{MachineEvent, MachineState};

/// What a cell says: the state that follows, what is sent, the error.
type Seen = (&'static str, Vec<String>, Option<String>);

/// Holds what is seen of every pair against its cell, and tells all that differ at once.
#[track_caller]
pub(crate) fn check(machine: &str, see: impl Fn(&MachineState, &MachineEvent) -> Seen) {
    let machine = pinnace_spec::machine(machine).unwrap();
    let mut walked = 0;
    let mut wrong = Vec::new();
    for (state, event, cell) in machine.pairs() {
        let cell = cell.expect("one cell for each pair");
        let (next, emits, error) = see(state, event);
        let seen = (next, &emits, &error);
        let expected = (cell.next_after(&state.name), &cell.emits, &cell.error);
        if seen != expected {
            wrong.push(format!("{} × {}: expected {expected:?}, seen {seen:?}", state.name, event.name));
        }
        walked += 1;
    }
    assert!(wrong.is_empty(), "{} cells differ:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(walked, machine.states.len() * machine.events.len());
}
