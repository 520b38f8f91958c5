//! The devices of accounts: what is believed of a device list, and how the own one changes.

mod asking;
mod claim;
mod error;
mod grant;
mod link;
mod link_code;
mod list;
mod own;
mod pin;
mod safety;

pub(crate) use claim::{ClaimRules, Claiming};
pub use claim::{Claimed, ClaimedDevice, Offered, PackageRefused};
pub use error::DevicesError;
pub(crate) use grant::Grant;
pub use link::{LinkOffer, LinkRecord, LinkStage, ListChanged};
pub use link_code::{LinkCode, LinkCodeError};
pub use list::{AccountDevices, ListRefused, check};
pub(crate) use own::{first_list, next_list, with, without};
pub use pin::{Pin, Seen};
pub use safety::{SafetyNumber, Scanned};
