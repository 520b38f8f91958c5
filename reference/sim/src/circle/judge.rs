//! The judge of a circle: one order for all, everything that is for a device and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use pinnace_session::client::Outcome;

use super::disk::Came4;
use super::{Ask, Came, MEMBERS, What};
use crate::ledger::{Ledger, Name};
use crate::property::Property;

/// What is known of a circle.
#[derive(Debug, Default)]
pub(crate) struct Circle {
    pub(crate) asks: BTreeMap<Name, Ask>,
    outcomes: BTreeMap<Name, Outcome>,
    /// What has which place.
    order: BTreeMap<u64, Name>,
    /// The entries of each device.
    logs: BTreeMap<usize, Vec<Came4>>,
    /// The epoch in which each device came in last, while it is in.
    joined: BTreeMap<usize, u64>,
    /// KeyPackages that somebody was given.
    given: BTreeSet<(u8, u8)>,
}

impl Ledger {
    /// A number of a device has its outcome.
    pub(super) fn on_circle_outcome(&mut self, name: Name, outcome: Outcome) {
        let before = *self.circle.outcomes.entry(name).or_insert(outcome);
        if before != outcome || outcome == Outcome::Voided {
            self.violate(Property::OneOutcome, format!("{name:?}: {before:?}, then {outcome:?}"));
        }
    }

    /// A device was given a KeyPackage for one use.
    pub(super) fn on_given(&mut self, device: usize, package: (u8, u8)) {
        if !self.circle.given.insert(package) {
            self.violate(Property::KeyPackageOnce, format!("{device} has {package:?}, which another has"));
        }
    }

    /// An entry is durable at a device.
    pub(super) fn on_came(&mut self, device: usize, (seq, came, name): Came4) {
        let Some(ask) = self.circle.asks.get(&name).cloned() else { return };
        let known = *self.circle.order.entry(seq).or_insert(name);
        let elsewhere = self.circle.order.iter().find(|(at, it)| **it == name && **at != seq);
        if known != name || elsewhere.is_some() {
            let what = format!("{device}: {seq} is {name:?}, and {known:?}; elsewhere {elsewhere:?}");
            self.violate(Property::OneOrder, what);
        }
        let log = self.circle.logs.entry(device).or_default();
        let last = log.last().map_or(0, |(last, ..)| *last);
        log.push((seq, came, name));
        if seq <= last {
            self.violate(Property::OneOrder, format!("{device}: {seq} after {last}"));
        }
        if ask.is_commit() {
            let is_twin = |(at, other): (&u64, &Name)| {
                let other = self.circle.asks.get(other);
                *at != seq && other.is_some_and(|other| other.is_commit() && other.epoch == ask.epoch)
            };
            if self.circle.order.iter().any(is_twin) {
                let what = format!("{name:?} is the second commit of epoch {}", ask.epoch);
                self.violate(Property::OneCommitPerEpoch, what);
            }
        }
        self.check_place(device, (seq, came, name), &ask);
    }

    /// Whether this entry is for this device.
    fn check_place(&mut self, device: usize, (seq, came, name): Came4, ask: &Ask) {
        let joined = self.circle.joined.get(&device).copied();
        let is_begin = came == Came::Own && ask.epoch == 0 && ask.is_commit();
        match came {
            Came::Welcome if !ask.adds(device) || joined.is_some() => {
                let what = format!("{device} has the Welcome of {name:?}, in since {joined:?}");
                self.violate(Property::WelcomeIsTrue, what);
            }
            Came::Message if joined.is_none_or(|joined| ask.epoch < joined) => {
                let what = format!("{device} has {name:?} of epoch {}, in since {joined:?}", ask.epoch);
                self.violate(Property::RosterOnly, what);
            }
            Came::Commit | Came::Own if joined.is_none() && !is_begin => {
                self.violate(Property::RosterOnly, format!("{device} has {name:?} at {seq} and is not in"));
            }
            Came::List if joined.is_none() => {
                self.violate(Property::RosterOnly, format!("{device} has {name:?} at {seq} and is not in"));
            }
            Came::Welcome | Came::Message | Came::Commit | Came::Own | Came::List => {}
        }
        if came == Came::Welcome {
            self.circle.joined.insert(device, ask.epoch_after());
        }
        if is_begin {
            self.circle.joined.insert(device, 0);
        }
        if came == Came::Own && ask.what == What::Return {
            self.circle.joined.insert(device, ask.epoch_after());
        }
        if ask.removes(device) {
            self.circle.joined.remove(&device);
        }
    }

    /// In the end: `last` is the conversation's last place, `roster` those that are in it, by its own rows.
    pub(crate) fn judge_circle(&mut self, last: u64, roster: &BTreeSet<usize>) {
        let places: Vec<u64> = self.circle.order.keys().copied().collect();
        if places != (1..=last).collect::<Vec<u64>>() {
            let what = format!("the conversation comes to {last}, its devices have {places:?}");
            self.violate(Property::AcceptedIsKept, what);
        }
        let order = &self.circle.order;
        let wrong = self.circle.outcomes.iter().find(|(name, outcome)| {
            (**outcome == Outcome::Accepted) != order.values().any(|placed| placed == *name)
        });
        if let Some((name, outcome)) = wrong {
            let property = match outcome {
                Outcome::Accepted => Property::AcceptedIsKept,
                Outcome::Refused(_) | Outcome::Voided => Property::OneOutcome,
            };
            let what = format!("{name:?} was told {outcome:?}, and the order says otherwise");
            self.violate(property, what);
        }
        let mut members = BTreeSet::new();
        for device in 0..MEMBERS {
            let (expected, is_in) = self.expected(device);
            members.extend(is_in.then_some(device));
            let log = self.circle.logs.get(&device).cloned().unwrap_or_default();
            if log != expected {
                let what = format!("{device} has {log:?}, for it are {expected:?}");
                self.violate(Property::EntriesDelivered, what);
            }
        }
        if members != *roster {
            self.violate(
                Property::RosterOnly,
                format!("the order leaves {members:?}, the roster says {roster:?}"),
            );
        }
    }

    /// What is for a device, and whether it is in the conversation in the end.
    fn expected(&self, device: usize) -> (Vec<Came4>, bool) {
        let (mut expected, mut joined) = (Vec::new(), None);
        for (seq, name) in &self.circle.order {
            let Some(ask) = self.circle.asks.get(name) else { continue };
            if ask.what == What::List {
                expected.extend(joined.map(|_| (*seq, Came::List, *name)));
            } else if ask.adds(device) {
                joined = Some(ask.epoch_after());
                expected.push((*seq, Came::Welcome, *name));
            } else if name.sender == device {
                joined = if ask.what == What::Return { Some(ask.epoch_after()) } else { joined.or(Some(0)) };
                expected.push((*seq, Came::Own, *name));
            } else if joined.is_some_and(|joined| ask.is_commit() || joined <= ask.epoch) {
                let came = if ask.is_commit() { Came::Commit } else { Came::Message };
                expected.push((*seq, came, *name));
            }
            if ask.removes(device) {
                joined = None;
            }
        }
        (expected, joined.is_some())
    }
}
