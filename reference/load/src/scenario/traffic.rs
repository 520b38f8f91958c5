//! Messages under way: each is accepted once, and received once, in order.

use std::collections::HashMap;
use std::time::Instant;

use super::{Subject, nothing};
use crate::fleet::{Fleet, Mail, Queued, Receipts, Seen};
use crate::letter::Letter;
use crate::measure::{Figures, Measure, float};
use crate::pace::{PATIENCE, TURN};
use crate::{Failure, clock};

/// A sender, its receiver, and how far they are.
#[derive(Clone, Copy, Debug)]
struct Route {
    to: u32,
    sent: u64,
    accepted: u64,
    received: u64,
    receipted: u64,
}

/// Messages of many senders, each with one receiver.
pub(super) struct Traffic {
    routes: HashMap<u32, Route>,
    order: Vec<u32>,
    per_route: u64,
    window: u64,
    pub(super) sent: u64,
    pub(super) accepted: u64,
    pub(super) received: u64,
    receipted: u64,
    /// From when a message was to leave to when it was received, in nanoseconds.
    pub(super) latencies: Vec<u64>,
    moved: Instant,
}

impl Traffic {
    /// Nothing yet, on these routes: as many messages on each, at most `window` of a sender without an outcome.
    pub(super) fn new(routes: impl Iterator<Item = (usize, usize)>, per_route: u64, window: usize) -> Self {
        let place = |who: usize| u32::try_from(who).unwrap_or(u32::MAX);
        let order: Vec<(u32, u32)> = routes.map(|(from, to)| (place(from), place(to))).collect();
        let start = |to| Route { to, sent: 0, accepted: 0, received: 0, receipted: 0 };
        Self {
            routes: order.iter().map(|(from, to)| (*from, start(*to))).collect(),
            order: order.iter().map(|(from, _)| *from).collect(),
            per_route,
            window: u64::try_from(window).unwrap_or(u64::MAX),
            sent: 0,
            accepted: 0,
            received: 0,
            receipted: 0,
            latencies: Vec::new(),
            moved: Instant::now(),
        }
    }

    /// Messages in all.
    pub(super) fn wanted(&self) -> u64 {
        self.per_route.saturating_mul(u64::try_from(self.order.len()).unwrap_or(u64::MAX))
    }

    /// Every sender sends what its window lets it.
    pub(super) fn send_all(&mut self, fleet: &mut dyn Fleet) -> Result<(), Failure> {
        for index in 0..self.order.len() {
            while self.send_next(index, clock::now_ns(), fleet)? == Queued::Yes {}
        }
        Ok(())
    }

    /// The sender at this place sends its next message, if it may.
    pub(super) fn send_next(
        &mut self,
        index: usize,
        stamp_ns: u64,
        fleet: &mut dyn Fleet,
    ) -> Result<Queued, Failure> {
        let Some(from) = self.order.get(index).copied() else { return Ok(Queued::NotNow) };
        let Some(route) = self.routes.get_mut(&from) else { return Ok(Queued::NotNow) };
        if route.sent >= self.per_route || route.sent.saturating_sub(route.accepted) >= self.window {
            return Ok(Queued::NotNow);
        }
        let letter = Letter { from, to: route.to, number: route.sent, stamp_ns };
        let queued = fleet.send(Mail::Message, &letter)?;
        if queued == Queued::Yes {
            route.sent = route.sent.saturating_add(1);
            self.sent = self.sent.saturating_add(1);
        }
        Ok(queued)
    }

