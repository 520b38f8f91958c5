//! Worlds of the real server and client rules, small enough that every state of them is visited.
//!
//! A [`World`] is one state: rows, connections, devices. [`World::actions`] lists what can happen next, [`World::after`] does one
//! of them. A checker walks all of them from [`World::new`] and asks after each whether the [`Rule`]s hold. Nothing here
//! decides what a server or client does: that is done by the code that ships, listed in the crate's README.
//!
//! ```
//! use pinnace_models::{Calm, Scenario, World};
//! let scenario = Scenario::delivery();
//! let world = World::new(&scenario).unwrap();
//! assert!(!world.actions(&scenario).is_empty());
//! assert_eq!(Calm::default().judge(&world, &scenario), Ok(()));
//! ```

mod action;
mod calm;
mod cast;
mod choices;
mod commits;
mod device;
mod fault;
mod history;
mod line;
mod race;
mod rows;
mod rule;
mod scenario;
mod server;
mod session;
mod store;
mod twin;
mod world;

pub use action::Action;
pub use calm::Calm;
pub use fault::Fault;
pub use line::LineId;
pub use race::{
    ClaimAct, ClaimPlan, ClaimTwin, Claims, CommitAct, CommitPlan, CommitTwin, Commits, Race, RaceCalm,
    RaceRule, Want,
};
pub use rule::Rule;
pub use scenario::{Letters, Scenario, Writer};
pub use twin::Twin;
pub use world::World;
