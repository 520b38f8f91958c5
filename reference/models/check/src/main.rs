//! Visits every state of a world:
//! `cargo run --release --manifest-path reference/models/check/Cargo.toml -- delivery --messages 3 --senders 2 --faults 2`.
#![expect(clippy::print_stdout, reason = "a tool that prints")]

use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use pinnace_models::{
    Calm, ClaimPlan, ClaimTwin, Claims, CommitPlan, CommitTwin, Commits, Letters, Race, RaceRule, Rule,
    Scenario, Twin, Writer,
};
use pinnace_models_check::{Found, FoundRace, walk, walk_race};

/// Visits every state of a small world of the real rules, and says whether they hold in each.
#[derive(Parser)]
struct Arguments {
    /// Which world.
    model: World,
    /// Messages of each sender.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(0..=9))]
    messages: u64,
    /// Devices that send. In the world of takeover the first one is the device itself.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=3))]
    senders: u8,
    /// How often something goes wrong, at most.
    #[arg(long)]
    faults: Option<u8>,
    /// Messages that ride in a first flight.
    #[arg(long)]
    early: Option<u64>,
    /// Commit as the embedded store does, all that waits at once; without it each transaction by itself.
    #[arg(long)]
    grouped: bool,
    /// Let the first page of a mailbox take its time; in the world of takeover it always does.
    #[arg(long)]
    late_page: bool,
    /// A planted mistake, by its name in the code; the walk ends where a rule breaks.
    #[arg(long)]
    twin: Option<String>,
    /// Print the state that breaks a rule, and the one that it comes to rest in.
    #[arg(long)]
    show: bool,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum World {
    /// Senders, a receiver, a server that crashes, a network that loses.
    Delivery,
    /// A device whose connections take each other's place.
    Takeover,
    /// Accounts that claim the KeyPackages of one device.
    Claims,
    /// Members that add devices at once.
    Adding,
    /// Members that remove a device at once, while it speaks.
    Removing,
    /// Devices that begin one conversation at once.
    Beginning,
}

fn scenario(arguments: &Arguments) -> Result<Scenario, String> {
    let letters = |to| Letters { to, count: arguments.messages };
    let mut scenario = match arguments.model {
        World::Delivery => {
            let receiver = usize::from(arguments.senders);
            let senders = (0..receiver).map(|_| letters(receiver));
            let devices: Vec<_> = senders.chain([Letters { to: 0, count: 0 }]).collect();
            Scenario { struck: devices.len(), devices, ..Scenario::delivery() }
        }
        World::Takeover => {
            let others = (1..arguments.senders).map(|_| letters(0));
            Scenario { devices: [letters(0)].into_iter().chain(others).collect(), ..Scenario::takeover() }
        }
        World::Claims | World::Adding | World::Removing | World::Beginning => {
            return Err("a race is no scenario".to_owned());
        }
    };
    let single = if arguments.grouped { Writer::Grouped } else { Writer::Single };
    scenario.writer = single;
    scenario.fault_count = arguments.faults.unwrap_or(scenario.fault_count);
    scenario.early_send_max = arguments.early.unwrap_or(scenario.early_send_max);
    scenario.page_is_late |= arguments.late_page;
    if let Some(name) = &arguments.twin {
        let mut twins =
            Twin::DELIVERY.iter().chain(&Twin::FIRST_FLIGHT).chain(&Twin::TAKEOVER).map(|(twin, _)| *twin);
        let twin = twins.find(|twin| format!("{twin:?}") == *name);
        scenario.twin = Some(twin.ok_or_else(|| format!("no mistake is called {name}"))?);
    }
    Ok(scenario)
}

fn commit_plan(arguments: &Arguments, plan: CommitPlan) -> Result<CommitPlan, String> {
    let faults = arguments.faults.unwrap_or(plan.faults);
    let twin = named(arguments, CommitTwin::ALL.iter().map(|(twin, _)| *twin))?;
    Ok(CommitPlan { faults, twin, ..plan })
}

fn claim_plan(arguments: &Arguments, plan: ClaimPlan) -> Result<ClaimPlan, String> {
    let faults = arguments.faults.unwrap_or(plan.faults);
    let twin = named(arguments, ClaimTwin::ALL.iter().map(|(twin, _)| *twin))?;
    Ok(ClaimPlan { faults, twin, ..plan })
}

/// The mistake that is asked for.
fn named<T: Copy + core::fmt::Debug>(
    arguments: &Arguments,
    mut twins: impl Iterator<Item = T>,
) -> Result<Option<T>, String> {
    let Some(name) = &arguments.twin else { return Ok(None) };
    let twin = twins.find(|twin| format!("{twin:?}") == *name);
    twin.map(Some).ok_or_else(|| format!("no mistake is called {name}"))
}

/// Walks a race and tells what it found.
fn race<R: Race + 'static>(arguments: &Arguments, plan: Result<R::Plan, String>) -> ExitCode
where
    R::Plan: 'static,
    R::Act: 'static,
{
    let plan = match plan {
        Ok(plan) => plan,
        Err(what) => {
            eprintln!("{what}");
            return ExitCode::from(2);
        }
    };
    let until: &[RaceRule] = if arguments.twin.is_some() { &RaceRule::ALL } else { &[] };
    let FoundRace { unique, generated, depth, took, broken, done } =
        walk_race::<R>(plan, until, arguments.threads);
    for rule in RaceRule::ALL {
        match broken.iter().find(|(name, _)| *name == rule.name()) {
            None => println!("holds   {}", rule.name()),
            Some((name, path)) => {
                println!("BROKEN  {name}, in {} steps:", path.len());
                path.iter().for_each(|act| println!("          {act:?}"));
            }
        }
    }
    let whole = if broken.is_empty() { "every state was visited" } else { "the walk ended early" };
    println!("{unique} states, {generated} generated, {depth} steps deep, {took:.1?}; {whole}");
    if broken.is_empty() && done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.model {
        World::Delivery | World::Takeover => {}
        World::Claims => return race::<Claims>(&arguments, claim_plan(&arguments, ClaimPlan::race())),
        World::Adding => return race::<Commits>(&arguments, commit_plan(&arguments, CommitPlan::adding())),
        World::Removing => {
            return race::<Commits>(&arguments, commit_plan(&arguments, CommitPlan::removing_twice()));
        }
        World::Beginning => {
            return race::<Commits>(&arguments, commit_plan(&arguments, CommitPlan::beginning()));
        }
    }
    let scenario = match scenario(&arguments) {
        Ok(scenario) => scenario,
        Err(what) => {
            eprintln!("{what}");
            return ExitCode::from(2);
        }
    };
    let until: &[Rule] = if scenario.twin.is_some() { &Rule::ALL } else { &[] };
    let Found { unique, generated, depth, took, broken, done } =
        walk(scenario.clone(), until, arguments.threads);
    for rule in Rule::ALL {
        match broken.iter().find(|(name, _)| *name == rule.name()) {
            None => println!("holds   {}", rule.name()),
            Some((name, path)) => {
                println!("BROKEN  {name}, in {} steps:", path.len());
                let mut world = pinnace_models::World::new(&scenario);
                for action in path {
                    println!("          {action:?}");
                    world = world.map(|world| world.after(&scenario, *action));
                }
                if let Some(world) = world.filter(|_| arguments.show) {
                    println!("{world:#?}\nRESTS AS\n{:#?}", Calm::rest(&world, &scenario));
                }
            }
        }
    }
    let whole = if broken.is_empty() { "every state was visited" } else { "the walk ended early" };
    println!("{unique} states, {generated} generated, {depth} steps deep, {took:.1?}; {whole}");
    if broken.is_empty() && done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
