//! Worlds of many seeds hold every property; each tells the same story twice.
#![expect(clippy::panic, clippy::print_stdout, reason = "a test says what is missing by failing")]

use core::ops::RangeInclusive;

use pinnace_sim::{Keep, run};

/// How a failing seed is run again.
fn replay_line(seed: u64) -> String {
    format!("PINNACE_SEED={seed} cargo test -p pinnace-sim --test seeds -- replay --nocapture")
}

/// Four tests share the seeds, so that they run beside each other.
#[track_caller]
fn check(seeds: RangeInclusive<u64>) {
    let (mut event_count, mut seed_count) = (0, 0_u64);
    for seed in seeds {
        let report = run(seed, None, Keep::Digest);
        if let Some(violation) = report.violation {
            panic!("seed {seed}: {violation}\n{}", replay_line(seed));
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

#[test]
fn seeds_1001_to_1500_hold() {
    check(1_001..=1_500);
}

#[test]
fn seeds_1501_to_2000_hold() {
    check(1_501..=2_000);
}

/// The seed of the environment with its whole story; without one, a seed of everyday life.
#[test]
fn replay() {
    let seed = std::env::var("PINNACE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let report = run(seed, None, Keep::Lines);
    for line in &report.trace {
        println!("{line}");
    }
    if let Some(violation) = report.violation {
        panic!("seed {seed}: {violation}");
    }
}

#[test]
fn same_seed_tells_the_same_story_whatever_ran_before() {
    let digests = |seeds: &[u64]| -> Vec<u64> {
        seeds.iter().map(|seed| run(*seed, None, Keep::Digest).digest).collect()
    };
    let seeds: Vec<u64> = (3_000..3_040).collect();
    let backwards: Vec<u64> = seeds.iter().rev().copied().collect();
    let mut again = digests(&backwards);
    again.reverse();
    let first = digests(&seeds);
    assert_eq!(first, again);
    let distinct: std::collections::BTreeSet<&u64> = first.iter().collect();
    assert_eq!(distinct.len(), seeds.len());
}
