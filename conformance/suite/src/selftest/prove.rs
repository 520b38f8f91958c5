//! Runs the suite against each fault until a check finds it.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use super::gallery::{Gallery, Planted};
use super::matrix::{Clean, Kill, Row};
use crate::case::Case;
use crate::check::{Check, Kind};
use crate::run::execute::execute;
use crate::run::site::Site;
use crate::run::{Outcome, Patience, Settings, pool};
use crate::suite::Suite;
use crate::target::file::Located;
use crate::verdict::Verdict;

/// How far each fault is pursued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Up to the first check that finds it.
    FirstKill,
    /// Every case that cites a requirement which it breaks.
    Whole,
}

/// What decides how a proof goes.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Faults at once. At least 1.
    pub jobs: usize,
    /// Seed of every byte that cases make.
    pub seed: u64,
    /// How far each fault is pursued.
    pub depth: Depth,
}

/// Why nothing was proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unproven {
    /// The server without a fault does not run. Exit code 4.
    Absent {
        /// One line.
        reason: String,
    },
    /// The server without a fault does not pass: what finds something there proves nothing. Exit code 5.
    FalseAlarm {
        /// One line a case: its id, its verdict and the reason.
        cases: Vec<String>,
    },
}

/// Told after each fault: how many are done, and how many of them were found.
pub type Progress<'a> = dyn Fn(usize, usize) + Sync + 'a;

/// The proof as a whole.
#[derive(Debug)]
pub struct Proof {
    /// The run without a fault.
    pub clean: Clean,
    /// One a fault, in the gallery's order.
    pub rows: Vec<Row>,
}

/// A case that the server without a fault passes, and how long that takes.
#[derive(Clone, Copy)]
struct Sound<'a> {
    case: &'a Case,
    took: Duration,
}

/// Proves the suite by a gallery. The server is built already.
///
/// # Errors
/// [`Unproven`].
pub fn prove(
    suite: &Suite,
    located: &Located,
    gallery: &Gallery,
    terms: Terms,
    progress: &Progress<'_>,
) -> Result<Proof, Unproven> {
    let broken: BTreeSet<&str> =
        gallery.faults.iter().flat_map(|fault| &fault.requirements).map(String::as_str).collect();
    let cites = |case: &&Case| case.requirements.iter().any(|id| broken.contains(id));
    let cases: Vec<&Case> = suite.cases.iter().filter(cites).collect();
    let (clean, sound) = judge_clean(suite, located, &cases, terms)?;
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..terms.jobs.clamp(1, gallery.faults.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(fault) = gallery.faults.get(index) else { break };
                    let row = pursue(suite, located, fault, &sound, terms);
                    let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
                    rows.insert(index, row);
                    progress(rows.len(), rows.values().filter(|row: &&Row| row.killed).count());
                }
            });
        }
    });
    let rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Proof { clean, rows: rows.into_values().collect() })
}

