//! What a client does with keys and plaintext: conversations as MLS groups (RFC 9420). The server never links this.
//!
//! Sans-IO and synchronous. A client keeps one transactional store; an operation reads it through a [`View`] and hands
//! back a [`Change`]: the rows to write and what may leave once they are durable. [`Change::commit`] gives the
//! result away only after the caller's transaction, which can hold the outbox too. A crash before it leaves the
//! old state, as if the operation had never been; so no key encrypts two messages.
//!
//! ```
//! # use ed25519_dalek::{Signer as _, SigningKey};
//! # use pinnace_e2ee::{Creation, Credentials, Device, Event, Identity, Memory, Mls as _, Suite};
//! # fn certified(name: &'static [u8]) -> Result<Device, Box<dyn core::error::Error>> {
//! #     Ok(Device::new(Identity::new(name, &[name.len() as u8; 32]), Credentials::Unchecked)?)
//! # }
//! # fn main() -> Result<(), Box<dyn core::error::Error>> {
//! let (alice, bob) = (certified(b"alice")?, certified(b"bob")?);
//! let (mut at_alice, mut at_bob) = (Memory::default(), Memory::default());
//! let now_s = 1_800_000_000;
//!
//! let keys = alice_keys(&bob, &mut at_bob, now_s)?;
//! let creation =
//!     Creation { group: b"ours", suite: Suite::AES_128, extensions: &[], add: &[&keys], aad: b"" };
//! let made = at_alice.take(alice.create(&at_alice, &creation, now_s)?);
//! at_alice.take(alice.confirm(&at_alice, b"ours")?);
//! at_bob.take(bob.join(&at_bob, &made.welcome.ok_or("a Welcome")?)?);
//!
//! let sealed = at_bob.take(bob.encrypt(&at_bob, b"ours", b"ahoy", b"seen by the server")?);
//! let event = at_alice.take(alice.process(&at_alice, b"ours", &sealed)?);
//! assert!(matches!(event, Event::Message(message) if message.content.as_slice() == b"ahoy"));
//! # Ok(())
//! # }
//! # fn alice_keys(device: &Device, at: &mut Memory, now_s: u64) -> Result<Vec<u8>, Box<dyn core::error::Error>> {
//! #     let change = device.key_packages(Suite::AES_128, 1, pinnace_e2ee::Life { now_s, for_s: 3600 })?;
//! #     Ok(at.take(change).pop().ok_or("a KeyPackage")?.octets)
//! # }
//! ```

mod certificate;
mod change;
mod credentials;
mod desk;
mod device;
mod error;
mod event;
mod identity;
mod memory;
mod mls;
mod profile;
mod record;
mod row;
mod rules;

pub use certificate::{CertificateError, CertifiedDevice};
pub use change::{Change, Write};
pub use credentials::Credentials;
pub use device::Device;
pub use error::{Error, Refusal};
pub use event::{Committed, Event, Member, Message, Removal, Who};
pub use identity::Identity;
pub use memory::Memory;
pub use mls::{
    Creation, Extension, Group, Joined, KeyPackage, Life, MadeCommit, Mls, Path, Purpose, Request, Standing,
};
pub use profile::{EPOCH_WINDOW, EPOCH_WINDOW_MAX, KEY_PACKAGE_S_MAX, LIFETIME_SLACK_S, Suite};
pub use row::{Unavailable, View};
pub use rules::Breach;
