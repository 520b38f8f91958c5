//! JUnit XML, for CI systems.

use core::time::Duration;
use std::collections::BTreeMap;

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use super::model::{CaseReport, Report};
use crate::verdict::Verdict;

/// The report as JUnit: a test suite a profile, a test case a case.
pub(crate) fn render(report: &Report) -> Result<String, quick_junit::SerializeError> {
    let mut junit = Junit::new(format!("{} {}", report.tool.name, report.target.name));
    junit.set_time(Duration::try_from_secs_f64(report.wall_s).unwrap_or_default());
    let mut suites: BTreeMap<&str, Vec<&CaseReport>> = BTreeMap::new();
    for case in &report.cases {
        suites.entry(case.profile).or_default().push(case);
    }
    for (profile, cases) in suites {
        let mut suite = TestSuite::new(profile);
        suite.add_property(("seed", report.seed.to_string().as_str()));
        suite.add_test_cases(cases.into_iter().map(|case| test_case(report, case)));
        junit.add_test_suite(suite);
    }
    if let Some(lost) = &report.lost {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(lost.as_str()).set_type("target-lost");
        let mut suite = TestSuite::new("target");
        suite.add_test_case(TestCase::new("the target is there to the end", status));
        junit.add_test_suite(suite);
    }
    for stale in &report.stale_baseline {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(stale.as_str()).set_type("stale-baseline");
        let mut suite = TestSuite::new("baseline");
        suite.add_test_case(TestCase::new(stale.as_str(), status));
        junit.add_test_suite(suite);
    }
    junit.to_string()
}

fn test_case(report: &Report, case: &CaseReport) -> TestCase {
    let mut status = match case.verdict {
        Verdict::Pass | Verdict::Warn => TestCaseStatus::success(),
        Verdict::Fail | Verdict::UnexpectedPass => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Inconclusive | Verdict::HarnessError => TestCaseStatus::non_success(NonSuccessKind::Error),
        Verdict::KnownFail | Verdict::Unsupported | Verdict::NotTestable => TestCaseStatus::skipped(),
    };
    if let (Some(reason), false) = (&case.reason, case.verdict == Verdict::Warn) {
        status.set_message(reason.as_str()).set_type(case.verdict.word());
        status.set_description(description(report, case));
    }
    let mut test = TestCase::new(format!("{} {}", case.id, case.title), status);
    test.set_classname(format!("pinnace.{}", case.profile)).set_assertions(case.checks.len());
    test.set_time(Duration::try_from_secs_f64(case.ms / 1000.0).unwrap_or_default());
    if case.verdict == Verdict::Warn {
        test.set_system_out(description(report, case));
    }
    test
}

fn description(report: &Report, case: &CaseReport) -> String {
    let quote =
        |id: &&str| report.clauses.get(*id).map(|clause| format!("{id}: {} ({})", clause.text, clause.place));
    let mut lines: Vec<String> = case.requirements.iter().filter_map(quote).collect();
    for check in case.checks.iter().filter(|check| !check.is_held()) {
        let found = check.mismatch.as_ref().map(|found| (&*found.expected, &*found.seen)).unwrap_or_default();
        lines.push(format!("{}: expected {}, saw {}", check.what, found.0, found.1));
    }
    lines.extend(case.reason.clone());
    lines.push(format!("repeat: {}", case.repeat));
    lines.join("\n")
}
