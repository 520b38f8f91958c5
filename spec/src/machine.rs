//! `data/machines/*.toml`: state machines as tables; every state with every event.

use serde::Deserialize;

use crate::error::SpecError;
use crate::frames::Side;
use crate::toml_text;

macro_rules! machine {
    ($name:literal) => {
        (concat!("data/machines/", $name), include_str!(concat!("../data/machines/", $name)))
    };
}

/// The machine files that are embedded, path below `spec/` and text.
const FILES: &[(&str, &str)] =
    &[machine!("session-server.toml"), machine!("session-client.toml"), machine!("registration.toml")];

/// One state machine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    #[serde(rename = "schema")]
    schema: toml_text::Schema1,
    /// Name, such as `session-server`.
    #[serde(rename = "machine")]
    pub name: String,
    /// The role whose behaviour it is.
    pub role: Side,
    /// All states.
    pub states: Vec<MachineState>,
    /// All events.
    pub events: Vec<MachineEvent>,
    /// The cells; together they cover each pair of state and event once.
    #[serde(rename = "cell")]
    pub cells: Vec<Cell>,
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineState {
    /// Name.
    pub name: String,
    /// What is known in it.
    pub meaning: String,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineEvent {
    /// Name.
    pub name: String,
    /// What it is: a frame, a timer, a record or something of the own side.
    pub kind: String,
    /// What happened.
    pub meaning: String,
}

/// What happens on some events in some states.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// The states for which it holds.
    pub state: Vec<String>,
    /// The events for which it holds.
    pub event: Vec<String>,
    /// What is done.
    pub action: String,
    /// The state that follows; `same` when it stays.
    pub next: String,
    /// What is sent, in order.
    #[serde(default)]
    pub emits: Vec<String>,
    /// The error that is raised, when the pair is illegal.
    pub error: Option<String>,
    /// The requirement that says so.
    pub requirement: String,
}

impl Cell {
    fn holds_for(&self, state: &str, event: &str) -> bool {
        self.state.iter().any(|s| s == state) && self.event.iter().any(|e| e == event)
    }

    /// The state that follows on this one.
    #[must_use]
    pub fn next_after<'a>(&'a self, state: &'a str) -> &'a str {
        if self.next == "same" { state } else { &self.next }
    }
}

impl Machine {
    /// The only cell that holds for a pair; `None` where the table has none or several.
    #[must_use]
    pub fn cell(&self, state: &str, event: &str) -> Option<&Cell> {
        let mut cells = self.cells.iter().filter(|cell| cell.holds_for(state, event));
        cells.next().filter(|_| cells.next().is_none())
    }

    /// Every state with every event, and the only cell that holds for the pair.
    pub fn pairs(&self) -> impl Iterator<Item = (&MachineState, &MachineEvent, Option<&Cell>)> {
        self.states.iter().flat_map(move |state| {
            self.events.iter().map(move |event| (state, event, self.cell(&state.name, &event.name)))
        })
    }

    /// Reads all embedded files.
    ///
    /// # Errors
    /// The first place at which a file does not hold.
    pub fn load_all() -> Result<Vec<Self>, SpecError> {
        FILES.iter().map(|(file, text)| toml_text::parse(file, text)).collect()
    }

    /// Paths below `spec/` of the embedded files.
    pub fn files() -> impl Iterator<Item = &'static str> {
        FILES.iter().map(|(file, _)| *file)
    }
}
