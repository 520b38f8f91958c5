//! Every state of small races is visited: the rules hold in all of them, and each planted mistake breaks its own.
#![expect(clippy::print_stdout, reason = "a test says what it saw, and is wrong by failing")]

use pinnace_models::{ClaimPlan, ClaimTwin, Claims, CommitPlan, CommitTwin, Commits, Race, RaceRule};
use pinnace_models_check::{FoundRace, walk_race};

/// Cores that a test may use.
const THREADS: usize = 2;

#[track_caller]
fn holds<R: Race + 'static>(name: &str, plan: R::Plan, states_min: usize)
where
    R::Plan: 'static,
    R::Act: 'static,
{
    let FoundRace { unique, generated, depth, took, broken, done } = walk_race::<R>(plan, &[], THREADS);
    println!("{name}: {unique} states, {generated} generated, depth {depth}, {took:.1?}, all visited");
    for (rule, path) in &broken {
        println!("  BROKEN {rule}, in {} steps: {path:?}", path.len());
    }
    assert!(broken.is_empty() && done, "{name}");
    assert!(unique >= states_min, "{name} visits {unique} states only");
}

#[track_caller]
fn is_found<R: Race + 'static>(twin: &str, plan: R::Plan, rules: &[RaceRule])
where
    R::Plan: 'static,
    R::Act: 'static,
{
    let FoundRace { unique, broken, took, .. } = walk_race::<R>(plan, rules, 1);
    for (rule, path) in &broken {
        println!("{twin}: breaks \"{rule}\" in {} steps, {unique} states, {took:.1?}", path.len());
    }
    let is_named = broken.iter().any(|(name, _)| rules.iter().any(|rule| rule.name() == *name));
    assert!(is_named, "{twin} broke {broken:?}");
}

#[test]
fn claims_hold() {
    holds::<Claims>(
        "3 accounts claim, 3 KeyPackages and one of last resort, 2 faults",
        ClaimPlan::race(),
        8_000,
    );
    let plan = ClaimPlan { has_last_resort: false, ..ClaimPlan::race() };
    holds::<Claims>("3 accounts claim, 3 KeyPackages, 2 faults", plan, 8_000);
}

#[test]
fn commits_hold() {
    holds::<Commits>("2 members add 2 devices, one of them speaks, 1 fault", CommitPlan::adding(), 30_000);
    holds::<Commits>("a member removes another, which speaks, 1 fault", CommitPlan::removing(), 5_000);
}

#[test]
fn creates_hold() {
    holds::<Commits>(
        "2 devices begin one conversation, one of them speaks, 1 fault",
        CommitPlan::beginning(),
        15_000,
    );
}

#[test]
fn mistakes_in_claims_are_found() {
    for (twin, rules) in ClaimTwin::ALL {
        is_found::<Claims>(&format!("{twin:?}"), ClaimPlan { twin: Some(twin), ..ClaimPlan::race() }, rules);
    }
}

#[test]
fn mistakes_in_commits_are_found() {
    for (twin, rules) in CommitTwin::ALL {
        is_found::<Commits>(
            &format!("{twin:?}"),
            CommitPlan { twin: Some(twin), ..CommitPlan::adding() },
            rules,
        );
    }
    let plan = CommitPlan { twin: Some(CommitTwin::RosterNotKept), ..CommitPlan::removing() };
    is_found::<Commits>("RosterNotKept", plan, &[RaceRule::RemovedHearsNothing]);
}
