//! Durable engines that run the rules of the home inside their own transactions.
//!
//! [`Store`] is a trait of whole operations, not of get and put: an engine batches inside. [`Embedded`] keeps
//! everything in one directory of one process. What an operation's future gives is durable: it survives the loss of
//! power.
//!
//! What [`Embedded`] does between its threads and its files, the [`Committer`] does over any [`Engine`]: the simulation
//! runs it over a disk of its own.
//!
//! ```
//! use pinnace_home::{HelloDone, HelloRequest, HelloCounter, ClientMark, MailboxMark};
//! use pinnace_store::{Embedded, Options, Store};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let scratch = tempfile::tempdir()?;
//! # let dir = scratch.path().join("data");
//! let store = Embedded::open(&dir, Options::default())?;
//! let request = HelloRequest {
//!     static_key: [7; 32],
//!     hello_counter: HelloCounter::new(1).ok_or("counter")?,
//!     settled: ClientMark::NOTHING,
//!     cursor: MailboxMark::NOTHING,
//! };
//! let done = futures_util::future::FutureExt::now_or_never(async { store.hello(request).await });
//! assert!(done.is_none_or(|done| matches!(done, Ok(HelloDone::Unregistered { .. }))));
//! # Ok(())
//! # }
//! ```

mod ahead;
mod archive;
mod committer;
mod dir;
mod disk;
mod embedded;
mod engine;
mod error;
mod export;
mod fjall_engine;
mod group;
mod job;
mod journal;
mod manifest;
mod mark;
mod memo;
mod merge;
mod metrics;
mod notice;
mod operations;
mod options;
mod overlay;
mod reader;
#[cfg(test)]
mod recovery;
mod shared;
mod store;
mod watchdog;
mod work;
mod writer;

pub use committer::{Committer, Durable, Failed};
pub use embedded::Embedded;
pub use engine::Engine;
pub use error::{OpenError, StoreError};
pub use export::export;
pub use job::{Haste, Job, JobFault, Scene, Task};
pub use metrics::Metrics;
pub use notice::{Notice, NotifySink};
pub use options::{Clock, Options, Stall};
pub use overlay::{Batch, Change, Overlay};
pub use store::Store;
