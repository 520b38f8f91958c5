//! `pinnace-conform replay`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::args::{ReplayArgs, When};
use super::{Stopped, Streams, paint};
use crate::report::failure::{FAILURE_VERSION, Failure};
use crate::report::model::{Findings, Report, Target};
use crate::report::terminal::{Detail, render};
use crate::run::Ran;
use crate::run::execute::execute;
use crate::suite::Suite;
use crate::verdict::Verdict;
use crate::world::replay::Replay;

/// Plays the case of a failure file against its recording and tells the verdict.
///
/// The exit code is that of a run of this one case; 5 when the case leaves the recording, which judges nothing.
pub(crate) fn run(
    suite: &Suite,
    args: &ReplayArgs,
    when: When,
    streams: &mut Streams<'_>,
) -> Result<u8, Stopped> {
    let failure = read(args)?;
    let Some(case) = suite.cases.iter().find(|case| case.id == failure.case) else {
        return Err(Stopped::usage(format_args!("this suite has no case {}", failure.case)));
    };
    let world = Arc::new(Replay::new(failure.endpoint.clone(), failure.events));
    let outcome = execute(case, 0, failure.seed, Arc::clone(&world) as Arc<_>, suite.clauses);
    if let Some(departure) = world.departure() {
        return Err(Stopped::harness(format_args!(
            "{}: the case leaves the recording, which suite {} made: {departure}",
            failure.case, failure.tool_version,
        )));
    }
    let verdict = outcome.judgement.verdict;
    let ran = Ran { wall: outcome.took, outcomes: vec![outcome], lost: None };
    let target = Target { name: args.file.display().to_string(), endpoint: Some(failure.endpoint) };
    let findings = Findings { target, seed: failure.seed, ran, stale_baseline: Vec::new() };
    let report = Report::new(&[case], suite.clauses, findings, |_| failure.repeat.clone());
    render(&report, Detail::Full, paint(when, streams.out_is), streams.out)?;
    let agreement = if is_same(failure.verdict, verdict) { "as recorded" } else { "recorded as" };
    writeln!(streams.out, "{verdict}, {agreement} {}", failure.verdict)?;
    Ok(report.exit_code)
}

/// A baseline renames a verdict after the case is judged.
const fn is_same(recorded: Verdict, now: Verdict) -> bool {
    matches!((recorded, now), (Verdict::KnownFail, Verdict::Fail | Verdict::Warn))
        || recorded as u8 == now as u8
}

fn read(args: &ReplayArgs) -> Result<Failure, Stopped> {
    let fault = |why: &dyn core::fmt::Display| Stopped::usage(format_args!("{}: {why}", args.file.display()));
    let text = std::fs::read(&args.file).map_err(|error| fault(&error))?;
    let version: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&text).map_err(|error| fault(&format_args!("no failure file: {error}")))?;
    if version.get("failure_version") != Some(&FAILURE_VERSION.into()) {
        return Err(fault(&format_args!("no failure file of version {FAILURE_VERSION}")));
    }
    let failure: Failure = serde_json::from_slice(&text).map_err(|error| fault(&error))?;
    if failure.is_cut {
        return Err(fault(&"the transcript was cut short and cannot be replayed"));
    }
    Ok(failure)
}
