//! Both session machines under a schedule: octets, time, wishes and answers in any order.

mod answers;
mod claims;
mod end;
mod table;
mod wishes;
mod world;

use arbitrary::Unstructured;

use world::World;

/// Steps of one schedule: more would only be slower.
const STEPS_MAX: usize = 200;

/// The octets are a schedule for a client and a server, or for one of them and an end that says anything. At no step does a
/// machine panic, move as the table of the specification does not allow, let more wait than its bound, or tell ACCEPTED of a
/// message that the store has not told to be durable.
///
/// # Panics
/// When one of these does not hold.
pub fn session(octets: &[u8]) {
    let mut schedule = Unstructured::new(octets);
    let Ok(mut world) = World::new(&mut schedule) else { return };
    for _ in 0..STEPS_MAX {
        if schedule.is_empty() || world.step(&mut schedule).is_err() {
            break;
        }
    }
    world.end();
}
