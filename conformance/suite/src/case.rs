//! What a case is: one clause, one cause, one verdict.

use core::fmt;

use crate::ctx::Ctx;

/// One conformance case.
///
/// The id is the requirement it judges first, a slash and a number (`DLV-014/1`); it is never reused.
pub struct Case {
    /// `REQUIREMENT/NUMBER`, for ever.
    pub id: &'static str,
    /// One sentence that says what a conforming target does.
    pub title: &'static str,
    /// Requirement ids that the case judges. Each needs a check in every run that is not halted.
    pub requirements: &'static [&'static str],
    /// The profile (conformance class) that it belongs to, such as `core`.
    pub profile: &'static str,
    /// Weight of the case, used for a requirement whose own level the specification data does not give.
    pub level: Level,
    /// What has to be at hand; a need that is not met makes the case not-testable.
    pub needs: &'static [Need],
    /// The exchange itself.
    pub run: Run,
}

/// The body of a case. Blocking; runs on a thread of its own pool.
pub type Run = Box<dyn Fn(&Ctx) -> CaseResult + Send + Sync>;

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The keyword of a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// MUST or MUST NOT: a broken one fails the target.
    Must,
    /// SHOULD or SHOULD NOT: a broken one is a warning.
    Should,
    /// MAY: something optional that was done wrongly is a warning.
    May,
}

/// Something a case needs of its target or of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A private instance, so that the case may kill and restart it. Spawned targets only.
    OwnInstance,
    /// The target's verification codes can be read (`--code`, `code` or `gateway_log`).
    Code,
    /// The target offers the WebSocket carrier.
    WebSocket,
    /// The named limit, in milliseconds, is declared short by the target, or `--slow` is given.
    Timer(&'static str),
    /// The case waits longer than a second whatever the target declares: only with `--slow`.
    Slow,
}

/// How the body of a case ends: with all its checks emitted, or halted.
pub type CaseResult = Result<(), Halt>;

/// Why a case stopped before its end. Checks emitted so far are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// A control check failed and is recorded: the case judges nothing. Inconclusive.
    Control,
    /// No connection could be opened. Inconclusive; the runner probes the target again.
    Unreachable {
        /// The operating system's words.
        reason: String,
    },
    /// The target stayed silent where the case needed an answer to go on. Inconclusive.
    NoAnswer,
    /// The connection ended where the case needed it to go on. Inconclusive.
    Broken {
        /// The operating system's words.
        reason: String,
    },
    /// The target declares that it does not offer this.
    Unsupported {
        /// What it does not offer.
        what: String,
    },
    /// The run cannot judge this (a timer too long, for example).
    NotTestable {
        /// What stands in the way.
        why: String,
    },
    /// The suite itself is at fault.
    Harness {
        /// What went wrong.
        fault: String,
    },
}

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Control => f.write_str("a control check did not hold"),
            Self::Unreachable { reason } => write!(f, "no connection could be opened: {reason}"),
            Self::NoAnswer => f.write_str("no answer in time where the case needs one to go on"),
            Self::Broken { reason } => write!(f, "the connection ended where the case needs it: {reason}"),
            Self::Unsupported { what } => write!(f, "the target does not offer {what}"),
            Self::NotTestable { why } => f.write_str(why),
            Self::Harness { fault } => write!(f, "fault in the suite: {fault}"),
        }
    }
}

impl From<std::io::Error> for Halt {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::TimedOut {
            return Self::NoAnswer;
        }
        Self::Broken { reason: error.to_string() }
    }
}
