//! The Pinnace secure channel and session machines of both roles, without I/O.

#![no_std]

extern crate alloc;

mod acked;
mod alias;
mod breach;
pub mod certificate;
mod channel;
pub mod client;
mod close_reason;
mod credit;
mod delivered;
pub mod digest;
pub mod ed25519;
mod grease;
pub mod label;
mod limit;
mod message;
pub mod noise;
mod not_now;
mod outbox;
mod place;
mod prologue;
mod queue;
mod realm;
mod registration_state;
mod scratch;
mod seed;
pub mod server;
mod time;

pub use acked::{Acked, MailboxRange};
pub use certificate::Trust;
pub use channel::KeyLog;
pub use client::ClientSession;
pub use close_reason::CloseReason;
pub use credit::Budget;
pub use grease::Grease;
pub use message::{Message, ReceiptWish};
pub use not_now::NotNow;
pub use realm::{RealmId, account_id, device_id, root_key_id};
pub use registration_state::{RegistrationState, Replace};
pub use scratch::Scratch;
pub use seed::Seed;
pub use server::ServerSession;
pub use time::Now;
