//! `pinnace-conform trace`.

use std::io::Write;
use std::path::Path;

use super::args::{TraceArgs, When};
use super::server::drawn_seed;
use super::{LOST, Screen, Stopped, Streams, paint};
use crate::case::Case;
use crate::report::model::{Findings, Report, Target};
use crate::report::sink::Sink;
use crate::run::site::Site;
use crate::run::{Patience, Settings, pool};
use crate::suite::Suite;
use crate::target::file::{Located, locate};
use crate::trace::books::Books;
use crate::trace::confirm::confirm;
use crate::trace::evidence::{Evidence, Run};
use crate::trace::table::render;
use crate::trace::trace;
use crate::trace::tree::Tree;
use crate::verdict::Verdict;

/// The targets that are run when none is named: the reference as it comes, and with short timers for what the first
/// one cannot show.
const TARGETS: [&str; 2] = ["reference", "reference-tight"];

/// Cases at once on a target that is there for its timers.
const TIMED_JOBS_MAX: u16 = 4;

/// Computes the traceability, or confirms ids.
pub(crate) fn run(
    suite: &Suite,
    args: &TraceArgs,
    when: When,
    streams: &mut Streams<'_>,
) -> Result<u8, Stopped> {
    let books = (suite.books)().map_err(Stopped::harness)?;
    let here = std::env::current_dir().unwrap_or_else(|_| ".".into());
    let tree = Tree::above(&here);
    if !args.confirm.is_empty() {
        return confirmed(suite, args, (&books, tree.as_ref()), streams);
    }
    let sink = args.json.as_deref().map(Sink::open).transpose().map_err(Stopped::usage)?;
    let evidence = evidence(suite, args, streams)?;
    let trace = trace(&suite.cases, &books, &evidence, tree.as_ref());
    let is_taken = args.json.as_deref() == Some(Path::new("-"));
    if let Some(sink) = sink {
        let mut text = serde_json::to_vec_pretty(&trace).map_err(Stopped::harness)?;
        text.push(b'\n');
        sink.put(&text, streams.out).map_err(Stopped::usage)?;
    }
    let (out, screen): (&mut dyn Write, _) =
        if is_taken { (&mut *streams.err, streams.err_is) } else { (&mut *streams.out, streams.out_is) };
    render(&trace, paint(when, screen), out)?;
    Ok(trace.exit_code)
}

fn confirmed(
    suite: &Suite,
    args: &TraceArgs,
    (books, tree): (&Books, Option<&Tree>),
    streams: &mut Streams<'_>,
) -> Result<u8, Stopped> {
    let tree =
        tree.ok_or_else(|| Stopped::usage("--confirm writes into the source tree; there is none here"))?;
    let said = confirm(tree, &suite.cases, books, &args.confirm).map_err(Stopped::usage)?;
    for line in said {
        writeln!(streams.out, "{line}")?;
    }
    Ok(0)
}

fn evidence(suite: &Suite, args: &TraceArgs, streams: &mut Streams<'_>) -> Result<Evidence, Stopped> {
    if args.declared {
        return Ok(Evidence::declared(&suite.cases));
    }
    if !args.run.is_empty() {
        let runs: Result<Vec<Run>, Stopped> = args.run.iter().map(|path| read(path)).collect();
        return Ok(Evidence::of_runs(&runs?));
    }
    let named = args.target.iter().map(String::as_str);
    let names: Vec<&str> = if args.target.is_empty() { TARGETS.to_vec() } else { named.collect() };
    let targets: Result<Vec<Located>, Stopped> =
        names.into_iter().map(|name| locate(name).map_err(Stopped::usage)).collect();
    let seed = args.seed.map_or_else(drawn_seed, Ok)?;
    let mut runs = Vec::new();
    let mut left: Vec<&Case> = suite.cases.iter().collect();
    for (at, located) in targets?.into_iter().enumerate() {
        if left.is_empty() {
            break;
        }
        let jobs = if at == 0 { args.jobs } else { args.jobs.min(TIMED_JOBS_MAX) };
        let settings = Settings { jobs: usize::from(jobs), seed, patience: Patience::Brief };
        let (run, rest) = played(suite, located, (&left, &settings), streams)?;
        runs.push(run);
        left = rest;
    }
    Ok(Evidence::of_runs(&runs))
}

fn read(path: &Path) -> Result<Run, Stopped> {
    let fault = |error: &dyn core::fmt::Display| Stopped::usage(format_args!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| fault(&error))?;
    serde_json::from_str(&text).map_err(|error| fault(&format_args!("no report of pinnace-conform: {error}")))
}

/// Runs cases against one target, and gives those that it could not show.
fn played<'a>(
    suite: &Suite,
    located: Located,
    (cases, settings): (&[&'a Case], &Settings),
    streams: &mut Streams<'_>,
) -> Result<(Run, Vec<&'a Case>), Stopped> {
    let name = located.path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    if streams.err_is != Screen::None {
        writeln!(streams.err, "running {} cases against {name}", cases.len())?;
    }
    let lost = |reason: String| Stopped { code: LOST, message: format!("{name}: {reason}") };
    let site = Site::spawn(located, suite.probe).map_err(|failure| lost(failure.to_string()))?;
    site.probe().map_err(lost)?;
    let endpoint = Some(site.endpoint().clone());
    let ran = pool::run(cases, &site, settings, suite.clauses, &|_, _, _| ());
    drop(site);
    if let Some(reason) = ran.lost {
        return Err(lost(reason));
    }
    let is_left = |verdict: Verdict| matches!(verdict, Verdict::NotTestable | Verdict::Unsupported);
    let rest = ran.outcomes.iter().filter(|outcome| is_left(outcome.judgement.verdict));
    let rest = rest.filter_map(|outcome| cases.get(outcome.index).copied()).collect();
    let target = Target { name, endpoint };
    let findings = Findings { target, seed: settings.seed, ran, stale_baseline: Vec::new() };
    let report = Report::new(cases, suite.clauses, findings, |_| String::new());
    Ok((Run::from(&report), rest))
}
