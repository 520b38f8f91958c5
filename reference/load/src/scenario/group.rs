//! Entries of groups under way: each is accepted once, and comes to each other member once, in its sender's order.

use std::collections::HashMap;
use std::time::Instant;

use super::{Subject, nothing};
use crate::fleet::{Fleet, Mail, Queued, Seen};
use crate::letter::Letter;
use crate::measure::{Figures, Measure, Span, add_latencies, figures, float};
use crate::pace::{PATIENCE, TURN};
use crate::{Failure, clock};

/// One who writes to a group, and how far it is.
#[derive(Clone, Copy, Debug)]
struct Writer {
    from: u32,
    group: u32,
    sent: u64,
    accepted: u64,
}

/// What is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// As what.
    pub(super) mail: Mail,
    /// Entries of each writer.
    pub(super) per_writer: u64,
    /// Entries of one writer without an outcome.
    pub(super) window: u64,
}

/// Entries of some writers.
pub(super) struct Entries {
    plan: Plan,
    writers: Vec<Writer>,
    /// The place of a writer, by its device.
    places: HashMap<u32, usize>,
    /// Others in the group of each writer.
    others: u64,
    /// The next number of a writer at a member.
    next: HashMap<(u32, u32), u64>,
    accepted: u64,
    received: u64,
    latencies: Vec<u64>,
    moved: Instant,
}

impl Entries {
    /// Nothing yet. Each device writes to one group; each group has so many other members.
    pub(super) fn new(plan: Plan, writers: &[(usize, u32)], others: usize) -> Self {
        let start = |&(from, group): &(usize, u32)| Writer { from: place(from), group, sent: 0, accepted: 0 };
        let writers: Vec<Writer> = writers.iter().map(start).collect();
        Self {
            plan,
            places: writers.iter().enumerate().map(|(index, writer)| (writer.from, index)).collect(),
            writers,
            others: u64::try_from(others).unwrap_or(u64::MAX),
            next: HashMap::new(),
            accepted: 0,
            received: 0,
            latencies: Vec::new(),
            moved: Instant::now(),
        }
    }

    /// Entries in all.
    fn wanted(&self) -> u64 {
        self.plan.per_writer.saturating_mul(u64::try_from(self.writers.len()).unwrap_or(u64::MAX))
    }

    fn is_done(&self) -> bool {
        self.wanted() <= self.accepted && self.wanted().saturating_mul(self.others) <= self.received
    }

    fn send_all(&mut self, fleet: &mut dyn Fleet) -> Result<(), Failure> {
        for writer in &mut self.writers {
            while writer.sent < self.plan.per_writer
                && writer.sent.saturating_sub(writer.accepted) < self.plan.window
            {
                let Writer { from, group, sent, .. } = *writer;
                let letter = Letter { from, to: group, number: sent, stamp_ns: clock::now_ns() };
                if fleet.send(self.plan.mail, &letter)? == Queued::NotNow {
                    break;
                }
                writer.sent = sent.saturating_add(1);
            }
        }
        Ok(())
    }

    fn take(&mut self, seen: &Seen) -> Result<(), Failure> {
        match *seen {
            Seen::Accepted(who) => {
                let index = self.places.get(&place(who)).copied();
                let writer = index.and_then(|index| self.writers.get_mut(index));
                let writer = writer.filter(|writer| writer.accepted < writer.sent);
                let writer =
                    writer.ok_or_else(|| Failure::Wrong(format!("device {who}: accepted and not sent")))?;
                writer.accepted = writer.accepted.saturating_add(1);
                self.accepted = self.accepted.saturating_add(1);
                Ok(())
            }
            Seen::Received(who, letter) => {
                let next = self.next.entry((place(who), letter.from)).or_default();
                if *next != letter.number || place(who) == letter.from {
                    return Err(Failure::Wrong(format!(
                        "device {who} has {letter:?}: lost, repeated or out of order"
                    )));
                }
                *next = next.saturating_add(1);
                self.received = self.received.saturating_add(1);
                self.latencies.push(clock::now_ns().saturating_sub(letter.stamp_ns));
                Ok(())
            }
            Seen::Open(_) | Seen::Receipted(..) | Seen::Ready(_) | Seen::Joined(_) | Seen::Claimed(..) => {
                nothing(seen)
            }
        }
    }
}

