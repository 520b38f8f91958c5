//! The devices of accounts: what is believed of a device list, and how the own one changes.

mod claim;
mod error;
mod list;
mod own;
mod pin;

pub(crate) use claim::{ClaimRules, Claiming};
pub use claim::{Claimed, ClaimedDevice, Offered, PackageRefused};
pub use error::DevicesError;
pub use list::{AccountDevices, ListRefused, check};
pub(crate) use own::{first_list, next_list, with};
pub use pin::{Pin, Seen};
