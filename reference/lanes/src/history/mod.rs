//! Histories: one event a line, as JSON. `history.schema.json` is their form.

mod line;
mod parse;
mod recorder;

pub use line::{Event, Line, digest};
pub use parse::{Entry, History, ParseError};
pub use recorder::{Recorder, Tally};
