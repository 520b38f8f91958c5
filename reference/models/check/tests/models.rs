//! Every state of small worlds is visited: the rules hold in all of them, and each planted mistake breaks its own.
#![expect(clippy::print_stdout, reason = "a test says what it saw, and is wrong by failing")]

use pinnace_models::{Letters, Rule, Scenario, Twin, Writer};
use pinnace_models_check::{Found, walk};

/// Cores that a test may use.
const THREADS: usize = 2;

#[track_caller]
fn holds(name: &str, scenario: Scenario, states_min: usize) {
    let Found { unique, generated, depth, took, broken, done } = walk(scenario, &[], THREADS);
    println!("{name}: {unique} states, {generated} generated, depth {depth}, {took:.1?}, all visited");
    for (rule, path) in &broken {
        println!("  BROKEN {rule}, in {} steps: {path:?}", path.len());
    }
    assert!(broken.is_empty() && done, "{name}");
    assert!(unique >= states_min, "{name} visits {unique} states only");
}

#[track_caller]
fn are_found(scenario: &Scenario, twins: &[(Twin, &[Rule])]) {
    for (twin, rules) in twins {
        let Found { unique, broken, took, .. } = walk(scenario.clone().with(*twin), rules, 1);
        for (rule, path) in &broken {
            println!("{twin:?}: breaks \"{rule}\" in {} steps, {unique} states, {took:.1?}", path.len());
        }
        let is_named = broken.iter().any(|(name, _)| rules.iter().any(|rule| rule.name() == *name));
        assert!(is_named, "{twin:?} broke {broken:?}");
    }
}

/// Messages ride in first flights, and pages take their time.
fn first_flights() -> Scenario {
    Scenario { early_send_max: 1, page_is_late: true, ..Scenario::delivery() }
}

#[test]
fn delivery_holds() {
    holds("delivery, 1 message, 1 fault, single commits", Scenario::delivery(), 50_000);
}

#[test]
fn delivery_in_groups_holds() {
    let devices = vec![Letters { to: 1, count: 2 }, Letters { to: 0, count: 0 }];
    let scenario = Scenario { devices, writer: Writer::Grouped, ..Scenario::delivery() };
    holds("delivery, 2 messages, 1 fault, grouped commits", scenario, 100_000);
}

#[test]
fn takeover_holds() {
    holds("takeover, 1 message, 2 faults, grouped commits", Scenario::takeover(), 100_000);
}

#[test]
fn takeover_between_messages_holds() {
    let devices = vec![Letters { to: 0, count: 2 }];
    let scenario = Scenario { devices, fault_count: 1, ..Scenario::takeover() };
    holds("takeover, 2 messages, 1 fault, grouped commits", scenario, 30_000);
}

#[test]
fn mistakes_in_delivery_are_found() {
    are_found(&Scenario::delivery(), &Twin::DELIVERY);
    are_found(&first_flights(), &Twin::FIRST_FLIGHT);
}

#[test]
fn mistakes_in_takeover_are_found() {
    are_found(&Scenario::takeover(), &Twin::TAKEOVER);
}
