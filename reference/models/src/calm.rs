//! What becomes of a world in which nothing goes wrong any more.

use core::hash::{Hash, Hasher};
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::sync::{Mutex, PoisonError};

use crate::line::{ClientEnd, Line, ServerEnd};
use crate::rows::Seen;
use crate::{Action, Rule, Scenario, World};

/// Steps after which a calm world counts as one that never rests.
const STEPS_MAX: usize = 1_000;

/// Walks worlds to their calm end, and remembers from where that ends well.
///
/// A world's calm end is that of the state after its first calm action, so each state is walked about once.
#[derive(Debug, Default)]
pub struct Calm {
    good: Mutex<HashSet<u64>>,
}

impl Calm {
    /// Follows the first action that needs no fault, until there is none.
    ///
    /// # Errors
    /// [`Rule::CalmDelivers`] or [`Rule::CalmLeavesOne`].
    pub fn judge(&self, world: &World, scenario: &Scenario) -> Result<(), Rule> {
        let mut path = Vec::new();
        let mut world = world.clone();
        for _ in 0..STEPS_MAX {
            // How many faults may still come is of no interest here.
            world.faults_left = 0;
            let print = print(&world);
            if self.good().contains(&print) {
                self.good().extend(path);
                return Ok(());
            }
            path.push(print);
            let next = world.actions(scenario).into_iter().find(|action| Action::is_calm(*action));
            let Some(next) = next else {
                rests_well(&world, scenario)?;
                self.good().extend(path);
                return Ok(());
            };
            world = world.after(scenario, next);
            if world.broken.is_some() {
                // The state where that happened says so itself.
                return Ok(());
            }
        }
        Err(Rule::CalmDelivers)
    }

    /// The state in which a world comes to rest, for those who want to see what is missing there.
    #[must_use]
    pub fn rest(world: &World, scenario: &Scenario) -> World {
        let mut world = World { faults_left: 0, ..world.clone() };
        for _ in 0..STEPS_MAX {
            let Some(next) = world.actions(scenario).into_iter().find(|action| action.is_calm()) else {
                break;
            };
            world = world.after(scenario, next);
        }
        world
    }

    fn good(&self) -> std::sync::MutexGuard<'_, HashSet<u64>> {
        self.good.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn print(world: &World) -> u64 {
    let mut hasher = DefaultHasher::new();
    world.hash(&mut hasher);
    hasher.finish()
}

/// Whether a world that rests has nothing left to do, and did everything.
fn rests_well(world: &World, scenario: &Scenario) -> Result<(), Rule> {
    let seen = Seen::of(&world.rows, world.devices.len());
    let is_done = scenario.devices.iter().enumerate().all(|(index, letters)| {
        let is_settled = world.devices.get(index).is_some_and(|it| it.outbox.settled == letters.count);
        let inbox = world.devices.get(letters.to).map(|to| &to.inbox);
        let is_taken = (1..=letters.count).all(|seq| inbox.is_some_and(|it| it.contains(&(index, seq))));
        is_settled && is_taken
    });
    let is_acknowledged = seen.devices.iter().all(|device| device.cursor == device.last);
    let is_up = |line: &Line| {
        matches!(line.client, ClientEnd::Online { .. })
            && matches!(&line.server, ServerEnd::Member(member) if member.unconfirmed.is_none())
    };
    let count = |index| world.lines.iter().filter(|line| line.device == index).count();
    let is_here = |index: usize| world.lines.iter().any(|line| line.device == index && is_up(line));
    if (0..world.devices.len()).any(|index| count(index) > 1) {
        return Err(Rule::CalmLeavesOne);
    }
    let are_here = (0..world.devices.len()).all(is_here);
    if is_done && is_acknowledged && are_here && seen.unfiled.is_empty() {
        Ok(())
    } else {
        Err(Rule::CalmDelivers)
    }
}
