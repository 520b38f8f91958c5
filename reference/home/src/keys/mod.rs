//! The key directory: KeyPackages that devices leave for others.
//!
//! All of it belongs to the account whose devices they are, so that a claim is one moment for all of them. What a
//! KeyPackage may be is checked before; how many there are, and that each leaves once, is held here.

mod claim;
mod publish;
mod stock;
mod sweep;

pub use claim::{ClaimDone, ClaimRequest, Claimed, ClaimedPackage, claim};
pub use publish::{KeyPackage, KeysDone, KeysRequest, StockState, keys_publish};
pub(crate) use stock::forget_device;
pub(crate) use sweep::sweep_account;
