//! `pinnace-lanes check`.

use pinnace_lanes::check::{Verdict, check};
use pinnace_lanes::history::History;
use pinnace_lanes::world::Failure;

use crate::args::Check;
use crate::report::{json, shown};

/// Reads a history, says what is wrong with it, and tells whether nothing is.
pub(crate) fn examine(args: &Check) -> Result<bool, Failure> {
    let path = args.history.display();
    let text = std::fs::read_to_string(&args.history).map_err(Failure::io(path.to_string()))?;
    let history = History::parse(&text).map_err(|error| Failure::Usage(format!("{path}: {error}")))?;
    let verdict = check(&history);
    if verdict.counts.sent == 0 {
        return Err(Failure::Usage(format!("{path}: nobody sends in this history: it shows nothing")));
    }
    let text = if args.json { json(&verdict)? } else { told(&verdict, &history) };
    crate::print(&text)?;
    Ok(verdict.anomalies.is_empty())
}

fn told(verdict: &Verdict, history: &History) -> String {
    let end = if verdict.anomalies.is_empty() { "clean" } else { "NOT CLEAN" };
    format!("{}\n{}{end}", verdict.counts, shown(&verdict.anomalies, history))
}
