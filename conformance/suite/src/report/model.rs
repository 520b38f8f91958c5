//! The model that every report is made from; as JSON it is the machine's report.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::case::{Case, Level};
use crate::check::Check;
use crate::clause::Clauses;
use crate::record::Transcript;
use crate::run::{Outcome, Ran};
use crate::target::Endpoint;
use crate::verdict::Verdict;

/// Version of the JSON report; it rises when a reader would have to change.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything about one run. Schema: `schema/report.schema.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Who wrote it.
    pub tool: Tool,
    /// Who was judged.
    pub target: Target,
    /// Seed of the run.
    pub seed: u64,
    /// From the first case to the last, seconds.
    pub wall_s: f64,
    /// Counts.
    pub totals: Totals,
    /// The exit code of the process.
    pub exit_code: u8,
    /// What the exit code means, one line.
    pub conclusion: String,
    /// Why the run was broken off, when the target was not there or was lost.
    pub lost: Option<String>,
    /// Baseline entries that have outlived themselves, one line each.
    pub stale_baseline: Vec<String>,
    /// The text of each requirement that a case cites.
    pub clauses: BTreeMap<String, ClauseText>,
    /// Requirements that the cases of this run cite and none of them judged, with those cases.
    pub unchecked: BTreeMap<&'static str, Vec<&'static str>>,
    /// One a selected case, in the order of the specification.
    pub cases: Vec<CaseReport>,
}

/// The program that wrote a report.
#[derive(Clone, Debug, Serialize)]
pub struct Tool {
    /// `pinnace-conform`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

impl Tool {
    pub(crate) const fn this() -> Self {
        Self { name: "pinnace-conform", version: env!("CARGO_PKG_VERSION") }
    }
}

/// The program that was judged.
#[derive(Clone, Debug, Serialize)]
pub struct Target {
    /// The target file, or the address.
    pub name: String,
    /// Where it listened and what was declared; absent when it never came up.
    pub endpoint: Option<Endpoint>,
}

/// Counts of a run. Each case has one verdict, so they add up to `cases`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Selected cases.
    pub cases: usize,
    /// [`Verdict::Pass`].
    pub pass: usize,
    /// [`Verdict::Fail`].
    pub fail: usize,
    /// [`Verdict::Warn`].
    pub warn: usize,
    /// [`Verdict::KnownFail`].
    #[serde(rename = "known-fail")]
    pub known_fail: usize,
    /// [`Verdict::UnexpectedPass`].
    #[serde(rename = "unexpected-pass")]
    pub unexpected_pass: usize,
    /// [`Verdict::Unsupported`].
    pub unsupported: usize,
    /// [`Verdict::NotTestable`].
    #[serde(rename = "not-testable")]
    pub not_testable: usize,
    /// [`Verdict::Inconclusive`].
    pub inconclusive: usize,
    /// [`Verdict::HarnessError`].
    #[serde(rename = "harness-error")]
    pub harness_error: usize,
}

/// A requirement as reports quote it.
#[derive(Clone, Debug, Serialize)]
pub struct ClauseText {
    /// Its keyword's level.
    pub level: Level,
    /// The sentence.
    pub text: String,
    /// `FILE:LINE` below `spec/`.
    pub place: String,
}

/// One case of a run.
#[derive(Clone, Debug, Serialize)]
pub struct CaseReport {
    /// Id of the case.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Its profile.
    pub profile: &'static str,
    /// Requirements that it judges.
    pub requirements: Vec<&'static str>,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, unless it passed.
    pub reason: Option<String>,
    /// How long it took, milliseconds.
    pub ms: f64,
    /// Requirements that it cites and did not judge: no check of them was emitted, or it came to no judgement.
    pub unchecked: Vec<&'static str>,
    /// Every check, in the order in which it was emitted.
    pub checks: Vec<Check>,
    /// The command that plays this case again.
    pub repeat: String,
    /// Where its target was when it began; not part of the JSON report.
    #[serde(skip)]
    pub endpoint: Option<Endpoint>,
    /// What passed on its connections; not part of the JSON report.
    #[serde(skip)]
    pub transcript: Transcript,
}

