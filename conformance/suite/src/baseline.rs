//! The baseline: failures that are known, each with its reason and its end.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use toml::Spanned;

use crate::case::Case;
use crate::run::Outcome;
use crate::toml_fault::{TomlFault, line_at, nearest, parse};
use crate::verdict::{Judgement, Verdict};

const KEYS: &[&str] = &["known", "case", "reason", "expires"];

/// Known failures, as written:
///
/// ```toml
/// [[known]]
/// case = "DLV-014/1"
/// reason = "gaps are refused with the wrong code"
/// expires = "2027-01-31"
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    #[serde(default)]
    known: Vec<Known>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    case: Spanned<String>,
    reason: Spanned<String>,
    expires: Spanned<String>,
    /// File and line, for what is told after the run.
    #[serde(skip)]
    place: String,
}

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    /// [`TomlFault`] with the line: unknown keys, an empty reason, no date, a case named twice.
    pub fn read(path: &Path, text: &str) -> Result<Self, TomlFault> {
        let mut baseline: Self = parse(path, text, KEYS)?;
        for known in &mut baseline.known {
            let line = line_at(text, known.case.span().start);
            known.place = format!("{}:{line}", path.display());
        }
        let mut seen = BTreeSet::new();
        for known in &baseline.known {
            let fault = |field: &Spanned<String>, message: &str| {
                Err(TomlFault::at(path, text, field.span(), message))
            };
            if known.reason.as_ref().trim().is_empty() {
                return fault(&known.reason, "a known failure needs a reason");
            }
            if !is_date(known.expires.as_ref()) {
                return fault(&known.expires, "`expires` is a date, YYYY-MM-DD");
            }
            if !seen.insert(known.case.as_ref()) {
                return fault(&known.case, "this case is named twice");
            }
        }
        Ok(baseline)
    }

    /// Turns failures that are known into known failures, and passes that were not expected into unexpected
    /// passes.
    pub fn apply(&self, cases: &[&Case], outcomes: &mut [Outcome]) {
        for outcome in outcomes {
            let Some(case) = cases.get(outcome.index) else { continue };
            let Some(known) = self.known.iter().find(|known| known.case.as_ref() == case.id) else {
                continue;
            };
            let reason = known.reason.as_ref();
            outcome.judgement = match outcome.judgement.verdict {
                Verdict::Fail | Verdict::Warn => {
                    let seen = outcome.judgement.reason.as_deref().unwrap_or_default();
                    Judgement::new(Verdict::KnownFail, format!("{reason} ({seen})"))
                }
                Verdict::Pass => Judgement::new(
                    Verdict::UnexpectedPass,
                    format!("the baseline says that it fails: {reason}"),
                ),
                Verdict::Unsupported
                | Verdict::NotTestable
                | Verdict::Inconclusive
                | Verdict::HarnessError
                | Verdict::KnownFail
                | Verdict::UnexpectedPass => continue,
            };
        }
    }

    /// Entries that have outlived themselves on a day, one line each: expired, or naming no case of the suite.
    #[must_use]
    pub fn stale(&self, cases: &[Case], today: &str) -> Vec<String> {
        let ids: Vec<&str> = cases.iter().map(|case| case.id).collect();
        let line = |known: &Known| {
            let (id, expires) = (known.case.as_ref().as_str(), known.expires.as_ref().as_str());
            if !ids.contains(&id) {
                let guess = nearest(id, &ids).map(|guess| format!("; did you mean {guess}?"));
                return Some(format!("{}: {id}: no such case{}", known.place, guess.unwrap_or_default()));
            }
            // ISO dates sort as text.
            (expires < today).then(|| format!("{}: {id}: expired on {expires}", known.place))
        };
        self.known.iter().filter_map(line).collect()
    }
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |text: &str, len: usize| {
        (text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<u32>().ok())?
    };
    match parts.as_slice() {
        [year, month, day] => {
            number(year, 4).is_some()
                && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
                && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
        }
        _ => false,
    }
}

/// Today in UTC, `YYYY-MM-DD`.
#[must_use]
pub fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    date_of_day(seconds / 86_400)
}

/// The Gregorian date of a day counted from 1970-01-01, by Howard Hinnant's `civil_from_days`.
fn date_of_day(day: u64) -> String {
    let z = day.saturating_add(719_468);
    let (era, day_of_era) = (z / 146_097, z % 146_097);
    let leap = day_of_era / 1460 + day_of_era / 146_096;
    let year_of_era = (day_of_era + day_of_era / 36_524 - leap) / 365;
    let day_of_year = day_of_era + year_of_era / 100 - 365 * year_of_era - year_of_era / 4;
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + 400 * era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Baseline, date_of_day};

    const ENTRY: &str = "[[known]]\ncase = \"A-1/1\"\nreason = \"r\"\nexpires = \"2026-02-28\"\n";

    #[track_caller]
    fn refused(text: &str, message: &str) {
        assert_eq!(Baseline::read(Path::new("b.toml"), text).unwrap_err().to_string(), message);
    }

    #[test]
    fn faults_are_named_with_their_line() {
        refused(
            "[[known]]\ncase = \"A-1/1\"\nexpire = \"x\"\n",
            "b.toml:3: unknown key `expire`; did you mean `expires`?",
        );
        refused(&ENTRY.replace("\"r\"", "\" \""), "b.toml:3: a known failure needs a reason");
        refused(&ENTRY.replace("02-28", "13-28"), "b.toml:4: `expires` is a date, YYYY-MM-DD");
        refused(&format!("{ENTRY}{ENTRY}"), "b.toml:6: this case is named twice");
        refused("[[known]]\ncase = \"A-1/1\"\nreason = \"r\"\n", "b.toml:1: missing field `expires`");
    }

    #[test]
    fn what_is_stale_is_named_with_its_line() {
        let baseline = Baseline::read(Path::new("b.toml"), &format!("\n{ENTRY}")).unwrap();
        assert_eq!(baseline.stale(&[], "2026-01-01"), ["b.toml:3: A-1/1: no such case"]);
    }

    #[test]
    fn days_become_dates() {
        assert_eq!(date_of_day(0), "1970-01-01");
        assert_eq!(date_of_day(11_016), "2000-02-29");
        assert_eq!(date_of_day(11_017), "2000-03-01");
        assert_eq!(date_of_day(20_818), "2026-12-31");
    }
}
