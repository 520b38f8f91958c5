//! The world of a lane: a real server as a process, devices that run the real client, and what their applications do.

mod application;
mod chance;
mod codes;
mod device;
mod failure;
mod letter;
mod plain;
pub mod programs;
mod server;

pub use application::{Load, World};
pub use chance::Dice;
pub use codes::Codes;
pub use device::{Crashed, Device, Whereto};
pub use failure::Failure;
pub use letter::Letter;
pub use plain::{Answer, Plain, PlainSession, silent};
pub use server::{Plan, Server, address};

use core::time::Duration;

/// How long a condition may take to come true. Far more than it ever takes: nothing waits for this long but a failure.
pub const PATIENCE: Duration = Duration::from_secs(60);
