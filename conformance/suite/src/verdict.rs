//! From checks to a verdict: one total function.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::case::{CaseResult, Halt, Level};
use crate::check::{Check, Kind};

/// What a case says about the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every check held.
    Pass,
    /// A MUST was broken.
    Fail,
    /// A SHOULD or MAY was broken, and no MUST.
    Warn,
    /// The target declares that it does not offer this.
    Unsupported,
    /// The run could not judge it.
    NotTestable,
    /// The exchange without the fault did not work, so the fault proves nothing.
    Inconclusive,
    /// The suite is at fault.
    HarnessError,
    /// It failed, and the baseline says so.
    KnownFail,
    /// It passed, and the baseline says that it fails.
    UnexpectedPass,
}

impl Verdict {
    /// Every verdict, in the order of reports.
    pub const ALL: [Self; 9] = [
        Self::Pass,
        Self::Fail,
        Self::Warn,
        Self::KnownFail,
        Self::UnexpectedPass,
        Self::Unsupported,
        Self::NotTestable,
        Self::Inconclusive,
        Self::HarnessError,
    ];

    /// The word that reports use.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Unsupported => "unsupported",
            Self::NotTestable => "not-testable",
            Self::Inconclusive => "inconclusive",
            Self::HarnessError => "harness-error",
            Self::KnownFail => "known-fail",
            Self::UnexpectedPass => "unexpected-pass",
        }
    }

    /// Whether the case judged its requirements, one way or the other.
    #[must_use]
    pub const fn is_judged(self) -> bool {
        match self {
            Self::Pass | Self::Fail | Self::Warn | Self::KnownFail | Self::UnexpectedPass => true,
            Self::Unsupported | Self::NotTestable | Self::Inconclusive | Self::HarnessError => false,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A verdict and, unless it is `pass`, one line that says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why.
    pub reason: Option<String>,
}

impl Judgement {
    /// A verdict with its reason.
    pub fn new(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self { verdict, reason: Some(reason.into()) }
    }
}

/// Judges one case by what it declared, what it emitted and how it ended.
pub fn judge(
    declared: &[&str],
    level: impl Fn(&str) -> Level,
    checks: &[Check],
    ended: &CaseResult,
) -> Judgement {
    if let Some(fault) = fault_of(declared, checks, ended) {
        return Judgement::new(Verdict::HarnessError, fault);
    }
    let broken = |kind: Kind| checks.iter().filter(move |check| check.kind == kind && !check.is_held());
    if let Some(control) = broken(Kind::Control).next() {
        return Judgement::new(Verdict::Inconclusive, sentence("control", control));
    }
    let level_of = |check: &Check| check.requirement.as_deref().map_or(Level::Must, &level);
    if let Some(check) = broken(Kind::Requirement).find(|check| level_of(check) == Level::Must) {
        return Judgement::new(Verdict::Fail, sentence("MUST", check));
    }
    if let Err(halt) = ended {
        return Judgement::new(verdict_of(halt), halt.to_string());
    }
    if let Some(id) = declared.iter().find(|id| !checks.iter().any(|check| cites(check, id))) {
        return Judgement::new(Verdict::HarnessError, format!("{id} is declared but was never checked"));
    }
    if let Some(check) = broken(Kind::Requirement).next() {
        return Judgement::new(Verdict::Warn, sentence("SHOULD", check));
    }
    Judgement { verdict: Verdict::Pass, reason: None }
}

fn cites(check: &Check, id: &str) -> bool {
    check.requirement.as_deref() == Some(id)
}

/// A fault of the suite that makes every check of the case worthless.
fn fault_of(declared: &[&str], checks: &[Check], ended: &CaseResult) -> Option<String> {
    if let Err(Halt::Harness { fault }) = ended {
        return Some(fault.clone());
    }
    if declared.is_empty() {
        return Some("the case declares no requirement".to_owned());
    }
    let cited = checks.iter().filter_map(|check| check.requirement.as_deref());
    let undeclared = cited.into_iter().find(|id| !declared.contains(id))?;
    Some(format!("{undeclared} was checked but is not declared"))
}

const fn verdict_of(halt: &Halt) -> Verdict {
    match halt {
        Halt::Control | Halt::Unreachable { .. } | Halt::NoAnswer | Halt::Broken { .. } => {
            Verdict::Inconclusive
        }
        Halt::Unsupported { .. } => Verdict::Unsupported,
        Halt::NotTestable { .. } => Verdict::NotTestable,
        Halt::Harness { .. } => Verdict::HarnessError,
    }
}

fn sentence(word: &str, check: &Check) -> String {
    let subject = check.requirement.as_deref().unwrap_or(word);
    check.mismatch.as_ref().map_or_else(
        || format!("{subject}: {}", check.what),
        |found| format!("{subject}: {}: expected {}, saw {}", check.what, found.expected, found.seen),
    )
}

#[cfg(test)]
mod tests {
    use super::{Verdict, judge};
    use crate::case::{CaseResult, Halt, Level};
    use crate::check::{Check, Kind, Mismatch};

    const HELD: Option<Mismatch> = None;

    fn broken() -> Option<Mismatch> {
        Some(Mismatch::new("a", "b"))
    }

    fn control(mismatch: Option<Mismatch>) -> Check {
        Check { requirement: None, kind: Kind::Control, what: "c".to_owned(), mismatch }
    }

    fn require(id: &str, mismatch: Option<Mismatch>) -> Check {
        Check { requirement: Some(id.to_owned()), kind: Kind::Requirement, what: "r".to_owned(), mismatch }
    }

    /// `MUST-1` and `MUST-2` are MUST, everything else is SHOULD.
    #[track_caller]
    fn check(declared: &[&str], checks: &[Check], ended: CaseResult, expected: Verdict) {
        let level = |id: &str| if id.starts_with("MUST") { Level::Must } else { Level::Should };
        assert_eq!(judge(declared, level, checks, &ended).verdict, expected);
    }

    #[test]
    fn all_held_passes() {
        check(&["MUST-1"], &[control(HELD), require("MUST-1", HELD)], Ok(()), Verdict::Pass);
    }

    #[test]
    fn broken_must_fails_and_broken_should_warns() {
        check(&["MUST-1"], &[require("MUST-1", HELD), require("MUST-1", broken())], Ok(()), Verdict::Fail);
        check(&["SHOULD-1"], &[require("SHOULD-1", broken())], Ok(()), Verdict::Warn);
        let both = [require("SHOULD-1", broken()), require("MUST-1", broken())];
        check(&["SHOULD-1", "MUST-1"], &both, Ok(()), Verdict::Fail);
    }

    #[test]
    fn failed_control_makes_even_a_broken_must_prove_nothing() {
        let checks = [require("MUST-1", broken()), control(broken())];
        check(&["MUST-1"], &checks, Err(Halt::Control), Verdict::Inconclusive);
        check(&["MUST-1"], &[control(broken())], Err(Halt::Control), Verdict::Inconclusive);
    }

    #[test]
    fn broken_must_counts_even_if_the_case_could_not_go_on() {
        check(&["MUST-1", "MUST-2"], &[require("MUST-1", broken())], Err(Halt::NoAnswer), Verdict::Fail);
        check(&["MUST-1", "MUST-2"], &[require("MUST-1", HELD)], Err(Halt::NoAnswer), Verdict::Inconclusive);
    }

    #[test]
    fn halts_without_a_broken_check_speak_for_themselves() {
        let what = || "x".to_owned();
        check(&["MUST-1"], &[], Err(Halt::Unreachable { reason: what() }), Verdict::Inconclusive);
        check(&["MUST-1"], &[], Err(Halt::Broken { reason: what() }), Verdict::Inconclusive);
        check(&["MUST-1"], &[], Err(Halt::Unsupported { what: what() }), Verdict::Unsupported);
        check(&["MUST-1"], &[], Err(Halt::NotTestable { why: what() }), Verdict::NotTestable);
        check(&["MUST-1"], &[], Err(Halt::Harness { fault: what() }), Verdict::HarnessError);
    }

    #[test]
    fn declared_and_checked_must_be_the_same_set() {
        check(&["MUST-1", "MUST-2"], &[require("MUST-1", HELD)], Ok(()), Verdict::HarnessError);
        check(
            &["MUST-1"],
            &[require("MUST-1", HELD), require("MUST-2", HELD)],
            Ok(()),
            Verdict::HarnessError,
        );
        check(&[], &[], Ok(()), Verdict::HarnessError);
        check(&["SHOULD-1", "MUST-1"], &[require("SHOULD-1", broken())], Ok(()), Verdict::HarnessError);
        // A broken MUST is evidence even when the case stops there.
        check(&["MUST-1", "MUST-2"], &[require("MUST-1", broken())], Ok(()), Verdict::Fail);
    }
}
