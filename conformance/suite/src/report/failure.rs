//! The failure file: everything about one case that did not pass, enough to judge it again without the target.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::model::{CaseReport, Report};
use super::sink::replace;
use crate::check::Check;
use crate::record::Event;
use crate::target::Endpoint;
use crate::verdict::Verdict;

/// Version of the failure file.
pub const FAILURE_VERSION: u32 = 1;

/// One failure. Schema: `schema/failure.schema.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// [`FAILURE_VERSION`].
    pub failure_version: u32,
    /// Version of the suite that wrote it; another one may play the case otherwise.
    pub tool_version: String,
    /// Id of the case.
    pub case: String,
    /// Its title.
    pub title: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Why.
    pub reason: Option<String>,
    /// The text of each requirement that the case judges.
    pub clauses: BTreeMap<String, String>,
    /// The command that plays it again, against the target.
    pub repeat: String,
    /// Seed of the run.
    pub seed: u64,
    /// Where the target was when the case began.
    pub endpoint: Endpoint,
    /// Every check.
    pub checks: Vec<Check>,
    /// Whether the transcript was cut short; such a file cannot be replayed.
    pub is_cut: bool,
    /// The transcript.
    pub events: Vec<Event>,
}

impl Failure {
    /// What to keep of a case, when it is worth keeping.
    #[must_use]
    pub fn of(report: &Report, case: &CaseReport) -> Option<Self> {
        let endpoint = case.endpoint.clone()?;
        if !is_kept(case) {
            return None;
        }
        let quote = |id: &&str| Some(((*id).to_owned(), report.clauses.get(*id)?.text.clone()));
        Some(Self {
            failure_version: FAILURE_VERSION,
            tool_version: report.tool.version.to_owned(),
            case: case.id.to_owned(),
            title: case.title.to_owned(),
            verdict: case.verdict,
            reason: case.reason.clone(),
            clauses: case.requirements.iter().filter_map(quote).collect(),
            repeat: case.repeat.clone(),
            seed: report.seed,
            endpoint,
            checks: case.checks.clone(),
            is_cut: case.transcript.is_cut,
            events: case.transcript.events.clone(),
        })
    }
}

fn is_kept(case: &CaseReport) -> bool {
    match case.verdict {
        Verdict::Fail | Verdict::Warn | Verdict::HarnessError | Verdict::KnownFail => true,
        // A case that was not run has nothing to keep.
        Verdict::Inconclusive => !case.transcript.events.is_empty(),
        Verdict::Pass | Verdict::UnexpectedPass | Verdict::Unsupported | Verdict::NotTestable => false,
    }
}

/// Where the failure file of a case stands in its folder.
#[must_use]
pub fn path_in(folder: &Path, case_id: &str) -> PathBuf {
    folder.join(format!("{}.json", case_id.replace('/', "_")))
}

/// Writes the file of each failure, and removes the file of a case that left none this time.
///
/// # Errors
/// The operating system's, with the file.
pub fn write_all(report: &Report, folder: &Path) -> Result<(), (PathBuf, io::Error)> {
    for case in &report.cases {
        let path = path_in(folder, case.id);
        let result = match Failure::of(report, case) {
            Some(failure) => serde_json::to_vec_pretty(&failure)
                .map_err(io::Error::from)
                .and_then(|text| replace(&path, &text)),
            None => match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                Ok(()) | Err(_) => Ok(()),
            },
        };
        result.map_err(|error| (path, error))?;
    }
    Ok(())
}