/// What figures are a share of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// An entry that was accepted.
    Entry,
    /// An entry that came to one member.
    Delivery,
}

impl Subject<'_> {
    /// Waits until so many of these things have happened, and nothing else.
    pub(super) fn await_all(
        &mut self,
        what: &'static str,
        mut wanted: u64,
        is_wanted: impl Fn(&Seen) -> bool,
    ) -> Result<(), Failure> {
        let (mut seen, mut moved) = (Vec::new(), Instant::now());
        while wanted > 0 {
            self.fleet.turn(TURN, &mut seen)?;
            for event in seen.drain(..) {
                if !is_wanted(&event) {
                    return nothing(&event);
                }
                (wanted, moved) = (wanted.saturating_sub(1), Instant::now());
            }
            if moved.elapsed() > PATIENCE {
                return Err(Failure::Stuck { what, done: 0, wanted });
            }
        }
        Ok(())
    }

    /// Connects these devices and makes them known.
    pub(super) fn introduce_all(&mut self, devices: &[usize]) -> Result<(), Failure> {
        self.open_all(devices, nothing)?;
        devices.iter().try_for_each(|who| self.fleet.introduce(*who))?;
        self.await_all("devices introduced", count(devices), |seen| matches!(seen, Seen::Ready(_)))
    }

    /// Makes a group of them.
    pub(super) fn gather(&mut self, devices: &[usize]) -> Result<u32, Failure> {
        let group = self.fleet.gather(devices)?;
        self.await_all("devices in a group", count(devices), |seen| {
            matches!(seen, Seen::Joined(_) | Seen::Accepted(_))
        })?;
        Ok(group)
    }

    /// Writes all of it, as fast as it goes.
    pub(super) fn write(&mut self, mut entries: Entries, unit: Unit) -> Result<Figures, Failure> {
        let (before, octets, began) = ((self.probe)(), self.fleet.octets(), clock::now_ns());
        let mut seen = Vec::new();
        entries.moved = Instant::now();
        while !entries.is_done() {
            entries.send_all(self.fleet)?;
            self.fleet.turn(TURN, &mut seen)?;
            if !seen.is_empty() {
                entries.moved = Instant::now();
            }
            seen.drain(..).try_for_each(|seen| entries.take(&seen))?;
            if entries.moved.elapsed() > PATIENCE {
                let (done, wanted) = (entries.accepted, entries.wanted());
                return Err(Failure::Stuck { what: "entries at the end of their way", done, wanted });
            }
        }
        let nanos = clock::now_ns().saturating_sub(began);
        let octets = self.fleet.octets().saturating_sub(octets);
        let count = if unit == Unit::Entry { entries.accepted } else { entries.received };
        let mut figures = figures(Span { count, octets, nanos }, &before, &(self.probe)());
        add_latencies(&mut figures, &mut entries.latencies);
        figures.insert(Measure::Accepted, float(entries.accepted));
        figures.insert(Measure::Received, float(entries.received));
        Ok(figures)
    }
}

fn count(devices: &[usize]) -> u64 {
    u64::try_from(devices.len()).unwrap_or(u64::MAX)
}

fn place(who: usize) -> u32 {
    u32::try_from(who).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(numbers: &[(usize, u64)], fitting: usize) {
        let plan = Plan { mail: Mail::Post, per_writer: 3, window: 3 };
        let mut entries = Entries::new(plan, &[(0, 7)], 2);
        let letter = |number| Letter { from: 0, to: 7, number, stamp_ns: 0 };
        let mut taken =
            numbers.iter().map(|(who, number)| entries.take(&Seen::Received(*who, letter(*number))).is_ok());
        assert_eq!(taken.position(|fits| !fits), (fitting < numbers.len()).then_some(fitting));
    }

    #[test]
    fn lost_repeated_and_disordered_entries_are_told() {
        check(&[(1, 0), (2, 0), (1, 1)], 3);
        check(&[(1, 0), (1, 0)], 1);
        check(&[(2, 1)], 0);
        check(&[(0, 0)], 0);
    }
}
