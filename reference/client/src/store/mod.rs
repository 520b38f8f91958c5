//! What a device keeps: keys, numbers, outbox, inbox. One file, one transaction a step.
//!
//! The engine is redb: one file, pure Rust, copy-on-write with checksums, so that a commit is whole or absent after any
//! crash; its only dependency is libc. A client writes little and must never lose a number; a log-structured engine would
//! buy throughput that a device cannot use with a directory of files and threads of its own.

mod commit;
mod device_record;
mod devices;
mod error;
mod kept;
mod octets;
mod open;
mod parts;
mod read;
mod record;

pub use commit::{Batch, Write};
pub use devices::{DeviceWrite, KeptDevice};
pub use error::StoreError;
pub use kept::{Kept, Successor};
pub use parts::{PartKey, StoredFile, TransferKey};

use redb::{Database, TableDefinition};

/// Outcomes and taken items that are kept as history, each.
pub const HISTORY_MAX: u64 = 1000;

/// Longer payloads are dropped when an item or message becomes history, in octets.
const HISTORY_PAYLOAD_LEN_MAX: usize = 4096;

/// Memory that the engine may use as cache, in octets.
const CACHE_LEN: usize = 8 << 20;

const META: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("meta");
const OUTBOX: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("outbox");
const INBOX: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("inbox");
const PARTS: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("parts");
const TRANSFERS: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("transfers");

/// The keys of the meta table.
mod meta {
    pub(super) const FORM: &str = "form";
    pub(super) const KEYS: &str = "keys";
    pub(super) const SERVER: &str = "server";
    pub(super) const REALM: &str = "realm";
    pub(super) const SUCCESSOR: &str = "successor";
    pub(super) const EDGE: &str = "edge";
    pub(super) const ROUTE_TOKEN: &str = "route_token";
    pub(super) const HELLO_COUNTER: &str = "hello_counter";
    pub(super) const NUMBERED: &str = "numbered";
    pub(super) const SETTLED: &str = "settled";
    pub(super) const INTAKE: &str = "intake";
    pub(super) const REJECTED: &str = "rejected";
    pub(super) const FILED: &str = "filed";
    pub(super) const TAKEN: &str = "taken";
    pub(super) const REGISTRATION: &str = "registration";
    /// What this code writes under [`FORM`].
    pub(super) const FORM_1: &[u8] = b"pinnace client 1";
}

/// The store of one device. Opened by one process at a time.
#[derive(Debug)]
pub struct Store {
    database: Database,
}