    /// Takes what happened.
    pub(super) fn take(&mut self, seen: &Seen) -> Result<(), Failure> {
        self.moved = Instant::now();
        match *seen {
            Seen::Open(_) => Ok(()),
            Seen::Ready(_) | Seen::Joined(_) | Seen::Claimed(..) => nothing(seen),
            Seen::Accepted(who) => {
                let route = u32::try_from(who).ok().and_then(|from| self.routes.get_mut(&from));
                let route = route.filter(|route| route.accepted < route.sent);
                let route =
                    route.ok_or_else(|| Failure::Wrong(format!("device {who}: accepted and not sent")))?;
                route.accepted = route.accepted.saturating_add(1);
                self.accepted = self.accepted.saturating_add(1);
                Ok(())
            }
            Seen::Received(who, letter) => self.take_letter(who, &letter),
            Seen::Receipted(who, count) => {
                let route = u32::try_from(who).ok().and_then(|from| self.routes.get_mut(&from));
                let route = route.filter(|route| count <= route.received.saturating_sub(route.receipted));
                let route = route
                    .ok_or_else(|| Failure::Wrong(format!("device {who}: {count} receipts too many")))?;
                route.receipted = route.receipted.saturating_add(count);
                self.receipted = self.receipted.saturating_add(count);
                Ok(())
            }
        }
    }

    /// How many messages have come to the end of their way, receipts included where they are told.
    pub(super) fn done(&self, receipts: Receipts) -> u64 {
        let done = self.accepted.min(self.received);
        match receipts {
            Receipts::Told => done.min(self.receipted),
            Receipts::None => done,
        }
    }

    fn take_letter(&mut self, who: usize, letter: &Letter) -> Result<(), Failure> {
        let route = self.routes.get_mut(&letter.from);
        let route = route.filter(|route| {
            u32::try_from(who).is_ok_and(|who| who == letter.to && who == route.to)
                && route.received == letter.number
        });
        let route = route.ok_or_else(|| {
            Failure::Wrong(format!("device {who} has {letter:?}: lost, repeated or out of order"))
        })?;
        route.received = route.received.saturating_add(1);
        self.received = self.received.saturating_add(1);
        self.latencies.push(clock::now_ns().saturating_sub(letter.stamp_ns));
        Ok(())
    }

    /// Adds what was counted.
    pub(super) fn add_counts(&self, figures: &mut Figures) {
        figures.insert(Measure::Accepted, float(self.accepted));
        figures.insert(Measure::Received, float(self.received));
        figures.insert(Measure::Receipted, float(self.receipted));
    }

    /// Fails when nothing has moved for too long.
    pub(super) fn watch(&self, what: &'static str, done: u64) -> Result<(), Failure> {
        if self.moved.elapsed() > PATIENCE {
            return Err(Failure::Stuck { what, done, wanted: self.wanted() });
        }
        Ok(())
    }
}

impl Subject<'_> {
    /// Waits until all that was sent has come to its end.
    pub(super) fn collect(&mut self, traffic: &mut Traffic) -> Result<(), Failure> {
        let (wanted, receipts) = (traffic.wanted(), self.fleet.receipts());
        let mut seen = Vec::new();
        while traffic.done(receipts) < wanted {
            self.fleet.turn(TURN, &mut seen)?;
            seen.drain(..).try_for_each(|seen| traffic.take(&seen))?;
            traffic.watch("messages at the end of their way", traffic.done(receipts))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traffic() -> Traffic {
        let mut traffic = Traffic::new([(0, 1)].into_iter(), 3, 3);
        if let Some(route) = traffic.routes.get_mut(&0) {
            route.sent = 2;
        }
        traffic
    }

    #[track_caller]
    fn check(numbers: &[u64], fitting: usize) {
        let mut traffic = traffic();
        let letter = |number| Letter { from: 0, to: 1, number, stamp_ns: 0 };
        let mut taken =
            numbers.iter().map(|number| traffic.take(&Seen::Received(1, letter(*number))).is_ok());
        assert_eq!(taken.position(|fits| !fits), (fitting < numbers.len()).then_some(fitting));
    }

    #[test]
    fn lost_repeated_and_disordered_messages_are_told() {
        check(&[0, 1], 2);
        check(&[0, 0], 1);
        check(&[1], 0);
        check(&[1, 0], 0);
    }

    #[test]
    fn more_acceptances_than_messages_are_told() {
        let mut traffic = traffic();
        let taken = [0, 0, 0].map(|who| traffic.take(&Seen::Accepted(who)).is_ok());
        assert_eq!(taken, [true, true, false]);
        assert!(traffic.take(&Seen::Accepted(1)).is_err());
    }
}