/// Plays the cases without a fault: what does not pass there proves nothing.
fn judge_clean<'a>(
    suite: &Suite,
    located: &Located,
    cases: &[&'a Case],
    terms: Terms,
) -> Result<(Clean, Vec<Sound<'a>>), Unproven> {
    let absent = |reason: String| Unproven::Absent { reason };
    let site = Site::start(located.clone(), suite.probe).map_err(|failure| absent(failure.to_string()))?;
    site.probe().map_err(absent)?;
    let settings = Settings { jobs: terms.jobs, seed: terms.seed, patience: Patience::Brief };
    let ran = pool::run(cases, &site, &settings, suite.clauses, &|_, _, _| ());
    if let Some(reason) = ran.lost {
        return Err(absent(reason));
    }
    let mut clean = Clean { cases: cases.len(), passed: 0, not_testable: 0 };
    let (mut sound, mut alarms) = (Vec::new(), Vec::new());
    for (case, outcome) in cases.iter().zip(ran.outcomes) {
        // With short timers a loaded machine keeps an exchange from being concluded: once more, alone.
        let is_open = outcome.judgement.verdict == Verdict::Inconclusive;
        let again = if is_open { play(suite, &site, case, terms) } else { None };
        let outcome = again.unwrap_or(outcome);
        match outcome.judgement.verdict {
            Verdict::Pass => {
                clean.passed = clean.passed.saturating_add(1);
                sound.push(Sound { case, took: outcome.took });
            }
            Verdict::Unsupported | Verdict::NotTestable => {
                clean.not_testable = clean.not_testable.saturating_add(1);
            }
            Verdict::Fail
            | Verdict::Warn
            | Verdict::Inconclusive
            | Verdict::HarnessError
            | Verdict::KnownFail
            | Verdict::UnexpectedPass => {
                let reason = outcome.judgement.reason.as_deref().unwrap_or_default();
                alarms.push(format!("{} {}: {reason}", case.id, outcome.judgement.verdict));
            }
        }
    }
    if alarms.is_empty() { Ok((clean, sound)) } else { Err(Unproven::FalseAlarm { cases: alarms }) }
}

/// Plays the cases that cite what a fault breaks against the server that has it, the quick ones first.
fn pursue(suite: &Suite, located: &Located, fault: &Planted, sound: &[Sound<'_>], terms: Terms) -> Row {
    let began = Instant::now();
    let cites = |sound: &&Sound<'_>| sound.case.requirements.iter().any(|id| is_broken(fault, id));
    let mut chosen: Vec<&Sound<'_>> = sound.iter().filter(cites).collect();
    chosen.sort_by_key(|sound| sound.took);
    let mut row = Row::of(fault);
    if chosen.is_empty() {
        row.reason = Some("no case that could be judged cites a requirement which it breaks".to_owned());
        return row;
    }
    let site = match Site::start(located.with_fault(&fault.name), suite.probe) {
        Ok(site) => site,
        Err(failure) => {
            row.reason = Some(format!("the server with the fault does not run: {failure}"));
            return row;
        }
    };
    let mut last = None;
    for sound in chosen {
        let Some(outcome) = play(suite, &site, sound.case, terms) else { continue };
        row.tried = row.tried.saturating_add(1);
        row.killed_by.extend(kill_of(sound.case, &outcome, fault));
        if outcome.judgement.verdict != Verdict::Pass {
            let reason = outcome.judgement.reason.unwrap_or_default();
            last = Some(format!("{} is {}: {reason}", sound.case.id, outcome.judgement.verdict));
        }
        if terms.depth == Depth::FirstKill && !row.killed_by.is_empty() {
            break;
        }
    }
    row.killed = !row.killed_by.is_empty();
    row.reason = if row.killed { None } else { Some(last.unwrap_or_else(|| "every case passes".to_owned())) };
    row.took_s = began.elapsed().as_secs_f64();
    row
}

fn play(suite: &Suite, site: &Site, case: &Case, terms: Terms) -> Option<Outcome> {
    let world = site.world(case, Patience::Brief).ok()?;
    Some(execute(case, 0, terms.seed, world, suite.clauses))
}

fn is_broken(fault: &Planted, id: &str) -> bool {
    fault.requirements.iter().any(|broken| broken == id)
}

/// A fault is found only by a check that cites a requirement which it breaks, in a case whose controls held.
fn kill_of(case: &Case, outcome: &Outcome, fault: &Planted) -> Option<Kill> {
    if !matches!(outcome.judgement.verdict, Verdict::Fail | Verdict::Warn) {
        return None;
    }
    let finds = |check: &&Check| check.kind == Kind::Requirement && !check.is_held();
    outcome.checks.iter().filter(finds).find_map(|check| {
        let requirement = check.requirement.clone().filter(|id| is_broken(fault, id))?;
        Some(Kill { case: case.id.to_owned(), requirement, check: check.what.clone() })
    })
}
