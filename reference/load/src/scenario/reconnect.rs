//! A device comes back, and one message waits for it.

use super::traffic::Traffic;
use super::{Size, Subject, nothing, receiver, sender};
use crate::fleet::Queued;
use crate::measure::{Figures, Span, add_latencies, figures};
use crate::pace::TURN;
use crate::{Failure, clock};

/// One return after the other: from the connection to the message. Only returns are timed, not what goes before each.
pub(super) fn reconnect(subject: &mut Subject<'_>, size: &Size) -> Result<Figures, Failure> {
    let (from, to) = (sender(0), receiver(0));
    subject.open_all(&[from], nothing)?;
    let returns = u64::try_from(size.returns).unwrap_or(u64::MAX);
    let mut traffic = Traffic::new([(from, to)].into_iter(), returns, 1);
    let (mut octets, mut nanos, mut latencies) = (0_u64, 0_u64, Vec::new());
    let before = (subject.probe)();
    for _ in 0..returns {
        subject.leave(&mut traffic)?;
        let (octets_before, began) = (subject.fleet.octets(), clock::now_ns());
        subject.come_back(&mut traffic, to)?;
        let took = clock::now_ns().saturating_sub(began);
        octets = octets.saturating_add(subject.fleet.octets().saturating_sub(octets_before));
        nanos = nanos.saturating_add(took);
        latencies.push(took);
        subject.fleet.close(to)?;
    }
    let mut figures = figures(Span { count: returns, octets, nanos }, &before, &(subject.probe)());
    add_latencies(&mut figures, &mut latencies);
    subject.collect(&mut traffic)?;
    traffic.add_counts(&mut figures);
    subject.fleet.close(from)?;
    Ok(figures)
}

impl Subject<'_> {
    /// One message is stored for the absent device.
    fn leave(&mut self, traffic: &mut Traffic) -> Result<(), Failure> {
        let wanted = traffic.accepted.saturating_add(1);
        let mut seen = Vec::new();
        let mut left = Queued::NotNow;
        while traffic.accepted < wanted {
            if left == Queued::NotNow {
                left = traffic.send_next(0, clock::now_ns(), self.fleet)?;
            }
            self.fleet.turn(TURN, &mut seen)?;
            seen.drain(..).try_for_each(|seen| traffic.take(&seen))?;
            traffic.watch("messages accepted", traffic.accepted)?;
        }
        Ok(())
    }

    fn come_back(&mut self, traffic: &mut Traffic, who: usize) -> Result<(), Failure> {
        self.fleet.open(who)?;
        let mut seen = Vec::new();
        while traffic.received < traffic.accepted {
            self.fleet.turn(TURN, &mut seen)?;
            seen.drain(..).try_for_each(|seen| traffic.take(&seen))?;
            traffic.watch("messages received", traffic.received)?;
        }
        Ok(())
    }
}
