//! Identifiers, keys and signatures: octets of a fixed length, one type for each grammar.
//!
//! Identifiers are small and copied; keys and signatures borrow the record.

use core::fmt;

fn hex(octets: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $len:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
        pub struct $name([u8; $len]);

        impl $name {
            /// The length in octets.
            pub const LEN: usize = $len;

            /// The identifier of these octets.
            #[must_use]
            pub const fn new(octets: [u8; $len]) -> Self {
                Self(octets)
            }

            /// The octets.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                hex(&self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                hex(&self.0, f)
            }
        }
    };
}

macro_rules! borrowed {
    ($(#[$doc:meta])* $name:ident, $len:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name<'a>(&'a [u8; $len]);

        impl<'a> $name<'a> {
            /// The length in octets.
            pub const LEN: usize = $len;

            /// These octets under their meaning.
            #[must_use]
            pub const fn new(octets: &'a [u8; $len]) -> Self {
                Self(octets)
            }

            /// The octets.
            #[must_use]
            pub const fn as_bytes(self) -> &'a [u8; $len] {
                self.0
            }
        }

        impl fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                hex(self.0, f)
            }
        }

        #[cfg(feature = "arbitrary")]
        impl<'a> arbitrary::Arbitrary<'a> for $name<'a> {
            fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
                u.bytes($len)?.first_chunk().map(Self).ok_or(arbitrary::Error::NotEnoughData)
            }
        }
    };
}

identifier!(
    /// A device: the first 16 octets of the digest of its Noise static key.
    DeviceId, 16
);
identifier!(
    /// An account: the first 16 octets of the digest of its identity key.
    AccountId, 16
);
identifier!(
    /// A conversation, and the id of its MLS group: the first 16 octets of the digest of its origin.
    ConversationId, 16
);
identifier!(
    /// Who or what is second in the origin of a conversation: an account, in a group a nonce.
    SecondParty, 16
);
identifier!(
    /// A realm root: the first 8 octets of the digest of its key.
    RootKeyId, 8
);
borrowed!(
    /// An account's Ed25519 identity key.
    IdentityKey, 32
);
borrowed!(
    /// The X25519 static key of a device or an edge.
    NoiseKey, 32
);
borrowed!(
    /// A device's Ed25519 signature key.
    SignatureKey, 32
);
borrowed!(
    /// A realm's Ed25519 root key.
    RootKey, 32
);
borrowed!(
    /// An Ed25519 signature. The codec carries it; it does not verify it.
    Signature, 64
);
borrowed!(
    /// The digest of a whole device list; all zero stands for "there was none".
    ListDigest, 32
);
borrowed!(
    /// The digest of the references of a stock of KeyPackages.
    SetDigest, 32
);
