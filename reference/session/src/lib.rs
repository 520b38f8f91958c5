//! The Pinnace secure channel and session machines of both roles, without I/O.
//!
//! A session takes in records, times, answers and wishes; it gives out records, events and the time of its next timer. It
//! reads no clock, no socket and no generator. Its behaviour is that of the tables in `spec/data/machines`, which a test
//! walks from end to end.
//!
//! # How a shell drives a session
//!
//! 1. While `wants_record` says so, give each record of the carrier to `on_record`.
//! 2. Take events by `poll_event` until there is none. Give the answers of the store as they come.
//! 3. Take records by `poll_transmit` and give them to the carrier; ask again when it has taken them. What waits
//!    meanwhile shares records.
//! 4. Call `on_timeout` at the time that `poll_timeout` names.
//! 5. End the connection when `is_over` says so.
//!
//! ```
//! use std::sync::Arc;
//!
//! use pinnace_session::certificate::{EdgeTerms, sign_edge};
//! use pinnace_session::client::{ClientConfig, ClientEvent, ClientLimits, FirstFlight};
//! use pinnace_session::ed25519::SigningKey;
//! use pinnace_session::noise::StaticSecret;
//! use pinnace_session::server::{HelloAnswer, ServerConfig, ServerEvent, ServerLimits};
//! use pinnace_session::{ClientSession, Grease, KeyLog, Now, RealmId, Scratch, Seed, ServerSession, Trust};
//! use pinnace_wire::{Activity, ClientMark, HelloCounter, MailboxMark, ProfileId, UnixMs, UnixS};
//!
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! // Real secrets and seeds come from a cryptographic generator.
//! let root = SigningKey::from_seed(&[1; 32]);
//! let realm = RealmId(root.verifying_key().to_bytes());
//! let edge = StaticSecret::from_bytes([2; 32]);
//! let terms = EdgeTerms {
//!     edge_key: *edge.public(),
//!     region: "eu",
//!     not_before_s: UnixS::new(1_000).ok_or("time")?,
//!     not_after_s: UnixS::new(9_000).ok_or("time")?,
//! };
//! let server_config = Arc::new(ServerConfig {
//!     realm,
//!     certificate: sign_edge(&root, realm, &terms)?,
//!     edge,
//!     successor: None,
//!     agent: "example".into(),
//!     profiles: vec![ProfileId::new(1).ok_or("profile")?],
//!     limits: ServerLimits::default(),
//!     grease: Grease::Sent,
//!     key_log: KeyLog::Off,
//! });
//! let client_config = ClientConfig {
//!     trust: Trust::genesis(realm),
//!     device: StaticSecret::from_bytes([3; 32]),
//!     edge: None,
//!     route_token: Vec::new(),
//!     agent: String::new(),
//!     unix_s: 5_000,
//!     limits: ClientLimits::default(),
//!     grease: Grease::Sent,
//!     key_log: KeyLog::Off,
//! };
//! let first = FirstFlight {
//!     hello_counter: HelloCounter::new(1).ok_or("counter")?,
//!     settled: ClientMark::NOTHING,
//!     cursor: MailboxMark::NOTHING,
//!     activity: Activity::Foreground,
//!     acked: None,
//!     sends: Vec::new(),
//! };
//! let (now, mut scratch, mut record) = (Now { ms: 0 }, Scratch::new(), Vec::new());
//! let mut client = ClientSession::new(client_config, &first, Seed::new([4; 32]), now)?;
//! let mut server = ServerSession::new(server_config, Seed::new([5; 32]), now);
//!
//! let mut welcomes = 0;
//! while client.poll_transmit(&mut record).is_some() {
//!     server.on_record(&record, &mut scratch, now)?;
//!     while let Some(event) = server.poll_event() {
//!         if let ServerEvent::Hello(_) = event {
//!             // A real shell asks its store; this one knows nobody.
//!             server.on_hello(&HelloAnswer::Unregistered, UnixMs::new(5_000_000).ok_or("time")?, now);
//!         }
//!     }
//!     record.clear();
//!     while server.poll_transmit(&mut record).is_some() {
//!         client.on_record(&record, &mut scratch, now)?;
//!         record.clear();
//!     }
//!     while let Some(event) = client.poll_event() {
//!         welcomes += usize::from(matches!(event, ClientEvent::Welcome(_)));
//!     }
//! }
//! assert_eq!(welcomes, 1);
//! # Ok(())
//! # }
//! ```

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
pub mod device_list;
pub mod digest;
pub mod ed25519;
mod grease;
pub mod key_package;
mod key_stock;
pub mod label;
mod limit;
mod message;
pub mod noise;
mod not_now;
mod outbox;
pub mod parts;
mod place;
mod prologue;
mod queue;
mod realm;
mod registration_state;
mod scratch;
mod seed;
pub mod server;
mod tap;
mod time;

pub use acked::{Acked, MailboxRange};
pub use certificate::Trust;
pub use channel::KeyLog;
pub use client::ClientSession;
pub use close_reason::CloseReason;
pub use credit::Budget;
pub use grease::Grease;
pub use key_stock::{KeyStock, Resort};
pub use message::{Message, ReceiptWish};
pub use not_now::NotNow;
pub use realm::{RealmId, account_id, device_id, root_key_id};
pub use registration_state::{RegistrationState, Replace};
pub use scratch::Scratch;
pub use seed::Seed;
pub use server::ServerSession;
pub use tap::{Direction, Tapped};
pub use time::Now;
