//! What a lane tells at its end.

use core::fmt;
use std::collections::BTreeMap;
use std::path::PathBuf;

use pinnace_lanes::check::{Anomaly, Kind, Verdict};
use pinnace_lanes::history::History;
use pinnace_lanes::world::Failure;
use serde::Serialize;

/// Anomalies that are told with their lines; the others are counted.
const TOLD_MAX: usize = 20;

/// What a lane tells at its end.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) lane: &'static str,
    pub(crate) seed: u64,
    pub(crate) elapsed_s: f64,
    /// What the lane itself counted.
    pub(crate) facts: BTreeMap<&'static str, u64>,
    pub(crate) verdict: Verdict,
    /// What was to be, and was not, beside the verdict.
    pub(crate) faults: Vec<String>,
    pub(crate) history: PathBuf,
    /// Whether something was to be found: then it is clean where that was.
    pub(crate) control: Option<Kind>,
    /// The lines of the anomalies.
    #[serde(skip)]
    pub(crate) shown: String,
}

impl Report {
    /// Whether everything is as it must be.
    pub(crate) fn is_clean(&self) -> bool {
        match self.control {
            None => self.faults.is_empty() && self.verdict.anomalies.is_empty(),
            Some(kind) => self.verdict.count(kind) > 0,
        }
    }

    /// A run in which the checker had to find this; that not all came goes with it.
    pub(crate) fn into_control(self, kind: Kind) -> Self {
        Self { control: Some(kind), faults: Vec::new(), ..self }
    }

    pub(crate) fn json(&self) -> Result<String, Failure> {
        json(self)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lane, seed, elapsed_s, facts, verdict, faults, history, control, shown } = self;
        writeln!(f, "{lane}, seed {seed}, {elapsed_s:.1} s, history in {}", history.display())?;
        writeln!(f, "  {}", verdict.counts)?;
        for (name, value) in facts {
            writeln!(f, "  {value} {}", name.replace('_', " "))?;
        }
        f.write_str(shown)?;
        for fault in faults {
            writeln!(f, "  FAULT: {fault}")?;
        }
        match control {
            None => writeln!(f, "  {}", if self.is_clean() { "clean" } else { "NOT CLEAN" }),
            Some(kind) => writeln!(f, "  control: {} {kind}, and some had to be", verdict.count(*kind)),
        }
    }
}

/// As JSON, for a machine.
pub(crate) fn json(what: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(what).map_err(|error| Failure::io("report")(error.into()))
}

/// The first anomalies, each with the lines that show it.
pub(crate) fn shown(anomalies: &[Anomaly], history: &History) -> String {
    let mut text = String::new();
    for Anomaly { kind, what, lines } in anomalies.iter().take(TOLD_MAX) {
        text.push_str(&format!("  {kind}: {what}\n"));
        for number in lines {
            text.push_str(&format!("    {number}: {}\n", history.text(*number).unwrap_or_default()));
        }
    }
    if let Some(more @ 1..) = anomalies.len().checked_sub(TOLD_MAX) {
        text.push_str(&format!("  and {more} more\n"));
    }
    text
}
