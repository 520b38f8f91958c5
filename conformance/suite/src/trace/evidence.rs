//! What was seen of the cases: the checks of runs, or, for want of one, what the cases declare.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::report::model::Report;
use crate::verdict::Verdict;

/// The part of a JSON report that traceability reads.
#[derive(Clone, Debug, Deserialize)]
pub struct Run {
    target: RunTarget,
    seed: u64,
    wall_s: f64,
    exit_code: u8,
    cases: Vec<RunCase>,
}

#[derive(Clone, Debug, Deserialize)]
struct RunTarget {
    name: String,
}

#[derive(Clone, Debug, Deserialize)]
struct RunCase {
    id: String,
    verdict: Verdict,
    requirements: Vec<String>,
    checks: Vec<RunCheck>,
}

#[derive(Clone, Debug, Deserialize)]
struct RunCheck {
    requirement: Option<String>,
}

impl From<&Report> for Run {
    fn from(report: &Report) -> Self {
        let cases = report.cases.iter().map(|case| RunCase {
            id: case.id.to_owned(),
            verdict: case.verdict,
            requirements: case.requirements.iter().map(|id| (*id).to_owned()).collect(),
            checks: case
                .checks
                .iter()
                .map(|check| RunCheck { requirement: check.requirement.clone() })
                .collect(),
        });
        Self {
            target: RunTarget { name: report.target.name.clone() },
            seed: report.seed,
            wall_s: report.wall_s,
            exit_code: report.exit_code,
            cases: cases.collect(),
        }
    }
}

/// Where the evidence comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Source {
    /// What the cases say that they judge; nothing was run.
    Declared,
    /// The checks that cases emitted.
    Runs {
        /// One a run.
        runs: Vec<RunLine>,
    },
}

/// One run, in a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunLine {
    /// What was judged.
    pub target: String,
    /// Its seed.
    pub seed: u64,
    /// Cases that it was given.
    pub cases: usize,
    /// Cases that judged something.
    pub judged: usize,
    /// From the first case to the last, seconds.
    pub wall_s: f64,
    /// Exit code of the run.
    pub exit_code: u8,
}

/// A requirement that a case cites and that no run saw it check.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unchecked {
    /// The requirement.
    pub requirement: String,
    /// The case.
    pub case: String,
    /// Its verdicts, one a run that it was part of.
    pub verdicts: Vec<&'static str>,
}

/// What was seen of the cases.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// Where it comes from.
    pub source: Source,
    /// By case: the requirements that it judged.
    judged: BTreeMap<String, BTreeSet<String>>,
    /// By case: its verdicts.
    verdicts: BTreeMap<String, Vec<&'static str>>,
}

impl Evidence {
    /// What the cases declare.
    #[must_use]
    pub fn declared(cases: &[Case]) -> Self {
        let judged = cases
            .iter()
            .map(|case| (case.id.to_owned(), case.requirements.iter().map(|id| (*id).to_owned()).collect()));
        Self { source: Source::Declared, judged: judged.collect(), verdicts: BTreeMap::new() }
    }

    /// What runs saw. Checks of a case that came to no judgement do not count.
    #[must_use]
    pub fn of_runs(runs: &[Run]) -> Self {
        let (mut judged, mut verdicts): (BTreeMap<_, BTreeSet<_>>, BTreeMap<_, Vec<_>>) = Default::default();
        for case in runs.iter().flat_map(|run| &run.cases) {
            verdicts.entry(case.id.clone()).or_default().push(case.verdict.word());
            if case.verdict.is_judged() {
                let checked = case.checks.iter().filter_map(|check| check.requirement.clone());
                let declared = checked.filter(|id| case.requirements.contains(id));
                judged.entry(case.id.clone()).or_default().extend(declared);
            }
        }
        Self { source: Source::Runs { runs: runs.iter().map(Run::line).collect() }, judged, verdicts }
    }

    /// Whether that case judged that requirement.
    #[must_use]
    pub fn is_judged(&self, case: &str, requirement: &str) -> bool {
        self.judged.get(case).is_some_and(|ids| ids.contains(requirement))
    }

    /// The cases that runs were given.
    pub(crate) fn seen(&self) -> impl Iterator<Item = &str> {
        self.verdicts.keys().map(String::as_str)
    }

    /// Every citation that nobody saw checked, sorted.
    #[must_use]
    pub fn unchecked(&self, cases: &[Case]) -> Vec<Unchecked> {
        let mut unchecked: Vec<Unchecked> = cases
            .iter()
            .flat_map(|case| case.requirements.iter().map(move |id| (case.id, *id)))
            .filter(|(case, id)| !self.is_judged(case, id))
            .map(|(case, id)| Unchecked {
                requirement: id.to_owned(),
                case: case.to_owned(),
                verdicts: self.verdicts.get(case).cloned().unwrap_or_default(),
            })
            .collect();
        unchecked.sort();
        unchecked
    }
}

impl Run {
    fn line(&self) -> RunLine {
        RunLine {
            target: self.target.name.clone(),
            seed: self.seed,
            cases: self.cases.len(),
            judged: self.cases.iter().filter(|case| case.verdict.is_judged()).count(),
            wall_s: self.wall_s,
            exit_code: self.exit_code,
        }
    }
}
