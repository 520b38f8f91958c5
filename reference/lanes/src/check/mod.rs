//! The checker: what must never be in a history.

mod anomaly;
mod story;

use std::collections::BTreeMap;

pub use anomaly::{Anomaly, Counts, Kind, Verdict};
use story::Stories;

use crate::history::{Event, History, Line};

/// Finds every anomaly of a history that is over: whatever was to come has come.
#[must_use]
pub fn check(history: &History) -> Verdict {
    let mut stories = Stories::default();
    for entry in &history.entries {
        stories.read(entry.number, &entry.line);
    }
    let mut anomalies = stories.anomalies();
    anomalies.sort_by(|a, b| (a.lines.first(), a.kind).cmp(&(b.lines.first(), b.kind)));
    Verdict { counts: counts(history, &stories), anomalies }
}

fn counts(history: &History, stories: &Stories) -> Counts {
    let mut counts = Counts { lines: history.entries.len(), ..stories.counts() };
    let mut faults: BTreeMap<&str, u64> = BTreeMap::new();
    for entry in &history.entries {
        if let Line { event: Event::Fault { what, .. }, .. } = &entry.line {
            let count = faults.entry(what).or_default();
            *count = count.saturating_add(1);
        }
    }
    counts.faults = faults.into_iter().map(|(what, count)| (what.to_owned(), count)).collect();
    counts
}

#[cfg(test)]
mod tests;
