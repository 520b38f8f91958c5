//! What a device remembers of an account.

use pinnace_wire::{AccountId, ListVersion};

/// What was seen of an account: its identity key is that of the first list, which was taken on trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The account.
    pub account: AccountId,
    /// Its Ed25519 identity key, as it was seen first.
    pub identity_key: [u8; 32],
    /// The highest number of a list that was seen.
    pub list_version: ListVersion,
    /// The digest of that list.
    pub list_digest: [u8; 32],
    /// Whether every list since the first that was seen followed the one before it.
    pub is_chained: bool,
    /// Whether the person compared the safety number.
    pub is_compared: bool,
}

/// How a list stands to what was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing was seen of the account before.
    First,
    /// It is the one that was seen last.
    Same,
    /// It follows the one that was seen last.
    Next,
    /// Versions between were not seen: only that the number rose is known.
    Skipped,
}
