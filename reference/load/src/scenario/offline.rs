//! Messages for devices that are not there, and their drain.

use super::traffic::Traffic;
use super::{Size, Subject, nothing, receiver, sender};
use crate::fleet::Receipts;
use crate::measure::{Figures, Span, figures};
use crate::pace::TURN;
use crate::{Failure, clock};

/// Stores messages for absent receivers; then all receivers come at once and take them. The drain is timed from the first
/// connection on.
pub(super) fn offline(subject: &mut Subject<'_>, size: &Size) -> Result<(Figures, Figures), Failure> {
    let senders: Vec<usize> = (0..size.pairs).map(sender).collect();
    let receivers: Vec<usize> = (0..size.pairs).map(receiver).collect();
    subject.open_all(&senders, nothing)?;
    let per_route = size.messages / u64::try_from(size.pairs.max(1)).unwrap_or(1);
    let routes = senders.iter().copied().zip(receivers.iter().copied());
    let mut traffic = Traffic::new(routes, per_route, size.window);
    let stored = subject.store(&mut traffic)?;
    subject.close_all(&senders)?;
    let drained = subject.drain(&mut traffic, &receivers)?;
    subject.close_all(&receivers)?;
    if subject.fleet.receipts() == Receipts::Told {
        // They are no part of either figure, and would be in the way of the next run.
        subject.open_all(&senders, |seen| traffic.take(seen))?;
        subject.collect(&mut traffic)?;
        subject.close_all(&senders)?;
    }
    Ok((stored, drained))
}

impl Subject<'_> {
    fn store(&mut self, traffic: &mut Traffic) -> Result<Figures, Failure> {
        let (before, octets, began) = ((self.probe)(), self.fleet.octets(), clock::now_ns());
        let wanted = traffic.wanted();
        let mut seen = Vec::new();
        while traffic.accepted < wanted {
            traffic.send_all(self.fleet)?;
            self.fleet.turn(TURN, &mut seen)?;
            seen.drain(..).try_for_each(|seen| traffic.take(&seen))?;
            traffic.watch("messages accepted", traffic.accepted)?;
        }
        if traffic.received > 0 {
            return Err(Failure::Wrong(format!("{} messages came to absent devices", traffic.received)));
        }
        let nanos = clock::now_ns().saturating_sub(began);
        let octets = self.fleet.octets().saturating_sub(octets);
        let mut figures = figures(Span { count: wanted, octets, nanos }, &before, &(self.probe)());
        traffic.add_counts(&mut figures);
        Ok(figures)
    }

    fn drain(&mut self, traffic: &mut Traffic, receivers: &[usize]) -> Result<Figures, Failure> {
        let (before, octets, began) = ((self.probe)(), self.fleet.octets(), clock::now_ns());
        let wanted = traffic.wanted();
        self.open_all(receivers, |seen| traffic.take(seen))?;
        let mut seen = Vec::new();
        while traffic.received < wanted {
            self.fleet.turn(TURN, &mut seen)?;
            seen.drain(..).try_for_each(|seen| traffic.take(&seen))?;
            traffic.watch("messages received", traffic.received)?;
        }
        let nanos = clock::now_ns().saturating_sub(began);
        let octets = self.fleet.octets().saturating_sub(octets);
        let mut figures = figures(Span { count: wanted, octets, nanos }, &before, &(self.probe)());
        traffic.add_counts(&mut figures);
        Ok(figures)
    }
}
