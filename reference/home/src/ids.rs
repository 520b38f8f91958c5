//! The identities and numbers that the rules speak of.

use blake2::{Blake2s256, Digest};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name([u8; 16]);
        impl $name {
            /// The id with these octets.
            #[must_use]
            pub const fn new(octets: [u8; 16]) -> Self { Self(octets) }
            /// The sixteen octets as they stand on the wire.
            #[must_use]
            pub const fn octets(self) -> [u8; 16] { self.0 }
        }
        impl From<[u8; 16]> for $name { fn from(octets: [u8; 16]) -> Self { Self(octets) } }
    };
}
macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(u64);
        impl $name {
            /// The number, or `None` for zero.
            #[must_use]
            pub const fn new(value: u64) -> Option<Self> { if value == 0 { None } else { Some(Self(value)) } }
            /// The number itself.
            #[must_use]
            pub const fn value(self) -> u64 { self.0 }
        }
    };
}
macro_rules! mark {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
        pub struct $name(u64);
        impl $name {
            /// The mark at this number; zero means "nothing yet".
            #[must_use]
            pub const fn new(value: u64) -> Self { Self(value) }
            /// The highest number that the mark covers.
            #[must_use]
            pub const fn value(self) -> u64 { self.0 }
        }
    };
}
id!(/** A device: digest of its Noise static key. */ DeviceId);
id!(/** An account: digest of its identity key. */ AccountId);
number!(/** Number of a SEND or VOID of one device, from 1. */ ClientSeq);
number!(/** Number of an item in one device's mailbox, from 1. */ MailboxSeq);
number!(/** Counter of a device's HELLOs. */ HelloCounter);
number!(/** Number of a device's sessions, rising. */ SessionEpoch);
mark!(/** Every client_seq up to here; 0 means none. */ ClientMark);
mark!(/** Every mailbox_seq up to here; 0 means none. */ MailboxMark);

fn derived(label: &str, key: &[u8; 32]) -> [u8; 16] {
    let digest: [u8; 32] =
        Blake2s256::new().chain_update(label).chain_update([0]).chain_update(key).finalize().into();
    let mut id = [0; 16];
    for (to, from) in id.iter_mut().zip(digest) {
        *to = from;
    }
    id
}

/// The id of the device with this Noise static key: nobody assigns it, nobody can take another's.
#[must_use]
pub fn device_id(static_key: &[u8; 32]) -> DeviceId {
    derived("pinnace/1 device", static_key).into()
}

/// The id of the account with this Ed25519 identity key.
#[must_use]
pub fn account_id(identity_key: &[u8; 32]) -> AccountId {
    derived("pinnace/1 account", identity_key).into()
}
