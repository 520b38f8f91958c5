//! A seeded world of Pinnace: a server and a few devices that talk while everything goes wrong, and a judge who checks
//! after every step what must hold ([`Property`]), and in the end that a calm world settles and delivers everything.
//!
//! A seed stands for a plan: how many devices, how much they say, which limits the server serves with, and which of the
//! faults occur, how often. Each seed leaves some faults out. The same seed tells the same story, event by event: nothing
//! here reads a clock, a generator, a thread or a hash map, and a test compares the digests of two runs.
//!
//! ```
//! use pinnace_sim::{Bug, Keep, run};
//! let report = run(7, None, Keep::Digest);
//! assert_eq!(report.violation, None);
//! assert_eq!(report.digest, run(7, None, Keep::Lines).digest);
//! assert!((1..20).any(|seed| run(seed, Some(Bug::AckTakesOneMore), Keep::Digest).violation.is_some()));
//! ```
//!
//! # What is real
//!
//! | part | what runs |
//! |---|---|
//! | session | `ClientSession` and `ServerSession` with real Noise, certificates, GREASE, credit, timers |
//! | home | every operation of a registered device, registrations before the story begins, expiry, effects, recovery |
//! | store | `Committer`, `Overlay`, `Batch`, groups, recovery after a fault and after a start |
//! | edge | trays, the pump of a mailbox, which sessions of a device are here and which have to end |
//! | client | `engine::Engine` with its outbox, intake, pace and backoff; its `Store` over the real redb |
//!
//! # What is simulated
//!
//! - **The server's engine** (fjall, with its threads): rows in memory, a journal and snapshots on a file system that loses
//!   and tears what was not synchronised, names of files included. The thread that runs operations while the disk takes the
//!   group before is left out: here a group is committed before the next one is run.
//! - **A second way to commit**, in every third seed: each transaction by itself and effects later, as the rules allow and a
//!   store with row locks would do. There a crash finds effects half on their way.
//! - **The device's disk** below redb: sectors that were not synchronised survive or not.
//! - **The shells**: what `pinnace-server` does between sockets, store and `pinnace-edge` stands here again in a few hundred lines;
//!   the task around the client's engine is a function. Carriers are two streams of octets.
//! - **Time, chance, people.**
//!
//! # What goes wrong
//!
//! Connections that break, fall silent in one direction or both, or bring what was said long after it was given up; octets
//! that arrive late and in pieces; first flights that somebody replays; refused connections; processes that are killed and
//! machines that lose power, between any two steps of either side and in the middle of a commit; writes that are torn, lost
//! or refused by a full disk; payloads that a device rejects, or over which it fails each time; synchronisations that fail; a server's clock that jumps by up to two hours.
//!
//! # Groups
//!
//! [`run_circle`] plays another cast at the same server: four devices of four accounts, each the real client session over a disk that has
//! every step or none. They post and commit in one conversation, add and remove each other, come in anew by external commits, stage long
//! commits, whisper, put lists into force, leave KeyPackages
//! and claim each other's, while the same goes wrong. What members say is sealed by nothing: an envelope, and a name at its end, by which the
//! judge tells a device what its MLS would have told it. The judge holds one order against what each device has: every place named once, one
//! commit of each epoch, Welcomes with accepted commits only, nothing for those who were removed or came later, everything for the
//! others, each KeyPackage once; and in the end no payload, no count of holders and nothing on its way is left.
//!
//! # What is left out
//!
//! EPHEMERAL, registration over the wire and the removal of devices; in groups devices that leave their account.
//!
//! # Bugs that are planted
//!
//! [`Bug`] lists mistakes that an implementation could make. `tests/bugs.rs` and `tests/circle.rs` name the properties that find each,
//! and fail if none of them does within their seeds.
//!
//! # When a seed fails
//!
//! The test prints a line that runs the seed again with its whole story. Once the rule is mended and has a test of its own,
//! the seed goes into `tests/stories.txt` with what had gone wrong.
mod bug;
mod cast;
mod circle;
mod device;
mod dice;
mod engine;
mod files;
mod judgement;
mod ledger;
mod line;
mod operation;
mod plan;
mod platter;
mod property;
mod router;
mod server;
mod stage;
mod trace;
mod world;

pub use bug::Bug;
pub use property::{Property, Violation};
pub use trace::Keep;

use plan::Play;
use world::World;

/// What came of a seed.
#[derive(Clone, Debug)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// What did not hold, if anything.
    pub violation: Option<Violation>,
    /// A digest of everything that happened: the same story has the same digest.
    pub digest: u64,
    /// How many things happened.
    pub event_count: u64,
    /// What happened, line by line, where that was asked for.
    pub trace: Vec<String>,
}

/// Runs the world of a seed. What panics in it is a violation like any other.
#[must_use]
pub fn run(seed: u64, bug: Option<Bug>, keep: Keep) -> Report {
    caught((seed, Play::Devices), bug, keep)
}

/// Runs the world of a group: four devices that drive the client's session write to a conversation, add and remove each
/// other, and claim each other's KeyPackages.
#[must_use]
pub fn run_circle(seed: u64, bug: Option<Bug>, keep: Keep) -> Report {
    caught((seed, Play::Circle), bug, keep)
}

fn caught(story: (u64, Play), bug: Option<Bug>, keep: Keep) -> Report {
    let seed = story.0;
    std::panic::catch_unwind(|| play(story, bug, keep)).unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let what = text.or_else(|| payload.downcast_ref().cloned()).unwrap_or_default();
        failed(seed, Violation { property: Property::NothingPanics, what, at_ms: 0 })
    })
}

fn play(story: (u64, Play), bug: Option<Bug>, keep: Keep) -> Report {
    let seed = story.0;
    let Some(mut world) = World::new(story, keep, bug) else {
        let what = "the cast cannot be made".to_owned();
        return failed(seed, Violation { property: Property::StoreOpens, what, at_ms: 0 });
    };
    let event_count = world.run();
    let violation = world.violation();
    let digest = world.stage.trace.digest();
    Report { seed, violation, digest, event_count, trace: world.stage.trace.into_lines() }
}

const fn failed(seed: u64, violation: Violation) -> Report {
    Report { seed, violation: Some(violation), digest: 0, event_count: 0, trace: Vec::new() }
}
