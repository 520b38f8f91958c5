//! Cases in parallel. Results do not depend on the number of threads.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use crate::case::{Case, Need};
use crate::clause::Clauses;
use crate::run::execute::execute;
use crate::run::site::Site;
use crate::run::{Outcome, Ran, Settings};
use crate::verdict::Verdict;

/// Told after each case, from any thread: how many are done, of how many, and the last one's verdict.
pub type Progress<'a> = dyn Fn(usize, usize, Verdict) + Sync + 'a;

/// A run in progress.
struct Pool<'a> {
    cases: &'a [&'a Case],
    site: &'a Site,
    settings: &'a Settings,
    clauses: Clauses,
    progress: &'a Progress<'a>,
    shared: Mutex<Shared<'a>>,
}

#[derive(Default)]
struct Shared<'a> {
    outcomes: Vec<Outcome>,
    in_flight: BTreeSet<&'a str>,
    lost: Option<String>,
}

/// Runs the cases. After the target is lost, the rest is inconclusive and not tried.
pub fn run<'a>(
    cases: &'a [&'a Case],
    site: &'a Site,
    settings: &'a Settings,
    clauses: Clauses,
    progress: &'a Progress<'a>,
) -> Ran {
    let began = Instant::now();
    let pool = Pool { cases, site, settings, clauses, progress, shared: Mutex::default() };
    let order = longest_first(cases);
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..settings.jobs.clamp(1, cases.len().max(1)) {
            scope.spawn(|| {
                while let Some(index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    pool.play(*index);
                }
            });
        }
    });
    let shared = pool.shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut outcomes = shared.outcomes;
    outcomes.sort_by_key(|outcome| outcome.index);
    let wall = began.elapsed();
    // The last case may have ended the target, with nobody after it to notice.
    let lost =
        shared.lost.or_else(|| site.probe().err().map(|reason| format!("{reason} (after the last case)")));
    Ran { outcomes, wall, lost }
}

/// Cases that start a process or wait come first, so that they do not trail behind the others.
fn longest_first(cases: &[&Case]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..cases.len()).collect();
    order.sort_by_key(|index| {
        let needs = cases.get(*index).map_or(&[][..], |case| case.needs);
        let is_long = |need: &Need| match need {
            Need::OwnInstance | Need::Timer(_) | Need::Slow => true,
            Need::Code | Need::WebSocket => false,
        };
        !needs.iter().any(is_long)
    });
    order
}

impl<'a> Pool<'a> {
    fn play(&self, index: usize) {
        let Some(case) = self.cases.get(index) else { return };
        let outcome = self.outcome(case, index);
        let verdict = outcome.judgement.verdict;
        let mut shared = self.shared();
        shared.outcomes.push(outcome);
        let done = shared.outcomes.len();
        drop(shared);
        (self.progress)(done, self.cases.len(), verdict);
    }

    fn outcome(&self, case: &'a Case, index: usize) -> Outcome {
        if let Some(judgement) = self.site.unmet(case, self.settings) {
            return Outcome { judgement, ..Outcome::skipped(index, Verdict::NotTestable, "") };
        }
        {
            let mut shared = self.shared();
            if shared.lost.is_some() {
                return Outcome::skipped(index, Verdict::Inconclusive, "not run: the target was lost");
            }
            shared.in_flight.insert(case.id);
        }
        let outcome = match self.site.world(case, self.settings.patience) {
            Ok(world) => execute(case, index, self.settings.seed, world, self.clauses),
            Err(failure) => Outcome::skipped(index, Verdict::Inconclusive, failure.to_string()),
        };
        self.landed(case, outcome.judgement.verdict);
        outcome
    }

    /// Looks after the target when a case says that something may be wrong with it.
    fn landed(&self, case: &'a Case, verdict: Verdict) {
        let mut shared = self.shared();
        if verdict == Verdict::Inconclusive && shared.lost.is_none() {
            // Under the lock: one look at a time, and nobody starts another case meanwhile.
            if let Err(reason) = self.site.probe() {
                let in_flight: Vec<&str> = shared.in_flight.iter().copied().collect();
                shared.lost = Some(format!("{reason} (in flight: {})", in_flight.join(", ")));
            }
        }
        shared.in_flight.remove(case.id);
    }

    fn shared(&self) -> MutexGuard<'_, Shared<'a>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
