//! The report as one HTML file: no network, no script needed, light and dark.

use minijinja::Environment;
use minijinja::value::Serde;
use serde::Serialize;

use super::model::{CaseReport, Report};
use super::trace::{Line, lines};
use crate::verdict::Verdict;

/// Lines of one transcript that the page shows; the failure file holds them all.
const LINES_MAX: usize = 400;

/// A case as the template sees it.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    case: &'a CaseReport,
    lines: Vec<Line>,
    hidden: usize,
    has_mismatch: bool,
}

/// One verdict's tally.
#[derive(Serialize)]
struct Tally {
    verdict: Verdict,
    count: usize,
}

/// What the template sees.
#[derive(Serialize)]
struct Page<'a> {
    report: &'a Report,
    realm: Option<String>,
    tallies: Vec<Tally>,
    findings: Vec<Row<'a>>,
    others: Vec<Row<'a>>,
}

/// Renders the page.
pub(crate) fn render(report: &Report) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.add_template("report.html", include_str!("../../templates/report.html"))?;
    let tallies = Verdict::ALL.map(|verdict| Tally { verdict, count: report.totals.of(verdict) });
    let (findings, others) = report.cases.iter().map(row).partition(|row| is_open(row.case.verdict));
    let page = Page {
        report,
        realm: report.target.endpoint.as_ref().map(|endpoint| crate::hex::encode(&endpoint.realm)),
        tallies: tallies.into_iter().filter(|tally| tally.count > 0).collect(),
        findings,
        others,
    };
    environment.get_template("report.html")?.render(Serde(&page))
}

fn row(case: &CaseReport) -> Row<'_> {
    let mut lines = lines(&case.transcript);
    let hidden = lines.len().saturating_sub(LINES_MAX);
    lines.truncate(LINES_MAX);
    let has_mismatch = case.checks.iter().any(|check| !check.is_held());
    Row { case, lines, hidden, has_mismatch }
}

/// Cases that a reader came for.
const fn is_open(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Fail
        | Verdict::Warn
        | Verdict::KnownFail
        | Verdict::UnexpectedPass
        | Verdict::Inconclusive
        | Verdict::HarnessError => true,
        Verdict::Pass | Verdict::Unsupported | Verdict::NotTestable => false,
    }
}
