//! What the checker says.

use core::fmt;
use std::collections::BTreeMap;

use serde::Serialize;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Accepted, or told to be delivered, and never received; or a gap without a reason that was asked for.
    Lost,
    /// Received, and never sent: not at all, not by then, or not to this device.
    Phantom,
    /// Refused or withdrawn, and yet received.
    Aborted,
    /// Received as two items.
    Doubled,
    /// Two observations of one thing differ.
    Disagreeing,
    /// Received before what the same sender had sent earlier.
    OutOfOrder,
}

/// One thing that must not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Anomaly {
    /// What is wrong.
    pub kind: Kind,
    /// In a sentence.
    pub what: String,
    /// The lines that show it, by their places in the file.
    pub lines: Vec<usize>,
}

/// What was seen, each message once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Lines.
    pub lines: usize,
    /// Messages that were to be sent.
    pub sent: usize,
    /// Messages that were accepted.
    pub accepted: usize,
    /// Messages that were refused, withdrawn or never sent.
    pub failed: usize,
    /// Messages without an outcome that anybody can tell.
    pub open: usize,
    /// Messages that were received.
    pub received: usize,
    /// Items that were taken for good.
    pub acked: usize,
    /// Messages whose sender has a receipt.
    pub receipts: usize,
    /// Gaps.
    pub gaps: usize,
    /// What the lane did, and how often.
    pub faults: BTreeMap<String, u64>,
}

/// What the checker found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What was seen.
    pub counts: Counts,
    /// What must not be, by its first line.
    pub anomalies: Vec<Anomaly>,
}

impl Verdict {
    /// How many anomalies of this kind there are.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.anomalies.iter().filter(|anomaly| anomaly.kind == kind).count()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Lost => "lost",
            Self::Phantom => "phantom",
            Self::Aborted => "aborted",
            Self::Doubled => "doubled",
            Self::Disagreeing => "disagreeing",
            Self::OutOfOrder => "out of order",
        })
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lines, sent, accepted, failed, open, received, acked, receipts, gaps, faults } = self;
        write!(
            f,
            "{lines} lines: {sent} sent, {accepted} accepted, {failed} failed, {open} open, {received} received, \
             {acked} acked, {receipts} receipts, {gaps} gaps"
        )?;
        faults.iter().try_for_each(|(what, count)| write!(f, ", {count} {what}"))
    }
}
