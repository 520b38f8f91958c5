//! A server's rows in memory: the rules run here as they do in a store, with no disk below them.
//!
//! For tests and fuzzers, so the feature `memory` has to ask for it. What the rules promise to every store is proven at each
//! transaction: that it touches one owner, and that it creates no row over another. [`World`] panics where it does not hold.
//!
//! ```
//! use pinnace_home::{MailboxMark, ReadRequest, Rules, device_id, memory::World, read};
//! let mut world = World::new(Rules::default());
//! let device = device_id(&[7; 32]);
//! let request = ReadRequest { device, after: MailboxMark::NOTHING, items_max: 10, bytes_max: 1_000 };
//! assert_eq!(world.look(|view, now_ms| read(view, now_ms, &request)).items, []);
//! world.now_ms += 1_000;
//! world.sweep();
//! assert_eq!(world.row_count(), 0);
//! ```
#![expect(clippy::expect_used, reason = "what is proven here is proven by panicking")]

mod committed;
mod transaction;
mod world;

pub use committed::{Changes, Committed};
pub use transaction::Transaction;
pub use world::{Crashed, MemoryFault, World};
