//! The numbers of the MLS profile.

use core::fmt;

/// A cipher suite of the MLS registry.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Suite(pub u16);

impl Suite {
    /// `MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519`, 0x0001.
    pub const AES_128: Self = Self(1);
    /// `MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519`, 0x0003.
    pub const CHACHA_20: Self = Self(3);
    /// The suites that every device has.
    pub const PROFILE: [Self; 2] = [Self::AES_128, Self::CHACHA_20];
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:04x}", self.0)
    }
}

/// How many past epochs keep their secrets, unless [`Device::with_epoch_window`](crate::Device::with_epoch_window) says
/// otherwise. A message that was sent before a commit and filed behind it can still be read; what is older is lost on
/// purpose.
pub const EPOCH_WINDOW: u64 = 8;

/// The longest epoch window: past it, what is kept costs more than what could still come.
pub const EPOCH_WINDOW_MAX: u64 = 1_024;

/// The longest life of a KeyPackage from now, in seconds: 90 days.
pub const KEY_PACKAGE_S_MAX: u64 = 7_776_000;

/// How far a KeyPackage's life begins in the past, in seconds, since clocks differ.
pub const LIFETIME_SLACK_S: u64 = 3_600;

/// The `GroupContext` extension that holds the origin of a conversation.
pub(crate) const ORIGIN_EXTENSION: u16 = 0xF100;
