//! What is measured, and the figures of one run.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::process::Usage;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Measure {
    /// Messages a second.
    PerS,
    /// Processor time of the server for a message, in microseconds.
    CpuUs,
    /// Half of the messages took at most so long, in microseconds.
    P50Us,
    /// 99 of 100 did.
    P99Us,
    /// 999 of 1,000 did.
    P999Us,
    /// Octets at the devices' sockets for a message, all legs.
    Octets,
    /// fsyncs for a message.
    Fsyncs,
    /// Octets written to the disk for a message.
    DiskOctets,
    /// Memory of the server for a session, in KiB.
    SessionKib,
    /// Messages whose sender has the outcome ACCEPTED.
    Accepted,
    /// Messages that their receivers have.
    Received,
    /// Messages of which their senders know that they were received.
    Receipted,
    /// Sessions that were open at once.
    Sessions,
}

impl Measure {
    /// The columns of the table, in their order.
    pub(crate) const COLUMNS: [Self; 9] = [
        Self::PerS,
        Self::CpuUs,
        Self::P50Us,
        Self::P99Us,
        Self::P999Us,
        Self::Octets,
        Self::Fsyncs,
        Self::DiskOctets,
        Self::SessionKib,
    ];

    /// The head of its column.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::PerS => "msg/s",
            Self::CpuUs => "CPU us",
            Self::P50Us => "p50 us",
            Self::P99Us => "p99 us",
            Self::P999Us => "p99.9 us",
            Self::Octets => "octets",
            Self::Fsyncs => "fsyncs",
            Self::DiskOctets => "disk",
            Self::SessionKib => "KiB",
            Self::Accepted => "accepted",
            Self::Received => "received",
            Self::Receipted => "receipted",
            Self::Sessions => "sessions",
        }
    }
}

/// The figures of one run.
pub(crate) type Figures = BTreeMap<Measure, f64>;

/// What a server has used and done so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Probe {
    /// What the process has used; `None` where it is not known which process it is.
    pub(crate) usage: Option<Usage>,
    /// fsyncs so far, where they are told.
    pub(crate) fsyncs: Option<f64>,
}

/// What went on between two probes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    /// Messages.
    pub(crate) count: u64,
    /// Octets at the devices' sockets.
    pub(crate) octets: u64,
    /// How long it took, in nanoseconds.
    pub(crate) nanos: u64,
}

/// The figures of a span.
pub(crate) fn figures(span: Span, before: &Probe, after: &Probe) -> Figures {
    let count = float(span.count.max(1));
    let mut figures = Figures::new();
    figures.insert(Measure::PerS, count / (float(span.nanos.max(1)) / 1e9));
    figures.insert(Measure::Octets, float(span.octets) / count);
    if let Some((before, after)) = before.usage.zip(after.usage) {
        figures.insert(Measure::CpuUs, (after.cpu_s - before.cpu_s) * 1e6 / count);
        figures.insert(Measure::DiskOctets, (after.written - before.written) / count);
    }
    if let Some((before, after)) = before.fsyncs.zip(after.fsyncs) {
        figures.insert(Measure::Fsyncs, (after - before) / count);
    }
    figures
}

/// Adds percentiles of latencies in nanoseconds.
pub(crate) fn add_latencies(figures: &mut Figures, latencies: &mut [u64]) {
    latencies.sort_unstable();
    for (measure, per_mille) in [(Measure::P50Us, 500), (Measure::P99Us, 990), (Measure::P999Us, 999)] {
        if let Some(nanos) = percentile(latencies, per_mille) {
            figures.insert(measure, float(nanos) / 1e3);
        }
    }
}

/// The smallest value that so many of a thousand do not exceed.
fn percentile(sorted: &[u64], per_mille: usize) -> Option<u64> {
    let rank = sorted.len().saturating_mul(per_mille).div_ceil(1_000).max(1);
    sorted.get(rank.saturating_sub(1)).copied()
}

/// The middle of some values; of an even number the mean of both.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let high = values.get(values.len() / 2).copied()?;
    let low = values.get(values.len().saturating_sub(1) / 2).copied()?;
    Some(f64::midpoint(low, high))
}

/// A tally as a figure.
#[expect(clippy::cast_precision_loss, reason = "figures have three digits that mean something")]
pub(crate) const fn float(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_the_middle() {
        assert_eq!(median([]), None);
        assert_eq!(median([3.0]), Some(3.0));
        assert_eq!(median([9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([1.0, 2.0]), Some(1.5));
    }

    #[test]
    fn percentiles_are_values_that_were_seen() {
        let values: Vec<u64> = (1..=1_000).collect();
        let found = [500, 990, 999, 1_000].map(|per_mille| percentile(&values, per_mille));
        assert_eq!(found, [Some(500), Some(990), Some(999), Some(1_000)]);
        assert_eq!((percentile(&[7], 999), percentile(&[], 500)), (Some(7), None));
    }
}