impl Totals {
    /// Counts verdicts.
    pub fn count(verdicts: impl IntoIterator<Item = Verdict>) -> Self {
        let mut totals = Self::default();
        for verdict in verdicts {
            totals.cases = totals.cases.saturating_add(1);
            let tally = match verdict {
                Verdict::Pass => &mut totals.pass,
                Verdict::Fail => &mut totals.fail,
                Verdict::Warn => &mut totals.warn,
                Verdict::KnownFail => &mut totals.known_fail,
                Verdict::UnexpectedPass => &mut totals.unexpected_pass,
                Verdict::Unsupported => &mut totals.unsupported,
                Verdict::NotTestable => &mut totals.not_testable,
                Verdict::Inconclusive => &mut totals.inconclusive,
                Verdict::HarnessError => &mut totals.harness_error,
            };
            *tally = tally.saturating_add(1);
        }
        totals
    }

    /// The count of one verdict.
    #[must_use]
    pub const fn of(&self, verdict: Verdict) -> usize {
        match verdict {
            Verdict::Pass => self.pass,
            Verdict::Fail => self.fail,
            Verdict::Warn => self.warn,
            Verdict::KnownFail => self.known_fail,
            Verdict::UnexpectedPass => self.unexpected_pass,
            Verdict::Unsupported => self.unsupported,
            Verdict::NotTestable => self.not_testable,
            Verdict::Inconclusive => self.inconclusive,
            Verdict::HarnessError => self.harness_error,
        }
    }
}

/// What a report is made from, besides the cases themselves.
#[derive(Clone, Debug)]
pub struct Findings {
    /// Who was judged.
    pub target: Target,
    /// Seed of the run.
    pub seed: u64,
    /// How the run went, the baseline applied.
    pub ran: Ran,
    /// Baseline entries that have outlived themselves.
    pub stale_baseline: Vec<String>,
}

impl Report {
    /// Makes the report of a run; `repeat` gives the command that plays one case again.
    pub fn new(
        cases: &[&Case],
        clauses: Clauses,
        findings: Findings,
        repeat: impl Fn(&str) -> String,
    ) -> Self {
        let Findings { target, seed, ran, stale_baseline } = findings;
        let outcomes = ran.outcomes.into_iter();
        let reports: Vec<CaseReport> = outcomes
            .filter_map(|outcome| Some(of_case(cases.get(outcome.index)?, outcome, &repeat)))
            .collect();
        let totals = Totals::count(reports.iter().map(|case| case.verdict));
        let conclusion = Conclusion::draw(&totals, Lost::from(ran.lost.is_some()), stale_baseline.len());
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool::this(),
            target,
            seed,
            wall_s: ran.wall.as_secs_f64(),
            totals,
            exit_code: conclusion.exit_code(),
            conclusion: conclusion.sentence().to_owned(),
            lost: ran.lost,
            stale_baseline,
            clauses: quoted(cases, clauses),
            unchecked: unchecked(&reports),
            cases: reports,
        }
    }
}

fn of_case(case: &Case, outcome: Outcome, repeat: &impl Fn(&str) -> String) -> CaseReport {
    CaseReport {
        id: case.id,
        title: case.title,
        profile: case.profile,
        requirements: case.requirements.to_vec(),
        verdict: outcome.judgement.verdict,
        unchecked: left_out(case, &outcome),
        reason: outcome.judgement.reason,
        ms: outcome.took.as_secs_f64() * 1000.0,
        checks: outcome.checks,
        repeat: repeat(case.id),
        endpoint: outcome.endpoint,
        transcript: outcome.transcript,
    }
}

/// What a case cites and did not judge.
fn left_out(case: &Case, outcome: &Outcome) -> Vec<&'static str> {
    let is_judged = outcome.judgement.verdict.is_judged();
    let has_check = |id: &str| outcome.checks.iter().any(|check| check.requirement.as_deref() == Some(id));
    case.requirements.iter().copied().filter(|id| !(is_judged && has_check(id))).collect()
}

/// What no case judged, of all that they cite.
fn unchecked(cases: &[CaseReport]) -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut unchecked: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for case in cases {
        for id in &case.unchecked {
            unchecked.entry(id).or_default().push(case.id);
        }
    }
    let is_judged =
        |id: &&str| cases.iter().any(|case| case.requirements.contains(id) && !case.unchecked.contains(id));
    unchecked.retain(|id, _| !is_judged(id));
    unchecked
}

