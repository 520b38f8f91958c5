//! The Pinnace client: an async library over the session machine, and the `pinnace` command.
//!
//! A [`Client`] is a handle to a task that keeps a session, reconnects with full jitter, and holds outbox and inbox in one
//! transactional [`Store`]: a crash at any instant neither loses nor doubles a message.
//!
//! ```no_run
//! use pinnace_client::{Client, Config, SendOptions, Store, SystemRandom, plain::Plain};
//!
//! # async fn example(to: pinnace_wire::DeviceId) -> Result<(), Box<dyn std::error::Error>> {
//! let store = Store::open("/home/me/.local/share/pinnace".as_ref(), &mut SystemRandom)?;
//! let client = Client::start(Config::default(), store)?;
//! let id = client.send(to, Plain::Text("ahoy").encode(), SendOptions::default()).await?;
//! println!("{:?}", client.outcome(id).await?);
//! client.close().await;
//! # Ok(())
//! # }
//! ```

mod address;
pub mod capture;
mod client;
pub mod conversation;
pub mod devices;
pub mod engine;
pub mod files;
pub mod hex;
pub mod identity;
mod intake;
mod item;
mod judge;
mod keys;
pub mod link;
mod message;
mod observe;
mod pace;
pub mod plain;
mod random;
mod rejected;
mod state;
pub mod store;

pub use address::{AddressError, Carrier, ServerAddress};
pub use client::{Client, Config, StartError, Stopped};
pub use engine::command::{RegisterAnswer, RegisterError, RegisterStep, SendError, VoidError};
pub use intake::{Intake, Taken};
pub use item::{Content, InboxItem, ItemNumber};
pub use judge::{Judge, take_all};
pub use keys::Keys;
pub use message::{Destination, MessageId, OutboxRecord, OutboxWish, Outcome, SendOptions};
pub use observe::Observe;
pub use pace::Pace;
pub use pinnace_session::Direction;
pub use random::{Random, SystemRandom};
pub use rejected::Rejected;
pub use state::{Event, LastError, LinkState, State, StopReason};
pub use store::{Store, StoreError};
