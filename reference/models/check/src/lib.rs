//! The worlds of `pinnace-models` under stateright: every state of them is visited.
#![expect(clippy::indexing_slicing, reason = "an index beyond the rules would end the first walk")]

use core::time::Duration;
use std::collections::BTreeSet;
use std::time::Instant;

use pinnace_models::{Action, Calm, Race, RaceCalm, RaceRule, Rule, Scenario, World};
use stateright::{Checker as _, HasDiscoveries, Model, Property};

/// A scenario, as stateright sees it.
pub struct Walk {
    scenario: Scenario,
    calm: Calm,
}

impl Model for Walk {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        World::new(&self.scenario).into_iter().collect()
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        // What lies behind a broken rule tells nothing more.
        if world.broken(&self.scenario).is_none() {
            actions.extend(world.actions(&self.scenario));
        }
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        Some(world.after(&self.scenario, action))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(Rule::AcceptedIsKept.name(), holds::<0>),
            Property::always(Rule::DurableFirst.name(), holds::<1>),
            Property::always(Rule::TakenOnce.name(), holds::<2>),
            Property::always(Rule::InOrder.name(), holds::<3>),
            Property::always(Rule::Dense.name(), holds::<4>),
            Property::always(Rule::OneOutcome.name(), holds::<5>),
            Property::always(Rule::RowsRead.name(), holds::<6>),
            Property::always(Rule::Fenced.name(), holds::<7>),
            Property::always(Rule::CursorWaits.name(), holds::<8>),
            Property::always(Rule::OlderStays.name(), holds::<9>),
            Property::always(Rule::HelloOnce.name(), holds::<10>),
            Property::always(Rule::CalmDelivers.name(), holds::<11>),
            Property::always(Rule::CalmLeavesOne.name(), holds::<12>),
            Property::sometimes(DONE, |walk: &Self, world: &World| world.is_done(&walk.scenario)),
        ]
    }
}

/// What a model that does something comes to.
const DONE: &str = "everything is delivered";

fn holds<const INDEX: usize>(walk: &Walk, world: &World) -> bool {
    let rule = Rule::ALL[INDEX];
    let broken = world.broken(&walk.scenario);
    if rule.is_of_calm() {
        return broken.is_some() || walk.calm.judge(world, &walk.scenario) != Err(rule);
    }
    broken != Some(rule)
}

/// What a walk found.
pub struct Found {
    /// States that differ.
    pub unique: usize,
    /// States that were generated.
    pub generated: usize,
    /// Steps from the first state to the farthest one.
    pub depth: usize,
    /// How long it took.
    pub took: Duration,
    /// Broken rules, each with the steps that lead there.
    pub broken: Vec<(&'static str, Vec<Action>)>,
    /// Whether everything was delivered in some state.
    pub done: bool,
}

/// Visits every state, or those up to the first that breaks one of these rules.
pub fn walk(scenario: Scenario, until: &[Rule], threads: usize) -> Found {
    let started = Instant::now();
    let until: BTreeSet<&'static str> = until.iter().map(|rule| rule.name()).collect();
    let finish = if until.is_empty() { HasDiscoveries::All } else { HasDiscoveries::AnyOf(until) };
    let walk = Walk { scenario, calm: Calm::default() };
    let checker = walk.checker().threads(threads).finish_when(finish).spawn_bfs().join();
    let mut discoveries: Vec<_> = checker.discoveries().into_iter().collect();
    discoveries.sort_by_key(|(name, _)| *name);
    let done = discoveries.iter().any(|(name, _)| *name == DONE);
    let broken = discoveries.into_iter().filter(|(name, _)| *name != DONE);
    Found {
        unique: checker.unique_state_count(),
        generated: checker.state_count(),
        depth: checker.max_depth(),
        took: started.elapsed(),
        broken: broken.map(|(name, path)| (name, path.into_actions())).collect(),
        done,
    }
}

/// A race, as stateright sees it.
struct RaceWalk<R: Race> {
    plan: R::Plan,
    calm: RaceCalm,
}

impl<R: Race> Model for RaceWalk<R> {
    type State = R;
    type Action = R::Act;

    fn init_states(&self) -> Vec<R> {
        R::first(&self.plan).into_iter().collect()
    }

    fn actions(&self, race: &R, acts: &mut Vec<R::Act>) {
        // What lies behind a broken rule tells nothing more.
        if race.broken().is_none() {
            acts.extend(race.acts(&self.plan));
        }
    }

    fn next_state(&self, race: &R, act: R::Act) -> Option<R> {
        Some(race.after(&self.plan, act))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(RaceRule::ALL[0].name(), keeps::<R, 0>),
            Property::always(RaceRule::ALL[1].name(), keeps::<R, 1>),
            Property::always(RaceRule::ALL[2].name(), keeps::<R, 2>),
            Property::always(RaceRule::ALL[3].name(), keeps::<R, 3>),
            Property::always(RaceRule::ALL[4].name(), keeps::<R, 4>),
            Property::always(RaceRule::ALL[5].name(), keeps::<R, 5>),
            Property::always(RaceRule::ALL[6].name(), keeps::<R, 6>),
            Property::always(RaceRule::ALL[7].name(), keeps::<R, 7>),
            Property::always(RaceRule::ALL[8].name(), keeps::<R, 8>),
            Property::always(RaceRule::ALL[9].name(), keeps::<R, 9>),
            Property::sometimes(OVER, |walk: &Self, race: &R| race.is_done(&walk.plan)),
        ]
    }
}

/// What a race that does something comes to.
const OVER: &str = "everybody has what can be had";

fn keeps<R: Race, const INDEX: usize>(walk: &RaceWalk<R>, race: &R) -> bool {
    let (rule, broken) = (RaceRule::ALL[INDEX], race.broken());
    if rule == RaceRule::CalmFinishes {
        return broken.is_some() || walk.calm.judge(race, &walk.plan).is_ok();
    }
    broken != Some(rule)
}

/// What a walk through a race found.
pub struct FoundRace<R: Race> {
    /// States that differ.
    pub unique: usize,
    /// States that were generated.
    pub generated: usize,
    /// Steps from the first state to the farthest one.
    pub depth: usize,
    /// How long it took.
    pub took: Duration,
    /// Broken rules, each with the steps that lead there.
    pub broken: Vec<(&'static str, Vec<R::Act>)>,
    /// Whether everybody had what can be had in some state.
    pub done: bool,
}

/// Visits every state of a race, or those up to the first that breaks one of these rules.
pub fn walk_race<R: Race + 'static>(plan: R::Plan, until: &[RaceRule], threads: usize) -> FoundRace<R>
where
    R::Plan: 'static,
    R::Act: 'static,
{
    let started = Instant::now();
    let until: BTreeSet<&'static str> = until.iter().map(|rule| rule.name()).collect();
    let finish = if until.is_empty() { HasDiscoveries::All } else { HasDiscoveries::AnyOf(until) };
    let walk = RaceWalk::<R> { plan, calm: RaceCalm::default() };
    let checker = walk.checker().threads(threads).finish_when(finish).spawn_bfs().join();
    let mut discoveries: Vec<_> = checker.discoveries().into_iter().collect();
    discoveries.sort_by_key(|(name, _)| *name);
    let done = discoveries.iter().any(|(name, _)| *name == OVER);
    let broken = discoveries.into_iter().filter(|(name, _)| *name != OVER);
    FoundRace {
        unique: checker.unique_state_count(),
        generated: checker.state_count(),
        depth: checker.max_depth(),
        took: started.elapsed(),
        broken: broken.map(|(name, path)| (name, path.into_actions())).collect(),
        done,
    }
}
