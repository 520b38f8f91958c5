//! Sessions on which nothing happens.

use core::time::Duration;
use std::time::Instant;

use super::{Size, Subject, nothing};
use crate::Failure;
use crate::measure::{Figures, Measure, float};
use crate::pace::TURN;

/// How long the server is left alone before its memory is read.
const SETTLE: Duration = Duration::from_secs(2);

/// What the server's memory grows by, for each session. To be run at a server that was just started.
pub(crate) fn idle(subject: &mut Subject<'_>, size: &Size) -> Result<Figures, Failure> {
    let devices: Vec<usize> = (0..size.sessions).collect();
    // One connection before, so that what is made once is there.
    subject.open_all(devices.get(..1).unwrap_or_default(), nothing)?;
    subject.settle()?;
    let before = (subject.probe)();
    let rest = devices.get(1..).unwrap_or_default();
    subject.open_all(rest, nothing)?;
    subject.settle()?;
    let after = (subject.probe)();
    subject.close_all(&devices)?;
    let mut figures = Figures::new();
    figures.insert(Measure::Sessions, float(u64::try_from(devices.len()).unwrap_or(0)));
    if let Some((before, after)) = before.usage.zip(after.usage) {
        let count = float(u64::try_from(rest.len()).unwrap_or(1).max(1));
        figures.insert(Measure::SessionKib, (after.rss_kib - before.rss_kib) / count);
        figures.insert(Measure::CpuUs, (after.cpu_s - before.cpu_s) * 1e6 / count);
    }
    Ok(figures)
}

impl Subject<'_> {
    fn settle(&mut self) -> Result<(), Failure> {
        let since = Instant::now();
        let mut seen = Vec::new();
        while since.elapsed() < SETTLE {
            self.fleet.turn(TURN, &mut seen)?;
            seen.drain(..).try_for_each(|seen| nothing(&seen))?;
        }
        Ok(())
    }
}
