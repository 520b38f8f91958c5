//! Worlds of a group hold every property; each planted bug of conversations and of the key directory is found.
#![expect(clippy::panic, clippy::print_stdout, reason = "a test says what is missing by failing")]

use core::ops::RangeInclusive;

use pinnace_sim::{Bug, Keep, Property, run_circle};

/// Seeds that are tried before a bug counts as not found.
const SEEDS_MAX: u64 = 500;

#[track_caller]
fn check(seeds: RangeInclusive<u64>) {
    let (mut event_count, mut seed_count) = (0, 0_u64);
    for seed in seeds {
        let report = run_circle(seed, None, Keep::Digest);
        if let Some(violation) = report.violation {
            panic!(
                "seed {seed}: {violation}\nPINNACE_SEED={seed} cargo test -p pinnace-sim --test circle -- replay --nocapture"
            );
        }
        event_count += report.event_count;
        seed_count += 1;
    }
    println!("{seed_count} seeds, {event_count} events");
}

#[test]
fn seeds_1_to_500_hold() {
    check(1..=500);
}

#[test]
fn seeds_501_to_1000_hold() {
    check(501..=1_000);
}

/// The seed of the environment with its whole story; without one, a seed of everyday life.
#[test]
fn replay() {
    let seed = std::env::var("PINNACE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let report = run_circle(seed, None, Keep::Lines);
    for line in &report.trace {
        println!("{line}");
    }
    if let Some(violation) = report.violation {
        panic!("seed {seed}: {violation}");
    }
}

#[test]
fn same_seed_tells_the_same_story() {
    for seed in 3_000..3_020 {
        let digest = || run_circle(seed, None, Keep::Digest).digest;
        assert_eq!(digest(), digest(), "seed {seed}");
    }
}

type Found = (Bug, &'static [Property]);

#[track_caller]
fn are_found(bugs: &[Found]) {
    for (bug, properties) in bugs {
        let found = (1..=SEEDS_MAX)
            .find_map(|seed| run_circle(seed, Some(*bug), Keep::Digest).violation.map(|it| (seed, it)));
        let Some((seed, violation)) = found else { panic!("{bug:?} was not found") };
        println!("{bug:?}: seed {seed}: {violation}");
        assert!(properties.contains(&violation.property), "{bug:?} was found by {violation}");
    }
}

/// What entries that stay on their way, or that come in another order, are found by.
const ASTRAY: &[Property] =
    &[Property::EntriesDelivered, Property::NothingLeft, Property::AcceptedIsKept, Property::OneOrder];

const MEMBERSHIP: &[Found] = &[
    (Bug::EpochUnchecked, &[Property::OneCommitPerEpoch]),
    (Bug::RefusedTakesEffect, &[Property::OneOutcome, Property::OneCommitPerEpoch]),
    (Bug::AcceptedUndone, &[Property::AcceptedIsKept]),
    (Bug::RemovedStays, &[Property::RosterOnly]),
    (Bug::RosterNotWritten, &[Property::RosterOnly, Property::EntriesDelivered]),
    (Bug::EpochNotKept, &[Property::OneOrder, Property::OneCommitPerEpoch, Property::AcceptedIsKept]),
    (Bug::PostForAll, &[Property::RosterOnly]),
];

const ENTRIES: &[Found] = &[
    (Bug::FanOutDropped, ASTRAY),
    (Bug::FanOutOvertakes, ASTRAY),
    (Bug::FanOutNotReplayed, ASTRAY),
    (Bug::FanOutMarkNotKept, &[Property::OneOrder]),
    (Bug::ReleaseDropped, &[Property::NothingLeft]),
];

const CLAIMS: &[Found] =
    &[(Bug::StockNotTaken, &[Property::KeyPackageOnce]), (Bug::TakenForgotten, &[Property::KeyPackageOnce])];

#[test]
fn every_bug_has_its_properties() {
    let listed: Vec<Bug> =
        [MEMBERSHIP, ENTRIES, CLAIMS].iter().flat_map(|bugs| bugs.iter().map(|(bug, _)| *bug)).collect();
    assert_eq!(listed.len(), Bug::CIRCLE.len());
    assert!(Bug::CIRCLE.iter().all(|bug| listed.contains(bug)));
}

#[test]
fn bugs_of_membership_are_found() {
    are_found(MEMBERSHIP);
}

#[test]
fn bugs_of_entries_on_their_way_are_found() {
    are_found(ENTRIES);
}

#[test]
fn bugs_of_claims_are_found() {
    are_found(CLAIMS);
}
