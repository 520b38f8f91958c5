//! Pairs, both online.

use super::traffic::Traffic;
use super::{Size, Subject, nothing, receiver, sender};
use crate::measure::{Figures, Span, add_latencies, figures};
use crate::pace::TURN;
use crate::{Failure, clock};

/// Each sender keeps its window full. A message counts when its sender has the outcome and its receiver has the message.
pub(super) fn online(subject: &mut Subject<'_>, size: &Size) -> Result<Figures, Failure> {
    let devices: Vec<usize> = (0..size.pairs).flat_map(|pair| [sender(pair), receiver(pair)]).collect();
    subject.open_all(&devices, nothing)?;
    let per_route = size.messages / u64::try_from(size.pairs.max(1)).unwrap_or(1);
    let routes = (0..size.pairs).map(|pair| (sender(pair), receiver(pair)));
    let figures = subject.flood(Traffic::new(routes, per_route, size.window))?;
    subject.close_all(&devices)?;
    Ok(figures)
}

impl Subject<'_> {
    /// Sends all of it, as fast as it goes.
    pub(super) fn flood(&mut self, mut traffic: Traffic) -> Result<Figures, Failure> {
        let (before, octets, began) = ((self.probe)(), self.fleet.octets(), clock::now_ns());
        let (wanted, receipts) = (traffic.wanted(), self.fleet.receipts());
        let mut seen = Vec::new();
        while traffic.done(receipts) < wanted {
            traffic.send_all(self.fleet)?;
            self.fleet.turn(TURN, &mut seen)?;
            seen.drain(..).try_for_each(|seen| traffic.take(&seen))?;
            traffic.watch("messages at the end of their way", traffic.done(receipts))?;
        }
        let nanos = clock::now_ns().saturating_sub(began);
        let octets = self.fleet.octets().saturating_sub(octets);
        let mut figures = figures(Span { count: wanted, octets, nanos }, &before, &(self.probe)());
        add_latencies(&mut figures, &mut traffic.latencies);
        traffic.add_counts(&mut figures);
        Ok(figures)
    }
}