/// The text of every requirement that the cases cite.
pub(crate) fn quoted(cases: &[&Case], clauses: Clauses) -> BTreeMap<String, ClauseText> {
    let ids = cases.iter().flat_map(|case| case.requirements);
    let quote = |id: &&str| {
        let clause = clauses(id)?;
        let (file, line) = clause.place;
        let place = format!("{file}:{line}");
        Some(((*id).to_owned(), ClauseText { level: clause.level, text: clause.text.to_owned(), place }))
    };
    ids.filter_map(quote).collect()
}

/// What a run comes to. Where two hold, the first in this list is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// The target was not there, is no Pinnace server, or went away.
    Lost,
    /// The suite is at fault.
    HarnessFault,
    /// A MUST is broken.
    Fails,
    /// The baseline does not fit any more.
    StaleBaseline,
    /// Some case could not be concluded.
    Incomplete,
    /// No case judged anything.
    NothingJudged,
    /// All is well.
    Conforms,
}

impl Conclusion {
    /// Draws it from the counts.
    #[must_use]
    pub fn draw(totals: &Totals, lost: Lost, stale_entries: usize) -> Self {
        if lost == Lost::Yes {
            return Self::Lost;
        }
        let judged: usize = Verdict::ALL
            .iter()
            .filter(|verdict| verdict.is_judged())
            .map(|verdict| totals.of(*verdict))
            .sum();
        match totals {
            Totals { harness_error: 1.., .. } => Self::HarnessFault,
            Totals { fail: 1.., .. } => Self::Fails,
            Totals { unexpected_pass: 1.., .. } => Self::StaleBaseline,
            _ if stale_entries > 0 => Self::StaleBaseline,
            Totals { inconclusive: 1.., .. } => Self::Incomplete,
            _ if judged == 0 => Self::NothingJudged,
            _ => Self::Conforms,
        }
    }

    /// The exit code of the process.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Conforms => 0,
            Self::Fails | Self::StaleBaseline => 1,
            Self::Incomplete | Self::NothingJudged => 3,
            Self::Lost => 4,
            Self::HarnessFault => 5,
        }
    }

    /// One line for people.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Conforms => "the target conforms in every case that was judged",
            Self::Fails => "the target does not conform",
            Self::StaleBaseline => "the baseline is stale",
            Self::Incomplete => "incomplete: some cases could not be concluded",
            Self::NothingJudged => "incomplete: no case could be judged",
            Self::Lost => "the target is not there, is no Pinnace server, or went away",
            Self::HarnessFault => "the suite is at fault",
        }
    }
}

/// Whether the target was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It was.
    Yes,
    /// It was not.
    No,
}

impl From<bool> for Lost {
    fn from(is_lost: bool) -> Self {
        if is_lost { Self::Yes } else { Self::No }
    }
}

#[cfg(test)]
mod tests {
    use super::{Conclusion, Lost, Totals};
    use crate::verdict::Verdict;

    #[track_caller]
    fn check(verdicts: &[Verdict], stale: usize, code: u8) {
        let totals = Totals::count(verdicts.iter().copied());
        assert_eq!(Conclusion::draw(&totals, Lost::No, stale).exit_code(), code, "{verdicts:?}");
    }

    #[test]
    fn each_verdict_has_its_exit_code() {
        use Verdict::{
            Fail, HarnessError, Inconclusive, KnownFail, NotTestable, Pass, UnexpectedPass, Unsupported, Warn,
        };
        check(&[Pass], 0, 0);
        check(&[Pass, Warn, KnownFail, Unsupported, NotTestable], 0, 0);
        check(&[Pass, Fail], 0, 1);
        check(&[Pass, UnexpectedPass], 0, 1);
        check(&[Pass], 1, 1);
        check(&[Pass, Inconclusive], 0, 3);
        check(&[Fail, Inconclusive], 0, 1);
        check(&[Pass, Fail, HarnessError], 0, 5);
        check(&[NotTestable, Unsupported], 0, 3);
        check(&[], 0, 3);
        let lost = Conclusion::draw(&Totals::count([Fail]), Lost::Yes, 0);
        assert_eq!(lost.exit_code(), 4);
    }

    #[test]
    fn counts_add_up() {
        let totals = Totals::count(Verdict::ALL);
        assert_eq!(totals.cases, Verdict::ALL.len());
        assert!(Verdict::ALL.iter().all(|verdict| totals.of(*verdict) == 1));
    }
}
