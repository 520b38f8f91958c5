//! KeyPackages are claimed.

use std::collections::{HashSet, VecDeque};
use std::time::Instant;

use super::{Size, Subject, nothing};
use crate::fleet::{Mail, Seen};
use crate::letter::Letter;
use crate::measure::{Figures, Measure, Span, add_latencies, figures, float};
use crate::pace::{PATIENCE, TURN};
use crate::{Failure, clock};

/// KeyPackages of a device: the stock that a server takes unless told otherwise.
const STOCK: u64 = 100;
/// Claims of one device without an answer.
const WINDOW: usize = 8;

/// All devices leave KeyPackages, then some of them claim them all. Each comes once, whoever claims it.
pub(super) fn claims(subject: &mut Subject<'_>, size: &Size) -> Result<Figures, Failure> {
    let devices: Vec<usize> = (0..size.members).collect();
    subject.introduce_all(&devices)?;
    let count = u64::try_from(size.members).unwrap_or(u64::MAX);
    let stock = (size.messages / count.max(1)).clamp(1, STOCK);
    devices.iter().try_for_each(|who| subject.fleet.stock(*who, 0..stock))?;
    subject.await_all("stocks filled", count, |seen| matches!(seen, Seen::Ready(_)))?;
    let mut claims = Claims::new(size, stock);
    let figures = subject.claim_all(&mut claims)?;
    subject.close_all(&devices)?;
    Ok(figures)
}

/// Claims under way.
struct Claims {
    /// Devices whose KeyPackages are left to claim: each stands there once for each.
    wanted: Vec<u32>,
    /// When each claimer asked, the oldest first.
    asked: Vec<VecDeque<u64>>,
    taken: HashSet<(u32, u64)>,
    count: usize,
    latencies: Vec<u64>,
}

impl Claims {
    fn new(size: &Size, stock: u64) -> Self {
        let members = u32::try_from(size.members).unwrap_or(u32::MAX);
        let wanted: Vec<u32> = (0..stock).flat_map(|_| 0..members).collect();
        let claimers = size.pairs.clamp(1, size.members);
        Self {
            count: wanted.len(),
            wanted,
            asked: vec![VecDeque::new(); claimers],
            taken: HashSet::new(),
            latencies: Vec::new(),
        }
    }
}

impl Subject<'_> {
    fn claim_all(&mut self, claims: &mut Claims) -> Result<Figures, Failure> {
        let (before, octets, began) = ((self.probe)(), self.fleet.octets(), clock::now_ns());
        let (mut seen, mut moved) = (Vec::new(), Instant::now());
        while claims.taken.len() < claims.count {
            claims.ask(self)?;
            self.fleet.turn(TURN, &mut seen)?;
            if !seen.is_empty() {
                moved = Instant::now();
            }
            seen.drain(..).try_for_each(|seen| claims.take(&seen))?;
            if moved.elapsed() > PATIENCE {
                let of = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
                let (done, wanted) = (of(claims.taken.len()), of(claims.count));
                return Err(Failure::Stuck { what: "KeyPackages claimed", done, wanted });
            }
        }
        let nanos = clock::now_ns().saturating_sub(began);
        let octets = self.fleet.octets().saturating_sub(octets);
        let count = u64::try_from(claims.count).unwrap_or(u64::MAX);
        let mut figures = figures(Span { count, octets, nanos }, &before, &(self.probe)());
        add_latencies(&mut figures, &mut claims.latencies);
        figures.insert(Measure::Received, float(count));
        Ok(figures)
    }
}

impl Claims {
    fn ask(&mut self, subject: &mut Subject<'_>) -> Result<(), Failure> {
        for (who, asked) in self.asked.iter_mut().enumerate() {
            let from = u32::try_from(who).unwrap_or(u32::MAX);
            while asked.len() < WINDOW {
                // Nobody is given a KeyPackage of its own.
                let Some(at) = self.wanted.iter().rposition(|to| *to != from) else { break };
                let to = self.wanted.swap_remove(at);
                let stamp_ns = clock::now_ns();
                subject.fleet.send(Mail::Claim, &Letter { from, to, number: 0, stamp_ns })?;
                asked.push_back(stamp_ns);
            }
        }
        Ok(())
    }

    fn take(&mut self, seen: &Seen) -> Result<(), Failure> {
        let Seen::Claimed(who, letter) = *seen else { return nothing(seen) };
        let asked = self.asked.get_mut(who).and_then(VecDeque::pop_front);
        let asked = asked.ok_or_else(|| Failure::Wrong(format!("device {who}: a KeyPackage unasked for")))?;
        self.latencies.push(clock::now_ns().saturating_sub(asked));
        if self.taken.insert((letter.from, letter.number)) {
            Ok(())
        } else {
            Err(Failure::Wrong(format!("a KeyPackage was handed out twice: {letter:?}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &[(usize, u64)], fitting: usize) {
        let mut claims = Claims {
            wanted: Vec::new(),
            asked: vec![VecDeque::from([0, 0]); 2],
            taken: HashSet::new(),
            count: 4,
            latencies: Vec::new(),
        };
        let letter = |number| Letter { from: 7, to: 7, number, stamp_ns: 0 };
        let mut taken =
            given.iter().map(|(who, number)| claims.take(&Seen::Claimed(*who, letter(*number))).is_ok());
        assert_eq!(taken.position(|fits| !fits), (fitting < given.len()).then_some(fitting));
    }

    #[test]
    fn key_packages_that_come_twice_or_unasked_for_are_told() {
        check(&[(0, 1), (1, 2), (0, 3)], 3);
        check(&[(0, 1), (1, 1)], 1);
        check(&[(0, 1), (0, 2), (0, 3)], 2);
    }
}
